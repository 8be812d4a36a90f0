CREATE TABLE recovery_action (
    tenant varchar NOT NULL,
    id varchar(26) NOT NULL,
    order_id varchar NOT NULL,
    at timestamptz NOT NULL,
    action varchar NOT NULL,
    subject varchar,
    evidence varchar NOT NULL,
    actor_id varchar NOT NULL,
    actor_name varchar NOT NULL,
    channel varchar NOT NULL,
    CONSTRAINT recovery_action_pkey PRIMARY KEY (tenant, id)
);
CREATE INDEX recovery_action_order ON recovery_action (tenant, order_id, id);

CREATE TABLE stray_workflow (
    tenant varchar NOT NULL,
    kind varchar(10) NOT NULL,
    id varchar(40) CONSTRAINT stray_workflow_order_id_not_null NOT NULL,
    number varchar NOT NULL,
    found_at timestamptz DEFAULT now() NOT NULL,
    ended_at timestamptz,
    ended_by varchar,
    evidence varchar,
    CONSTRAINT stray_workflow_pkey PRIMARY KEY (tenant, kind, id)
);
CREATE INDEX stray_workflow_running ON stray_workflow (tenant, found_at) WHERE (ended_at IS NULL);

CREATE TABLE workflow_health (
    tenant varchar NOT NULL,
    order_id varchar NOT NULL,
    state varchar NOT NULL,
    since timestamptz,
    checked_at timestamptz,
    run_id varchar,
    history_length integer,
    compared_seq integer,
    CONSTRAINT workflow_health_pkey PRIMARY KEY (tenant, order_id),
        CONSTRAINT workflow_health_state_allowed CHECK (state IN ('healthy', 'missing', 'terminated', 'failed',
        'timed_out', 'canceled', 'completed', 'behind', 'ahead', 'revived'))
);
CREATE INDEX workflow_health_problem ON workflow_health (tenant, since) WHERE (state <> 'healthy');
