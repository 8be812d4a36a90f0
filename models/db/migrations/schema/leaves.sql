CREATE TABLE leave (
    tenant varchar NOT NULL,
    id varchar(26) NOT NULL,
    person_id varchar NOT NULL,
    immediate boolean NOT NULL,
    no_show boolean NOT NULL,
    state varchar NOT NULL,
    started_by varchar,
    started_at timestamptz NOT NULL,
    next_at timestamptz,
    asked_at timestamptz,
    reminders integer NOT NULL,
    ended_at timestamptz,
    closed_at timestamptz,
    CONSTRAINT leave_pkey PRIMARY KEY (tenant, id),
    CONSTRAINT leave_open_has_a_time CHECK ((state = 'open') = (next_at IS NOT NULL)),
    CONSTRAINT leave_state_allowed CHECK (state IN ('open', 'done', 'canceled'))
);
CREATE INDEX leave_due ON leave (next_at) WHERE (state = 'open');
CREATE UNIQUE INDEX leave_open ON leave (tenant, person_id) WHERE (state = 'open');
CREATE INDEX leave_person ON leave (tenant, person_id);

CREATE TABLE leave_item (
    tenant varchar NOT NULL,
    leave_id varchar(26) NOT NULL,
    thing varchar NOT NULL,
    thing_id varchar(26) NOT NULL,
    choice varchar,
    to_id varchar,
    chosen_by varchar,
    chosen_at timestamptz,
    step varchar,
    order_id varchar,
    problem varchar,
    CONSTRAINT leave_item_pkey PRIMARY KEY (tenant, leave_id, thing, thing_id),
    CONSTRAINT leave_item_step_allowed CHECK (step IN ('features', 'chosen', 'suspend', 'disconnect')),
    CONSTRAINT leave_item_thing_allowed CHECK (thing IN ('line', 'device'))
);
CREATE INDEX leave_item_thing ON leave_item (tenant, thing_id);
