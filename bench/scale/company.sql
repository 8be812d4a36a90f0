-- The company of `size`: its accounts, people, sites and inventory.

CREATE FUNCTION pg_temp.id_of(kind text, i bigint) RETURNS text IMMUTABLE LANGUAGE sql
RETURN '01' || kind || lpad(i::text, 24 - length(kind), '0');

-- A digit string with its check digit by Luhn.
CREATE FUNCTION pg_temp.with_check_digit(digits text) RETURNS text IMMUTABLE LANGUAGE plpgsql AS $$
DECLARE
    total integer := 0;
    digit integer;
BEGIN
    FOR i IN 1 .. length(digits) LOOP
        digit := ascii(substr(digits, length(digits) + 1 - i, 1)) - 48;
        total := total + CASE WHEN i % 2 = 0 THEN digit ELSE 2 * digit / 10 + 2 * digit % 10 END;
    END LOOP;
    RETURN digits || (10 - total % 10) % 10;
END $$;

-- Numbers below 1,000 that look like chance and are the same each time; `salt` tells two questions about `i` apart.
CREATE FUNCTION pg_temp.chance(i bigint, salt integer) RETURNS integer IMMUTABLE LANGUAGE sql
RETURN abs(hashint8(i * 31 + salt)) % 1000;

CREATE FUNCTION pg_temp.name_of(i bigint) RETURNS text IMMUTABLE LANGUAGE sql
RETURN (ARRAY['José', 'Zoë', 'Renée', 'Łukasz', 'Søren', 'Siân', 'Anaïs', 'Jürgen', 'Núria', 'François', 'Maria', 'James',
    'Wei', 'Aisha', 'Olga', 'Kwame', 'Linda', 'Robert', 'Mei', 'Carlos', 'Emma', 'Noah', 'Priya', 'Tomás'])[1 + i % 24]
    || ' ' || chr((65 + i / 24 % 26)::integer) || '. '
    || (ARRAY['Muñoz', 'O''Brien', 'Nguyễn', 'Smith', 'Müller', 'Ångström', 'García', 'Johnson', 'Kowalski', 'Çelik',
    'Dubois', 'Williams', 'Ōtani', 'Brown', 'Novák', 'Jones', 'Weiß', 'Patel', 'Kim', 'Silva', 'de la Cruz', 'Davis',
    'MacDonald', 'Haddad', 'Ivanova', 'Chen', 'Okafor', 'Miller', 'Peña', 'Lindström'])[1 + i / 624 % 30];

INSERT INTO tenant (id, name, kind, support_name, support_phone)
SELECT tenant, 'Grand Freight', 'enterprise', 'Telecom desk', '+13125550100' FROM size;

INSERT INTO account (tenant, id, number, name, kind, segment, parent_id, active, critical_numbers)
SELECT tenant, pg_temp.id_of('ACC', i), 'FA-' || 100000 + i,
    CASE i WHEN 1 THEN 'Grand Freight, Inc.'
    ELSE (ARRAY['Sales', 'Field Service', 'Warehouse', 'Dispatch', 'Finance', 'Logística'])[1 + i % 6] || ' ' || i END,
    CASE i WHEN 1 THEN 'company' ELSE 'department' END, 'business', CASE WHEN i > 1 THEN pg_temp.id_of('ACC', (i + 4) / 6) END,
    true, '{}'
FROM size, generate_series(1, accounts) i;

INSERT INTO cost_center (tenant, code, name, active)
SELECT tenant, 'CC-' || 100000 + i, 'Cost center ' || i, true FROM size, generate_series(1, accounts) i;

INSERT INTO product SELECT (jsonb_populate_record(product, jsonb_build_object('tenant', size.tenant))).*
FROM product, size WHERE product.tenant = 'acme';
INSERT INTO price (tenant, account_id, sku, one_time, monthly)
SELECT size.tenant, pg_temp.id_of('ACC', 1), sku, price.one_time, price.monthly
FROM price JOIN account ON account.tenant = price.tenant AND account.id = account_id, size
WHERE price.tenant = 'acme' AND parent_id IS NULL;
INSERT INTO policy SELECT size.tenant, version, document, created_at, created_by FROM policy, size WHERE policy.tenant = 'acme';
INSERT INTO consent_text SELECT size.tenant, question, version, title, text, published_at
FROM consent_text, size WHERE consent_text.tenant = 'acme';

INSERT INTO carrier_account (tenant, carrier, number, account_id, name_on_bill, billing_zip, cycle_day,
    one_plan_change_a_cycle, active)
SELECT tenant, carrier, (CASE carrier WHEN 'northwind' THEN 287300000 ELSE 9400100000 END + i)::text,
    pg_temp.id_of('ACC', i), 'Grand Freight, Inc.', '60606', 1 + i % 28, false, true
FROM size, generate_series(1, LEAST(accounts, 50)) i, unnest(ARRAY['northwind', 'bluepeak']) carrier;

-- Twenty people, one below the other; below the last, everyone has eight reports, as long as there are people.
INSERT INTO person (tenant, id, name, email, employee_number, title, active, manager_id, account_id, cost_center, phone,
    roles, groups, owns)
SELECT tenant, pg_temp.id_of('PER', i), pg_temp.name_of(i), 'p' || i || '@grand.example.com', 'G' || 1000000 + i,
    (ARRAY['Driver', 'Dispatcher', 'Sales Representative', 'Technician', 'Analyst'])[1 + i % 5],
    i <= 120 OR pg_temp.chance(i, 1) >= 30,
    CASE WHEN i > 20 THEN pg_temp.id_of('PER', 20 + (i - 21) / 8) WHEN i > 1 THEN pg_temp.id_of('PER', i - 1) END,
    pg_temp.id_of('ACC', 1 + i % accounts), 'CC-' || 100001 + i % accounts, '+1312' || 2000000 + i,
    CASE i WHEN 21 THEN '{admin}' WHEN 22 THEN '{desk}' WHEN 23 THEN '{auditor}' WHEN 24 THEN '{support}'
        WHEN 25 THEN '{care}' WHEN 26 THEN '{owner}' WHEN people THEN '{owner}'
        ELSE CASE WHEN i BETWEEN 101 AND 99 + accounts THEN '{owner}' ELSE '{}' END END::text[],
    '{}',
    CASE WHEN i = 26 THEN ARRAY[pg_temp.id_of('ACC', 1)] WHEN i = people THEN ARRAY[pg_temp.id_of('ACC', accounts)]
        WHEN i BETWEEN 101 AND 99 + accounts THEN ARRAY[pg_temp.id_of('ACC', i - 99)] ELSE '{}' END
FROM size, generate_series(1, people) i;

INSERT INTO site (tenant, id, name, account_id, contact_id, address, label, active)
SELECT tenant, pg_temp.id_of('STE', i),
    (ARRAY['Front desk', 'Loading dock', 'Truck', 'Kiosk', 'Conference room'])[1 + i % 5] || ' ' || i,
    pg_temp.id_of('ACC', 1 + i % accounts), pg_temp.id_of('PER', 1 + i * 7 % people),
    '{"street": "233 S Wacker Dr", "city": "Chicago", "state": "IL", "zip": "60606", "country": "US"}',
    'Building ' || i % 40, pg_temp.chance(i, 2) >= 20
FROM size, generate_series(1, sites) i;

-- What is looked up for each row from here on: without statistics, by whichever index of the tenant.
ANALYZE account, person, product, site;

CREATE TEMP TABLE new_line AS
SELECT i, holder = 'person' AS of_person, holder = 'site' AS of_site, 1 + i % people AS person,
    1 + i % sites AS site, 1 + (1 + i % people) % accounts AS account,
    CASE WHEN pg_temp.chance(i, 3) < 700 THEN 'northwind' ELSE 'bluepeak' END AS carrier,
    CASE WHEN s < 880 THEN 'active' WHEN s < 920 THEN 'suspended' WHEN s < 950 THEN 'terminated'
        WHEN s < 970 THEN 'disconnected' WHEN s < 985 THEN 'pending' WHEN s < 990 THEN 'porting_in' ELSE 'void' END AS status
FROM size, generate_series(1, lines) i,
    LATERAL (SELECT pg_temp.chance(i, 4) AS s,
        CASE WHEN pg_temp.chance(i, 5) < 900 THEN 'person' WHEN pg_temp.chance(i, 5) < 950 THEN 'site' ELSE 'nobody' END
        AS holder) AS drawn;

INSERT INTO sim (tenant, id, carrier, status, kind, iccid, version)
SELECT tenant, pg_temp.id_of('SMC', i), carrier, CASE WHEN status IN ('terminated', 'void') THEN 'retired' ELSE 'active' END,
    'eSIM', pg_temp.with_check_digit('890188' || lpad(i::text, 12, '0')), 1
FROM size, new_line;

-- One device for each line, and some more in stock.
INSERT INTO device (tenant, id, sku, status, account_id, person_id, site_id, imei, version, ownership, serial, lock)
SELECT tenant, pg_temp.id_of('DEV', i), (ARRAY['IPHONE-16E-128', 'XCOVER-8-128', 'IPHONE-17-PRO-256'])[1 + i % 3],
    CASE WHEN status IN ('terminated', 'void') THEN 'retired' WHEN status IS NULL THEN 'in_stock'
        WHEN pg_temp.chance(i, 6) < 10 THEN 'repair' WHEN pg_temp.chance(i, 6) < 15 THEN 'lost_stolen' ELSE 'active' END,
    pg_temp.id_of('ACC', COALESCE(account, 1)),
    CASE WHEN of_person AND status <> 'void' THEN pg_temp.id_of('PER', person) END,
    CASE WHEN of_site AND status <> 'void' THEN pg_temp.id_of('STE', site) END,
    pg_temp.with_check_digit('35' || lpad((i * 61)::text, 12, '0')), 1, 'company', 'SN' || lpad(i::text, 9, '0'), 'unlocked'
FROM size, generate_series(1, lines + lines / 20) i LEFT JOIN new_line USING (i);

ANALYZE device, sim;

INSERT INTO line (tenant, id, carrier, carrier_account, status, account_id, person_id, site_id, plan, features,
    feature_ends, mdn, former_numbers, device_id, sim_id, cost_center, activated_on, upgrade_on, suspended_for,
    disconnected_on, number_locked, sim_protected, version)
SELECT tenant, pg_temp.id_of('NBR', i), carrier,
    (CASE carrier WHEN 'northwind' THEN 287300001 ELSE 9400100001 END + i % LEAST(accounts, 50))::text, status,
    pg_temp.id_of('ACC', account), CASE WHEN of_person THEN pg_temp.id_of('PER', person) END,
    CASE WHEN of_site THEN pg_temp.id_of('STE', site) END,
    CASE carrier WHEN 'northwind' THEN 'NW-UNLIMITED' ELSE 'BP-UNLIMITED' END, '{}', '[]',
    CASE WHEN status NOT IN ('pending', 'void') THEN '+1312' || 2000000 + i * 4999999 % 8000000 END,
    CASE WHEN pg_temp.chance(i, 7) < 20 THEN jsonb_build_array(jsonb_build_object('number', '+1630' || 2000000 + i,
        'since', NULL, 'until', '2026-03-01', 'reason', 'nuisance')) ELSE '[]' END,
    CASE WHEN status IN ('active', 'suspended', 'porting_in') THEN pg_temp.id_of('DEV', i) END,
    CASE WHEN status IN ('active', 'suspended', 'porting_in') THEN pg_temp.id_of('SMC', i) END,
    'CC-' || 100000 + account, DATE '2023-01-01' + (i % 1000)::integer, DATE '2025-01-01' + (i % 1000)::integer,
    CASE status WHEN 'suspended' THEN 'vacation' END,
    CASE status WHEN 'disconnected' THEN CURRENT_DATE - (i % 30)::integer END, false, false, 1
FROM size, new_line;
