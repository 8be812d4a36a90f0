CREATE TABLE access_token (
    digest varchar(64) NOT NULL,
    tenant varchar NOT NULL,
    person_id varchar NOT NULL,
    id varchar(32) NOT NULL,
    name varchar NOT NULL,
    prefix varchar(16) NOT NULL,
    scopes text[] NOT NULL,
    created_at timestamptz NOT NULL,
    created_by varchar,
    expires_at timestamptz NOT NULL,
    last_used_at timestamptz,
    revoked_at timestamptz,
    CONSTRAINT access_token_pkey PRIMARY KEY (digest),
    CONSTRAINT access_token_id_key UNIQUE (id)
);
CREATE INDEX access_token_person ON access_token (tenant, person_id);

CREATE TABLE attempt_limit (
    key varchar(80) NOT NULL,
    tries integer NOT NULL,
    last_at timestamptz NOT NULL,
    blocked_until timestamptz,
    CONSTRAINT attempt_limit_pkey PRIMARY KEY (key)
);

CREATE TABLE login (
    tenant varchar NOT NULL,
    person_id varchar(26) NOT NULL,
    user_name varchar(254) NOT NULL,
    password_hash varchar,
    password_at timestamptz,
    must_change boolean NOT NULL,
    factor bytea,
    factor_at timestamptz,
    last_step integer,
    created_at timestamptz NOT NULL,
    CONSTRAINT login_pkey PRIMARY KEY (tenant, person_id)
);
CREATE UNIQUE INDEX login_user_name ON login (user_name);

CREATE TABLE password_reset (
    id varchar(26) NOT NULL,
    tenant varchar NOT NULL,
    person_id varchar NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at timestamptz,
    revoked_at timestamptz,
    CONSTRAINT password_reset_pkey PRIMARY KEY (id)
);
CREATE INDEX password_reset_person ON password_reset (tenant, person_id);

CREATE TABLE portal_session (
    digest varchar(64) NOT NULL,
    tenant varchar NOT NULL,
    person_id varchar NOT NULL,
    id varchar(26) NOT NULL,
    created_at timestamptz NOT NULL,
    last_seen_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    stepped_up_at timestamptz,
    revoked_at timestamptz,
    address varchar NOT NULL,
    device varchar NOT NULL,
    CONSTRAINT portal_session_pkey PRIMARY KEY (digest),
    CONSTRAINT portal_session_id_key UNIQUE (id)
);
CREATE INDEX portal_session_person ON portal_session (tenant, person_id);

CREATE TABLE recovery_code (
    digest varchar(64) NOT NULL,
    tenant varchar NOT NULL,
    person_id varchar NOT NULL,
    used_at timestamptz,
    CONSTRAINT recovery_code_pkey PRIMARY KEY (digest)
);
CREATE INDEX recovery_code_person ON recovery_code (tenant, person_id);

CREATE TABLE sign_in_link (
    digest varchar(64) NOT NULL,
    tenant varchar NOT NULL,
    person_id varchar NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at timestamptz,
    CONSTRAINT sign_in_link_pkey PRIMARY KEY (digest)
);
