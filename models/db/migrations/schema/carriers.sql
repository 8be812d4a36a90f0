CREATE TABLE carrier_event (
    carrier varchar(32) NOT NULL,
    event_id varchar(255) NOT NULL,
    tenant varchar,
    order_id varchar,
    received_at timestamptz NOT NULL,
    body bytea NOT NULL,
    outcome varchar NOT NULL,
    CONSTRAINT carrier_event_pkey PRIMARY KEY (carrier, event_id)
);

CREATE TABLE carrier_order (
    tenant varchar NOT NULL,
    order_id varchar NOT NULL,
    round integer NOT NULL,
    carrier varchar NOT NULL,
    client_ref varchar NOT NULL,
    carrier_ref varchar,
    timer_id varchar(26),
    open boolean NOT NULL,
    sent_at timestamptz,
    repeatable boolean NOT NULL,
    list_at timestamptz,
    missing_since timestamptz,
    lost_at timestamptz,
    canceled_while_lost boolean NOT NULL,
    replaced_by integer,
    reported_at timestamptz,
    polled varchar,
    poll_at timestamptz,
    last_update_at timestamptz NOT NULL,
    CONSTRAINT carrier_order_pkey PRIMARY KEY (tenant, order_id, round)
);
CREATE INDEX carrier_order_carrier_ref_form ON carrier_order (tenant, reference_form((carrier_ref)::text));
CREATE INDEX carrier_order_last_update ON carrier_order (carrier, open, last_update_at);
CREATE INDEX carrier_order_list_at ON carrier_order (carrier, list_at) WHERE (list_at IS NOT NULL);
CREATE INDEX carrier_order_poll_at ON carrier_order (carrier, poll_at) WHERE (poll_at IS NOT NULL);
CREATE UNIQUE INDEX carrier_order_ref ON carrier_order (carrier, client_ref);

CREATE TABLE carrier_quote (
    tenant varchar NOT NULL,
    content varchar(64) NOT NULL,
    line_id varchar,
    quote jsonb NOT NULL,
    kept_until timestamptz NOT NULL,
    CONSTRAINT carrier_quote_pkey PRIMARY KEY (tenant, content)
);
CREATE INDEX carrier_quote_line ON carrier_quote (tenant, line_id);

CREATE TABLE second_order (
    carrier varchar(32) NOT NULL,
    carrier_ref varchar NOT NULL,
    tenant varchar NOT NULL,
    order_id varchar NOT NULL,
    round integer NOT NULL,
    asked_at timestamptz,
    answer varchar,
    CONSTRAINT second_order_pkey PRIMARY KEY (carrier, carrier_ref)
);
CREATE INDEX second_order_unanswered ON second_order (carrier, asked_at) WHERE (answer IS NULL);
