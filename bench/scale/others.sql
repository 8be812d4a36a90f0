-- What else lists and dashboards of the company of `size` show.

INSERT INTO draft (tenant, id, person_id, type_code, document, created_at, updated_at)
SELECT tenant, pg_temp.id_of('DRA', i), pg_temp.id_of('PER', i * 5), 'SIM_REPLACE', '{"type": "SIM_REPLACE", "answers": {}, "items": [{}]}',
    now() - interval '2 days', now() - interval '1 day'
FROM size, generate_series(1, people / 5) i;

INSERT INTO kit (tenant, id, name, roles, device, plan, features, accessories, active)
SELECT tenant, pg_temp.id_of('KTT', i), 'Kit ' || i, '{}', 'IPHONE-16E-128', 'NW-UNLIMITED', '{}', '{}', true
FROM size, generate_series(1, 30) i;

INSERT INTO reconciliation (tenant, number, carrier, file_name, at, by, accounts, lines, counts, wrong)
SELECT tenant, i, CASE WHEN i % 2 = 0 THEN 'bluepeak' ELSE 'northwind' END, 'lines-' || i || '.csv',
    now() - (60 - i) * interval '7 days', 'Priya Raman', '{287300001}', lines / 2, '{"plan": 100}', '[]'
FROM size, generate_series(1, 60) i;

INSERT INTO difference (tenant, id, carrier, account, subject, kind, line_id, mdn, ours, theirs, first_run, first_seen_at,
    last_run, closed_at)
SELECT size.tenant, pg_temp.id_of('DFF', i), line.carrier, line.carrier_account, line.id,
    (ARRAY['plan', 'status', 'sim', 'features'])[1 + i % 4], line.id, COALESCE(mdn, '+13125550100'), 
    CASE i % 4 WHEN 0 THEN '{NW-UNLIMITED}' WHEN 1 THEN '{active}' ELSE '{}' END::text[],
    CASE i % 4 WHEN 0 THEN '{NW-FLEX-10}' WHEN 1 THEN '{suspended}' WHEN 2 THEN '{89018800000000000001}'
        ELSE '{NW-PRIORITY}' END::text[], 40, now() - interval '40 days', CASE line.carrier WHEN 'bluepeak' THEN 60 ELSE 59 END,
    CASE WHEN i % 2 = 0 THEN now() - interval '20 days' END
FROM size CROSS JOIN generate_series(1, lines / 100) i
    JOIN line ON line.tenant = size.tenant AND line.id = pg_temp.id_of('NBR', i * 100);

INSERT INTO import (tenant, number, kind, file_name, state, digest, counts, taken, checked_at, checked_by)
SELECT tenant, i, 'lines', 'lines-' || i || '.csv', 'applied', md5(i::text), '{"new": 100}', '[]',
    now() - (200 - i) * interval '1 day', 'Priya Raman'
FROM size, generate_series(1, 200) i;
INSERT INTO import_row (tenant, import_number, row, outcome, key, changes, wrong)
SELECT tenant, 200, i, 'new', jsonb_build_array('+1312' || 2000000 + i), '{"plan": ["", "NW-UNLIMITED"]}', '[]'
FROM size, generate_series(1, lines / 5) i;

INSERT INTO leave (tenant, id, person_id, immediate, no_show, state, started_by, started_at, next_at, reminders, ended_at,
    closed_at)
SELECT tenant, pg_temp.id_of('EXT', i), pg_temp.id_of('PER', i * 50 + 7), false, false,
    CASE WHEN i % 4 = 0 THEN 'open' ELSE 'done' END, pg_temp.id_of('PER', 21), now() - interval '9 days',
    CASE WHEN i % 4 = 0 THEN now() + interval '5 days' END, 0, CASE WHEN i % 4 <> 0 THEN now() - interval '1 day' END,
    CASE WHEN i % 4 <> 0 THEN now() - interval '1 day' END
FROM size, generate_series(1, people / 50 - 1) i;
UPDATE person SET leaves_on = CURRENT_DATE + 5 FROM leave
WHERE leave.tenant = person.tenant AND leave.person_id = person.id AND leave.state = 'open'
    AND person.tenant = (SELECT tenant FROM size);

UPDATE person SET starts_on = CURRENT_DATE - 1 FROM size
WHERE person.tenant = size.tenant AND person.id = pg_temp.id_of('PER', people - 4);

INSERT INTO attestation (tenant, order_id, question, person_id, sentence, version, state, asked_at, reminders, given_at,
    channel, given_by)
SELECT tenant, id, 'use_policy', pg_temp.id_of('PER', requester), 'I accept the policy.', 1,
    CASE WHEN closed THEN 'given' ELSE 'asked' END, created_at, 0, CASE WHEN closed THEN created_at END,
    CASE WHEN closed THEN 'form' END, CASE WHEN closed THEN pg_temp.id_of('PER', requester) END
FROM size, new_order WHERE i % 4 = 0 AND (closed OR sent);

INSERT INTO line_timer (tenant, id, kind, line_id, order_id, item_id, seq_offset, reason, features, began_at, resume_on,
    ends_at, ends_by, rule_text, rule_source, state)
SELECT size.tenant, pg_temp.id_of('TMR', i), 'suspension', pg_temp.id_of('NBR', i), pg_temp.id_of('REQ', 1 + i % orders),
    pg_temp.id_of('TEM', 1), 1000000, 'vacation', '{}', now() - interval '10 days', CURRENT_DATE + 20,
    now() + interval '20 days', 'resume_line', '90 days', 'Contract', 'running'
FROM size, new_line WHERE status = 'suspended';

INSERT INTO announcement (tenant, id, title, text, posted_at, posted_by, ends_at)
SELECT tenant, pg_temp.id_of('ANN', i), 'Maintenance ' || i, 'The portal is not available on Sunday.',
    now() - i * interval '10 days', pg_temp.id_of('PER', 21), CASE WHEN i > 2 THEN now() - i * interval '9 days' END
FROM size, generate_series(1, 60) i;

INSERT INTO audit_event (id, tenant, at, action, actor_id, actor_name, subject_id, subject_name, channel, address, detail)
SELECT pg_temp.id_of('EVT', i), tenant, now() - i * interval '1 minute', 'signed_in', pg_temp.id_of('PER', 1 + i % people),
    pg_temp.name_of(1 + i % people), pg_temp.id_of('PER', 1 + i % people), pg_temp.name_of(1 + i % people), 'portal',
    '192.0.2.7', '{}'
FROM size, generate_series(1, people * 3) i;
