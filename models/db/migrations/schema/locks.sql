CREATE TABLE lock (
    tenant varchar NOT NULL,
    kind varchar NOT NULL,
    id varchar(26) NOT NULL,
    aspect varchar NOT NULL,
    order_id varchar NOT NULL,
    item_id varchar NOT NULL,
    locked_at timestamptz NOT NULL,
    CONSTRAINT lock_pkey PRIMARY KEY (tenant, kind, id, aspect)
);
CREATE INDEX lock_order ON lock (tenant, order_id);
