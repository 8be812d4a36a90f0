CREATE TABLE account_email (
    id varchar(26) NOT NULL,
    tenant varchar NOT NULL,
    event varchar NOT NULL,
    recipient_id varchar NOT NULL,
    address varchar NOT NULL,
    state varchar NOT NULL,
    attempts integer NOT NULL,
    failed_attempts integer NOT NULL,
    created_at timestamptz NOT NULL,
    next_attempt_at timestamptz NOT NULL,
    sent_at timestamptz,
    last_error varchar,
    reset_id varchar,
    data jsonb NOT NULL,
    CONSTRAINT account_email_pkey PRIMARY KEY (id),
    CONSTRAINT account_email_state_allowed CHECK (state IN ('waiting', 'sent', 'skipped', 'dead', 'unconfirmed'))
);
CREATE INDEX account_email_dead ON account_email (id) WHERE (state = 'dead');
CREATE INDEX account_email_waiting ON account_email (next_attempt_at) WHERE (state = 'waiting');

CREATE TABLE email_pause (
    tenant varchar NOT NULL,
    id varchar(26) NOT NULL,
    email varchar NOT NULL,
    off_at timestamptz NOT NULL,
    off_by varchar NOT NULL,
    on_at timestamptz,
    on_by varchar,
    CONSTRAINT email_pause_pkey PRIMARY KEY (tenant, id)
);
CREATE UNIQUE INDEX email_pause_current ON email_pause (tenant, email) WHERE (on_at IS NULL);

CREATE TABLE notification (
    id varchar(26) NOT NULL,
    tenant varchar NOT NULL,
    event varchar NOT NULL,
    recipient_id varchar NOT NULL,
    address varchar NOT NULL,
    state varchar NOT NULL,
    attempts integer NOT NULL,
    failed_attempts integer NOT NULL,
    created_at timestamptz NOT NULL,
    next_attempt_at timestamptz NOT NULL,
    sent_at timestamptz,
    last_error varchar,
    order_id varchar NOT NULL,
    seq integer NOT NULL,
    link_id varchar,
    CONSTRAINT notification_pkey PRIMARY KEY (id),
    CONSTRAINT notification_state_allowed CHECK (state IN ('waiting', 'sent', 'skipped', 'dead', 'unconfirmed'))
);
CREATE INDEX notification_dead ON notification (id) WHERE (state = 'dead');
CREATE UNIQUE INDEX notification_unique ON notification (tenant, order_id, seq, event, recipient_id);
CREATE INDEX notification_waiting ON notification (next_attempt_at) WHERE (state = 'waiting');
