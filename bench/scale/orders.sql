-- The orders of the company of `size`, with all that belongs to them. `order_kind` has the types in use.

CREATE FUNCTION pg_temp.number_of(i bigint) RETURNS text IMMUTABLE LANGUAGE sql
RETURN (SELECT overlay(string_agg(substr('23456789CDFGHJKMNPQRTVWXY', (1 + div(i * 7654321, 25::numeric ^ place) % 25)::integer, 1), '')
    PLACING '-' FROM 4 FOR 0) FROM generate_series(0, 5) place);

-- Nearly all of the open orders are new.
CREATE TEMP TABLE new_order AS
SELECT i, pg_temp.id_of('REQ', i) AS id, code, family, type, title, 1 + i * 13 % people AS requester, 1 + i * 5 % lines AS line,
    1 + (1 + i * 13 % people) % accounts AS account,
    now() - (orders - i) * (interval '730 days' / orders) - interval '1 hour' AS created_at,
    CASE WHEN recent AND s < 350 THEN 'AWAITING_APPROVAL' WHEN recent AND s < 600 THEN 'IN_FULFILLMENT'
        WHEN recent AND s < 680 THEN 'SHIPPED' WHEN recent AND s < 760 THEN 'AWAITING_ACTIVATION'
        WHEN recent AND s < 800 THEN 'BACKORDERED' WHEN recent AND s < 820 THEN 'SCHEDULED'
        WHEN s > 997 THEN 'FAILED' WHEN s < 60 THEN 'CANCELED' WHEN s < 110 THEN 'REJECTED' WHEN s < 130 THEN 'EXPIRED'
        WHEN s < 160 THEN 'VENDOR_REJECTED' ELSE 'COMPLETED' END AS status
FROM size, generate_series(1, orders) i JOIN order_kind kind ON kind.n = 1 + i % (SELECT count(*) FROM order_kind),
    LATERAL (SELECT pg_temp.chance(i, 11) AS s, i > orders * 0.94 AS recent) AS drawn;
ALTER TABLE new_order ADD closed boolean GENERATED ALWAYS AS
    (status IN ('COMPLETED', 'CANCELED', 'REJECTED', 'EXPIRED', 'VENDOR_REJECTED')) STORED;
ALTER TABLE new_order ADD sent boolean GENERATED ALWAYS AS
    (status NOT IN ('AWAITING_APPROVAL', 'REJECTED', 'EXPIRED', 'CANCELED', 'SCHEDULED')) STORED;

INSERT INTO "order" (tenant, id, number, external_number, type_code, family, type, title, status, seq, due_at, requester_id,
    beneficiary_id, beneficiary_site_id, account_id, carrier, urgency, answers, contact, reason, po_number, watchers,
    one_time, monthly, monthly_before, term_total, term_months, currency, policy_version, flags, created_at, updated_at,
    closed_at)
SELECT tenant, id, pg_temp.number_of(i), CASE WHEN i % 4 = 0 THEN 'SN-' || i END, code, family, type, title, status,
    8, CASE WHEN NOT closed THEN created_at + CASE WHEN pg_temp.chance(i, 15) < 100 THEN interval '1 day' ELSE interval '60 days' END END, pg_temp.id_of('PER', requester),
    CASE WHEN pg_temp.chance(i, 12) < 850 THEN pg_temp.id_of('PER', requester)
        WHEN pg_temp.chance(i, 12) < 950 THEN pg_temp.id_of('PER', 1 + i * 17 % people) END,
    CASE WHEN pg_temp.chance(i, 12) >= 950 THEN pg_temp.id_of('STE', 1 + i % sites) END,
    pg_temp.id_of('ACC', account), CASE WHEN i % 3 = 0 THEN 'bluepeak' ELSE 'northwind' END, 'normal', '{}', '{}',
    'My phone is four years old.', CASE WHEN i % 5 = 0 THEN 'PO-' || i END, '{}', 99.00, 45.00, 0, 1179.00, 24, 'USD', 1,
    '{}', created_at, created_at + interval '2 days', CASE WHEN closed THEN created_at + interval '2 days' END
FROM size, new_order;

INSERT INTO order_item (tenant, order_id, id, number, state, seq, line_id, answers, before, one_time, monthly,
    monthly_before, mdn, imei, iccid, expected_at, reported, refused_features)
SELECT line.tenant, new_order.id, pg_temp.id_of('TEM', new_order.i * 10 + n), n,
    CASE WHEN new_order.status = 'COMPLETED' THEN 'done' WHEN closed THEN 'canceled' WHEN NOT sent THEN 'pending'
        WHEN new_order.status = 'SCHEDULED' THEN 'pending' ELSE lower(new_order.status) END,
    8, line.id, jsonb_build_object('line', line.id) || CASE code WHEN 'PLAN_CHANGE' THEN '{"plan": "NW-FLEX-10"}' ELSE '{}' END::jsonb,
    '{}', 99.00 / n, 45.00 / n, 0,
    CASE WHEN sent THEN line.mdn END, CASE WHEN sent THEN device.imei END, CASE WHEN sent THEN sim.iccid END,
    CASE WHEN sent THEN created_at + interval '9 days' END, '{}', '[]'
FROM new_order CROSS JOIN size CROSS JOIN generate_series(1, CASE WHEN new_order.i % 10 = 0 THEN 3 ELSE 1 END) n
    JOIN line ON line.tenant = size.tenant AND line.id = pg_temp.id_of('NBR', 1 + (new_order.line + n) % lines)
    LEFT JOIN device ON device.tenant = line.tenant AND device.id = line.device_id
    LEFT JOIN sim ON sim.tenant = line.tenant AND sim.id = line.sim_id;

INSERT INTO order_parcel (tenant, order_id, item_id, tracking_number, shipping_carrier, shipped_at, reported)
SELECT tenant, id, pg_temp.id_of('TEM', i * 10 + 1), '1Z999AA1' || lpad(i::text, 10, '0'), 'UPS',
    created_at + interval '1 day', '{}'
FROM size, new_order WHERE status IN ('COMPLETED', 'SHIPPED', 'AWAITING_ACTIVATION') AND i % 2 = 0;

INSERT INTO carrier_order (tenant, order_id, round, carrier, client_ref, carrier_ref, open, sent_at, repeatable,
    canceled_while_lost, last_update_at)
SELECT tenant, id, 1, CASE WHEN i % 3 = 0 THEN 'bluepeak' ELSE 'northwind' END, id || ':1', 'CO-' || 5000000 + i, NOT closed,
    created_at + interval '3 hours', false, false, created_at + interval '1 day'
FROM size, new_order WHERE sent;

INSERT INTO order_event (tenant, order_id, seq, at, event, status, actor_kind, actor_id, actor_name, channel, data)
SELECT tenant, id, seq, created_at + seq * interval '90 minutes', event, after, kind,
    CASE kind WHEN 'person' THEN pg_temp.id_of('PER', requester) ELSE kind END,
    CASE kind WHEN 'person' THEN pg_temp.name_of(requester) ELSE 'Dialtone' END, CASE kind WHEN 'person' THEN 'portal'
    ELSE 'system' END, '{}'
FROM size, new_order, (VALUES (1, 'received', 'VALIDATING', 'person'), (2, 'approval_needed', 'AWAITING_APPROVAL', 'system'),
    (3, 'approved_by', 'AWAITING_APPROVAL', 'person'), (4, 'approved', 'APPROVED', 'system'),
    (5, 'submitting', 'SUBMITTING', 'system'), (6, 'placed', 'IN_FULFILLMENT', 'system'),
    (7, 'shipped', 'SHIPPED', 'carrier'), (8, 'completed', 'COMPLETED', 'system')) AS step (seq, event, after, kind)
WHERE seq <= CASE WHEN status = 'AWAITING_APPROVAL' THEN 2 WHEN status = 'COMPLETED' THEN 8 WHEN sent THEN 6 ELSE 4 END;

-- Managers decide first; an owner of the top account decides on one order in five, too.
INSERT INTO approval (tenant, id, order_id, round, stage, label, why, approver_id, state, requested_at, due_at, decided_at,
    decided_by, decided_by_name, channel)
SELECT size.tenant, pg_temp.id_of('APR', i * 10 + stage), new_order.id, 1, stage, label, 'Costs $45.00 a month.', approver,
    CASE WHEN status = 'AWAITING_APPROVAL' THEN 'pending' WHEN status = 'REJECTED' THEN 'rejected'
        WHEN status = 'EXPIRED' THEN 'expired' ELSE 'approved' END,
    created_at, created_at + interval '3 days', CASE WHEN status <> 'AWAITING_APPROVAL' THEN created_at + interval '5 hours' END,
    CASE WHEN status <> 'AWAITING_APPROVAL' THEN approver END, CASE WHEN status <> 'AWAITING_APPROVAL' THEN 'A manager' END,
    CASE WHEN status <> 'AWAITING_APPROVAL' THEN 'portal' END
FROM size CROSS JOIN new_order
    JOIN person ON person.tenant = size.tenant AND person.id = pg_temp.id_of('PER', requester)
    CROSS JOIN LATERAL (VALUES (1, 'Manager', person.manager_id), (2, 'Account owner', pg_temp.id_of('PER', 26)))
        AS asked (stage, label, approver)
WHERE approver IS NOT NULL AND (stage = 1 OR i % 5 = 0);

INSERT INTO lock (tenant, kind, id, aspect, order_id, item_id, locked_at)
SELECT DISTINCT ON (line_id) size.tenant, 'line', line_id, 'PLAN', order_id, order_item.id, created_at
FROM size, new_order JOIN order_item ON order_item.order_id = new_order.id WHERE order_item.tenant = size.tenant AND NOT closed;

INSERT INTO inventory_change (tenant, order_id, item_id, kind, line_id, before, after, at)
SELECT size.tenant, order_id, order_item.id, 'change_plan', line_id, '{}', '{}', created_at + interval '2 days'
FROM size, new_order JOIN order_item ON order_item.order_id = new_order.id
WHERE order_item.tenant = size.tenant AND new_order.status = 'COMPLETED' AND number = 1;

INSERT INTO workflow_health (tenant, order_id, state, checked_at)
SELECT tenant, id, 'healthy', now() FROM size, new_order WHERE NOT closed;

INSERT INTO outbox (id, tenant, order_id, workflow_id, kind, name, payload, result, state, attempts, created_at,
    next_attempt_at, done_at, last_error)
SELECT id || ':' || n, tenant, id, 'order:' || tenant || ':' || id, CASE n WHEN 2 THEN 'update' ELSE 'signal' END,
    CASE n WHEN 2 THEN 'decide' ELSE 'carrier_update' END, '{}', CASE n WHEN 2 THEN '{"seq": 3}'::jsonb END,
    CASE WHEN n = 1 AND status = 'FAILED' AND i % 4 = 0 THEN 'dead' ELSE 'done' END, 1, created_at, created_at, created_at,
    CASE WHEN n = 1 AND status = 'FAILED' AND i % 4 = 0 THEN 'UNAVAILABLE: no answer' END
FROM size, new_order, generate_series(1, 3) n;

INSERT INTO notification (id, tenant, order_id, seq, event, recipient_id, address, state, attempts, failed_attempts,
    created_at, next_attempt_at, sent_at, last_error)
SELECT pg_temp.id_of('NTE', i * 10 + n), tenant, id, n, 'placed', pg_temp.id_of('PER', requester),
    'p' || requester || '@grand.example.com', CASE WHEN dead THEN 'dead' ELSE 'sent' END, 1, 0, created_at, created_at,
    CASE WHEN NOT dead THEN created_at END, CASE WHEN dead THEN '550 no such mailbox' END
FROM size, new_order, generate_series(1, 3) n, LATERAL (SELECT n = 1 AND pg_temp.chance(i, 13) < 2 AS dead) AS drawn;

-- One closed task for each twentieth order; each failed order and each hundredth one has an open task.
INSERT INTO task (tenant, id, kind, order_id, seq, thing, role, person_id, opened_at, due_at, choices, evidence, state,
    closed_at, closed_by, choice)
SELECT tenant, id || '-4', 'failed_step', id, 4, id, CASE WHEN s < 700 THEN 'desk' WHEN s < 900 THEN 'admin' END,
    CASE WHEN s >= 900 THEN pg_temp.id_of('PER', requester) END, created_at, created_at + interval '8 hours',
    '{retry,cancel_order}', '{"step": "PLACE", "tries": 14, "error": "CARRIER_UNAVAILABLE: no answer", "item": 1}',
    CASE WHEN is_open THEN 'open' ELSE 'closed' END, CASE WHEN NOT is_open THEN created_at + interval '5 hours' END,
    CASE WHEN NOT is_open THEN pg_temp.id_of('PER', 22) END, CASE WHEN NOT is_open THEN 'retry' END
FROM size, new_order, LATERAL (SELECT pg_temp.chance(i, 14) AS s, status = 'FAILED' OR i % 100 = 7 AS is_open) AS drawn
WHERE is_open OR i % 20 = 3;
