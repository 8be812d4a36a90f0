CREATE TABLE attestation (
    tenant varchar NOT NULL,
    order_id varchar(26) NOT NULL,
    question varchar(64) NOT NULL,
    person_id varchar NOT NULL,
    sentence varchar NOT NULL,
    version integer,
    state varchar NOT NULL,
    asked_at timestamptz,
    reminders integer NOT NULL,
    next_at timestamptz,
    task integer,
    given_at timestamptz,
    channel varchar,
    given_by varchar,
    note varchar,
    CONSTRAINT attestation_pkey PRIMARY KEY (tenant, order_id, question),
    CONSTRAINT attestation_channel_allowed CHECK (channel IN ('form', 'api', 'page', 'paper')),
    CONSTRAINT attestation_given_at_a_time CHECK ((state = 'given') = (given_at IS NOT NULL)),
    CONSTRAINT attestation_state_allowed CHECK (state IN ('waiting', 'asked', 'given', 'dropped'))
);
CREATE INDEX attestation_open ON attestation (tenant, order_id) WHERE state IN ('waiting', 'asked');
CREATE INDEX attestation_person ON attestation (tenant, person_id, question);

CREATE TABLE consent_text (
    tenant varchar NOT NULL,
    question varchar(64) NOT NULL,
    version integer NOT NULL,
    title varchar(120) NOT NULL,
    text varchar NOT NULL,
    published_at timestamptz NOT NULL,
    CONSTRAINT consent_text_pkey PRIMARY KEY (tenant, question, version)
);
