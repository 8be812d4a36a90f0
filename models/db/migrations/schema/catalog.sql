CREATE TABLE policy (
    tenant varchar NOT NULL,
    version integer NOT NULL,
    document jsonb NOT NULL,
    created_at timestamptz NOT NULL,
    created_by varchar NOT NULL,
    CONSTRAINT policy_pkey PRIMARY KEY (tenant, version)
);

CREATE TABLE price (
    tenant varchar NOT NULL,
    account_id varchar NOT NULL,
    sku varchar NOT NULL,
    one_time numeric(12,2) NOT NULL,
    monthly numeric(12,2) NOT NULL,
    CONSTRAINT price_pkey PRIMARY KEY (tenant, account_id, sku)
);

CREATE TABLE product (
    tenant varchar NOT NULL,
    sku varchar(64) NOT NULL,
    kind varchar NOT NULL,
    name varchar NOT NULL,
    carrier varchar,
    one_time numeric(12,2) NOT NULL,
    monthly numeric(12,2) NOT NULL,
    currency varchar(3) NOT NULL,
    fits text[] NOT NULL,
    groups text[] NOT NULL,
    in_policy boolean NOT NULL,
    active boolean NOT NULL,
    pool_minimum integer,
    shared_primary varchar,
    offerings jsonb NOT NULL,
    attributes jsonb NOT NULL,
    CONSTRAINT product_pkey PRIMARY KEY (tenant, sku),
    CONSTRAINT product_kind_allowed CHECK (kind IN ('device', 'plan', 'feature', 'accessory')),
    CONSTRAINT product_pool_minimum CHECK (pool_minimum > 1),
    CONSTRAINT product_shared_primary CHECK ((shared_primary)::text <> (sku)::text)
);
