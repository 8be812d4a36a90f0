CREATE TABLE billing_watch (
    tenant varchar NOT NULL,
    id varchar(26) NOT NULL,
    line_id varchar NOT NULL,
    order_id varchar NOT NULL,
    item_id varchar NOT NULL,
    no_charges_after date NOT NULL,
    until date NOT NULL,
    state varchar NOT NULL,
    CONSTRAINT billing_watch_pkey PRIMARY KEY (tenant, id),
    CONSTRAINT billing_watch_state_allowed CHECK (state IN ('watching', 'asked', 'ended'))
);
CREATE INDEX billing_watch_due ON billing_watch (until) WHERE (state = 'watching');
CREATE UNIQUE INDEX billing_watch_open ON billing_watch (tenant, line_id) WHERE (state <> 'ended');
