CREATE TABLE carrier_rule (
    tenant varchar NOT NULL,
    id varchar(26) NOT NULL,
    carrier varchar NOT NULL,
    what varchar NOT NULL,
    reasons varchar NOT NULL,
    value varchar,
    unit varchar,
    note varchar NOT NULL,
    source varchar NOT NULL,
    source_url varchar NOT NULL,
    read_on date NOT NULL,
    valid_from date NOT NULL,
    edited_by varchar(26) NOT NULL,
    edited_at timestamptz NOT NULL,
    CONSTRAINT carrier_rule_pkey PRIMARY KEY (tenant, id)
);
CREATE INDEX carrier_rule_carrier ON carrier_rule (tenant, carrier, valid_from);
