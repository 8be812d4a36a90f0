CREATE TABLE management (
    tenant varchar NOT NULL,
    manager_id varchar(26) NOT NULL,
    person_id varchar(26) NOT NULL,
    CONSTRAINT management_pkey PRIMARY KEY (tenant, manager_id, person_id)
);
CREATE INDEX management_person ON management (tenant, person_id);

CREATE TABLE person (
    tenant varchar NOT NULL,
    id varchar(26) NOT NULL,
    name varchar NOT NULL,
    email varchar NOT NULL,
    employee_number varchar NOT NULL,
    title varchar NOT NULL,
    active boolean NOT NULL,
    manager_id varchar,
    account_id varchar,
    cost_center varchar,
    phone varchar,
    roles text[] NOT NULL,
    groups text[] NOT NULL,
    owns text[] NOT NULL,
    address jsonb,
    starts_on date,
    leaves_on date,
    successor_id varchar,
    moves_on date,
    next_manager_id varchar,
    next_account_id varchar,
    next_cost_center varchar,
    search text NOT NULL GENERATED ALWAYS AS (' ' || search_form(name || ' ' || email || ' ' || employee_number)) STORED,
    CONSTRAINT person_pkey PRIMARY KEY (tenant, id)
);
CREATE INDEX person_account ON person (tenant, account_id);
CREATE UNIQUE INDEX person_email ON person (tenant, email);
CREATE UNIQUE INDEX person_employee_number ON person (tenant, employee_number);
CREATE INDEX person_manager ON person (tenant, manager_id);
CREATE INDEX person_moves ON person (moves_on) WHERE (moves_on IS NOT NULL);
CREATE INDEX person_name ON person (tenant, name, id);
CREATE INDEX person_owns ON person USING gin (owns);
CREATE INDEX person_roles ON person USING gin (roles);
CREATE INDEX person_search ON person USING gin (tenant, search gin_trgm_ops);

CREATE TABLE tenant (
    id varchar(32) NOT NULL,
    name varchar NOT NULL,
    kind varchar NOT NULL,
    support_name varchar,
    support_phone varchar,
    branding_line varchar,
    security_email varchar,
    legal_email varchar,
    fraud_email varchar,
    payroll_email varchar,
    CONSTRAINT tenant_pkey PRIMARY KEY (id)
);
