CREATE TABLE line_timer (
    tenant varchar CONSTRAINT suspension_timer_tenant_not_null NOT NULL,
    id varchar(26) CONSTRAINT suspension_timer_id_not_null NOT NULL,
    kind varchar CONSTRAINT suspension_timer_kind_not_null NOT NULL,
    line_id varchar CONSTRAINT suspension_timer_line_id_not_null NOT NULL,
    order_id varchar CONSTRAINT suspension_timer_order_id_not_null NOT NULL,
    item_id varchar CONSTRAINT suspension_timer_item_id_not_null NOT NULL,
    seq_offset integer NOT NULL,
    reason varchar,
    features text[] NOT NULL,
    began_at timestamptz CONSTRAINT suspension_timer_began_at_not_null NOT NULL,
    resume_on date,
    last_day date,
    ends_at timestamptz,
    ends_by varchar,
    limit_at timestamptz,
    limit_by varchar,
    rule_text varchar CONSTRAINT suspension_timer_rule_text_not_null NOT NULL,
    rule_source varchar CONSTRAINT suspension_timer_rule_source_not_null NOT NULL,
    state varchar CONSTRAINT suspension_timer_state_not_null NOT NULL,
    problem varchar,
    outcome varchar,
    ended_at timestamptz,
    ended_by varchar(26),
    CONSTRAINT line_timer_pkey PRIMARY KEY (tenant, id),
    CONSTRAINT line_timer_state_allowed CHECK (state IN ('running', 'ended'))
);
CREATE INDEX line_timer_line ON line_timer (tenant, line_id, began_at);
CREATE UNIQUE INDEX line_timer_of_status ON line_timer (tenant, line_id)
        WHERE ((state = 'running') AND (kind <> 'features_ending'));
CREATE INDEX line_timer_order ON line_timer (tenant, order_id);
CREATE INDEX line_timer_running ON line_timer (tenant, line_id, kind) WHERE (state = 'running');
