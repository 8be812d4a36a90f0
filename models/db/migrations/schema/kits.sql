CREATE TABLE kit (
    tenant varchar NOT NULL,
    id varchar(26) NOT NULL,
    name varchar NOT NULL,
    roles text[] NOT NULL,
    device varchar NOT NULL,
    plan varchar NOT NULL,
    features text[] NOT NULL,
    accessories text[] NOT NULL,
    active boolean NOT NULL,
    CONSTRAINT kit_pkey PRIMARY KEY (tenant, id)
);
CREATE UNIQUE INDEX kit_name ON kit (tenant, search_form((name)::text));
