CREATE TABLE difference (
    tenant varchar NOT NULL,
    id varchar(26) NOT NULL,
    carrier varchar NOT NULL,
    account varchar NOT NULL,
    subject varchar NOT NULL,
    kind varchar NOT NULL,
    line_id varchar,
    mdn varchar NOT NULL,
    ours text[] NOT NULL,
    theirs text[] NOT NULL,
    first_run integer,
    first_seen_at timestamptz NOT NULL,
    last_run integer,
    event_at timestamptz,
    last_day date,
    closed_at timestamptz,
    import_number integer,
    CONSTRAINT difference_pkey PRIMARY KEY (tenant, id),
        CONSTRAINT difference_kind_allowed CHECK (kind IN ('carrier_only', 'ours_only', 'status', 'account', 'plan',
        'features', 'number', 'sim', 'device'))
);
CREATE UNIQUE INDEX difference_open ON difference (tenant, carrier, subject, kind) WHERE (closed_at IS NULL);

CREATE TABLE reconciliation (
    tenant varchar NOT NULL,
    number integer NOT NULL,
    carrier varchar NOT NULL,
    file_name varchar NOT NULL,
    at timestamptz NOT NULL,
    by varchar NOT NULL,
    accounts text[] NOT NULL,
    lines integer NOT NULL,
    counts jsonb NOT NULL,
    wrong jsonb NOT NULL,
    CONSTRAINT reconciliation_pkey PRIMARY KEY (tenant, number)
);

CREATE TABLE reported_line (
    tenant varchar NOT NULL,
    reconciliation integer NOT NULL,
    mdn varchar NOT NULL,
    "row" integer NOT NULL,
    account varchar NOT NULL,
    iccid varchar,
    imei varchar,
    plan varchar,
    features text[],
    status varchar,
    CONSTRAINT reported_line_pkey PRIMARY KEY (tenant, reconciliation, mdn)
);
