CREATE TABLE audit_event (
    id varchar(26) NOT NULL,
    tenant varchar NOT NULL,
    at timestamptz NOT NULL,
    action varchar(40) NOT NULL,
    actor_id varchar,
    actor_name varchar NOT NULL,
    subject_id varchar,
    subject_name varchar NOT NULL,
    channel varchar NOT NULL,
    address varchar NOT NULL,
    detail jsonb NOT NULL,
    CONSTRAINT audit_event_pkey PRIMARY KEY (id)
);
CREATE INDEX audit_event_subject ON audit_event (tenant, subject_id, id);
CREATE INDEX audit_event_tenant ON audit_event (tenant, id);
