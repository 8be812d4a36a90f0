CREATE TABLE approval (
    tenant varchar NOT NULL,
    id varchar(26) NOT NULL,
    order_id varchar NOT NULL,
    round integer NOT NULL,
    stage integer NOT NULL,
    label varchar NOT NULL,
    why varchar NOT NULL,
    approver_id varchar NOT NULL,
    state varchar NOT NULL,
    requested_at timestamptz NOT NULL,
    due_at timestamptz NOT NULL,
    decided_at timestamptz,
    decided_by varchar,
    decided_by_name varchar,
    channel varchar,
    comment varchar,
    CONSTRAINT approval_pkey PRIMARY KEY (tenant, id),
    CONSTRAINT approval_state_allowed CHECK (state IN ('pending', 'approved', 'rejected', 'superseded', 'expired'))
);
CREATE INDEX approval_approver ON approval (tenant, approver_id, state);
CREATE INDEX approval_order ON approval (tenant, approver_id, order_id);
CREATE UNIQUE INDEX approval_request ON approval (tenant, order_id, round, stage, approver_id);

CREATE TABLE approval_link (
    id varchar(26) NOT NULL,
    tenant varchar NOT NULL,
    order_id varchar NOT NULL,
    approval_id varchar NOT NULL,
    approver_id varchar NOT NULL,
    round integer NOT NULL,
    stage integer NOT NULL,
    content_hash varchar NOT NULL,
    expires_at timestamptz NOT NULL,
    state varchar NOT NULL,
    reason varchar,
    created_at timestamptz NOT NULL,
    used_at timestamptz,
    CONSTRAINT approval_link_pkey PRIMARY KEY (id),
    CONSTRAINT approval_link_state_allowed CHECK (state IN ('live', 'used', 'revoked'))
);
CREATE INDEX approval_link_order ON approval_link (tenant, order_id, state);
