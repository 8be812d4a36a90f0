CREATE TABLE site (
    tenant varchar NOT NULL,
    id varchar(26) NOT NULL,
    name varchar NOT NULL,
    account_id varchar NOT NULL,
    contact_id varchar,
    address jsonb,
    label varchar,
    time_zone varchar,
    receiver varchar,
    phone varchar,
    open_hours varchar,
    active boolean NOT NULL,
    search text NOT NULL GENERATED ALWAYS AS (' ' || search_form(name)) STORED,
    CONSTRAINT site_pkey PRIMARY KEY (tenant, id)
);
CREATE INDEX site_account ON site (tenant, account_id);
CREATE INDEX site_contact ON site (tenant, contact_id);
CREATE INDEX site_name ON site (tenant, active DESC, name, id);
