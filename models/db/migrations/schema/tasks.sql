CREATE TABLE task (
    tenant varchar NOT NULL,
    id varchar(40) NOT NULL,
    kind varchar NOT NULL,
    order_id varchar(26) NOT NULL,
    seq integer NOT NULL,
    thing varchar NOT NULL,
    role varchar,
    person_id varchar,
    opened_at timestamptz NOT NULL,
    due_at timestamptz NOT NULL,
    choices text[] NOT NULL,
    evidence jsonb NOT NULL,
    state varchar NOT NULL,
    closed_at timestamptz,
    closed_by varchar,
    choice varchar,
    outcome varchar,
    note varchar,
    acting_since timestamptz,
    problem varchar,
    CONSTRAINT task_pkey PRIMARY KEY (tenant, id),
    CONSTRAINT task_for_role_or_person CHECK ((role IS NULL) <> (person_id IS NULL)),
    CONSTRAINT task_state_allowed CHECK (state IN ('open', 'closed'))
);
CREATE INDEX task_due ON task (tenant, state, due_at, id);
CREATE UNIQUE INDEX task_one_open ON task (tenant, kind, thing) WHERE (state = 'open');
CREATE INDEX task_order ON task (tenant, order_id);
