CREATE TABLE account (
    tenant varchar NOT NULL,
    id varchar(26) NOT NULL,
    number varchar(32) NOT NULL,
    name varchar NOT NULL,
    kind varchar NOT NULL,
    segment varchar NOT NULL,
    parent_id varchar,
    active boolean NOT NULL,
    critical_numbers text[] NOT NULL,
    search text NOT NULL GENERATED ALWAYS AS (' ' || search_form(name)) STORED,
    CONSTRAINT account_pkey PRIMARY KEY (tenant, id)
);
CREATE UNIQUE INDEX account_number ON account (tenant, number);

CREATE TABLE carrier_account (
    tenant varchar NOT NULL,
    carrier varchar NOT NULL,
    number varchar(32) NOT NULL,
    account_id varchar NOT NULL,
    foundation varchar,
    name_on_bill varchar NOT NULL,
    billing_zip varchar NOT NULL,
    cycle_day integer NOT NULL,
    plan_changes_a_month integer,
    one_plan_change_a_cycle boolean NOT NULL,
    default_po varchar,
    credentials bytea,
    credentials_at timestamptz,
    active boolean NOT NULL,
    CONSTRAINT carrier_account_pkey PRIMARY KEY (tenant, carrier, number),
    CONSTRAINT carrier_account_cycle_day CHECK ((cycle_day >= 1) AND (cycle_day <= 31)),
    CONSTRAINT carrier_account_plan_changes_a_month CHECK (plan_changes_a_month > 0)
);
CREATE UNIQUE INDEX carrier_account_owner ON carrier_account (tenant, account_id, carrier) WHERE active;

CREATE TABLE cost_center (
    tenant varchar NOT NULL,
    code varchar(32) NOT NULL,
    name varchar NOT NULL,
    owner_id varchar,
    active boolean NOT NULL,
    CONSTRAINT cost_center_pkey PRIMARY KEY (tenant, code)
);
