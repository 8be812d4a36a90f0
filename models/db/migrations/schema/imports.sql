CREATE TABLE import (
    tenant varchar NOT NULL,
    number integer NOT NULL,
    kind varchar NOT NULL,
    file_name varchar NOT NULL,
    state varchar NOT NULL,
    digest varchar NOT NULL,
    counts jsonb NOT NULL,
    content bytea,
    taken jsonb NOT NULL,
    checked_at timestamptz NOT NULL,
    checked_by varchar NOT NULL,
    applied_at timestamptz,
    applied_by varchar,
    undone_at timestamptz,
    undone_by varchar,
    CONSTRAINT import_pkey PRIMARY KEY (tenant, number)
);

CREATE TABLE import_row (
    tenant varchar NOT NULL,
    import_number integer NOT NULL,
    "row" integer NOT NULL,
    outcome varchar NOT NULL,
    key jsonb NOT NULL,
    thing_id varchar,
    changes jsonb NOT NULL,
    wrong jsonb NOT NULL,
    CONSTRAINT import_row_pkey PRIMARY KEY (tenant, import_number, "row")
);
