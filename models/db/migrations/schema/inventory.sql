CREATE TABLE device (
    tenant varchar NOT NULL,
    id varchar(26) NOT NULL,
    status varchar NOT NULL,
    version integer NOT NULL,
    person_id varchar,
    site_id varchar,
    sku varchar,
    account_id varchar NOT NULL,
    imei varchar,
    imei2 varchar,
    block_listed_at timestamptz,
    ownership varchar NOT NULL,
    make varchar,
    model varchar,
    serial varchar,
    meid varchar,
    esn varchar,
    condition varchar,
    purchased_on date,
    warranty_until date,
    lock varchar NOT NULL,
    location varchar,
    search text NOT NULL,
    CONSTRAINT device_pkey PRIMARY KEY (tenant, id),
    CONSTRAINT device_condition_allowed CHECK (condition IN ('working', 'damaged', 'broken', 'locked')),
    CONSTRAINT device_lock_allowed CHECK (lock IN ('unknown', 'locked', 'unlocked')),
    CONSTRAINT device_one_holder CHECK ((person_id IS NULL) OR (site_id IS NULL)),
    CONSTRAINT device_ownership_allowed CHECK (ownership IN ('company', 'personal', 'leased')),
        CONSTRAINT device_status_allowed CHECK (status IN ('in_stock', 'unconfirmed', 'active', 'repair',
        'lost_stolen', 'pending_return', 'retired', 'void'))
);
CREATE INDEX device_account ON device (tenant, account_id, id);
CREATE UNIQUE INDEX device_esn ON device (tenant, esn) WHERE ((esn IS NOT NULL) AND status NOT IN ('void', 'retired'));
CREATE UNIQUE INDEX device_imei ON device (tenant, imei)
        WHERE ((imei IS NOT NULL) AND status NOT IN ('void', 'retired'));
CREATE UNIQUE INDEX device_imei2 ON device (tenant, imei2)
        WHERE ((imei2 IS NOT NULL) AND status NOT IN ('void', 'retired'));
CREATE UNIQUE INDEX device_meid ON device (tenant, meid)
        WHERE ((meid IS NOT NULL) AND status NOT IN ('void', 'retired'));
CREATE INDEX device_person ON device (tenant, person_id, id);
CREATE INDEX device_search ON device USING gin (tenant, search gin_trgm_ops);
CREATE INDEX device_serial ON device (tenant, serial);
CREATE INDEX device_site ON device (tenant, site_id, id);
CREATE INDEX device_status ON device (tenant, status, id);
CREATE INDEX device_with_esn ON device (tenant, esn) WHERE (esn IS NOT NULL);
CREATE INDEX device_with_imei ON device (tenant, imei) WHERE (imei IS NOT NULL);
CREATE INDEX device_with_imei2 ON device (tenant, imei2) WHERE (imei2 IS NOT NULL);
CREATE INDEX device_with_meid ON device (tenant, meid) WHERE (meid IS NOT NULL);

CREATE TABLE inventory_change (
    tenant varchar NOT NULL,
    order_id varchar NOT NULL,
    item_id varchar NOT NULL,
    kind varchar NOT NULL,
    line_id varchar,
    before jsonb NOT NULL,
    after jsonb NOT NULL,
    at timestamptz NOT NULL,
    CONSTRAINT inventory_change_pkey PRIMARY KEY (tenant, order_id, item_id, kind)
);
CREATE INDEX inventory_change_device ON inventory_change (tenant, ((before #>> '{device,id}'::text[])));
CREATE INDEX inventory_change_line ON inventory_change (tenant, line_id);

CREATE TABLE line (
    tenant varchar NOT NULL,
    id varchar(26) NOT NULL,
    status varchar NOT NULL,
    version integer NOT NULL,
    person_id varchar,
    site_id varchar,
    carrier varchar NOT NULL,
    carrier_account varchar,
    carrier_product_id varchar,
    account_id varchar NOT NULL,
    plan varchar NOT NULL,
    features text[] NOT NULL,
    feature_ends jsonb NOT NULL,
    mdn varchar,
    former_numbers jsonb NOT NULL,
    device_id varchar,
    sim_id varchar,
    cost_center varchar,
    activated_on date,
    upgrade_on date,
    contract_until date,
    suspended_for varchar,
    disconnected_on date,
    number_origin varchar,
    number_brought_by varchar,
    number_locked boolean NOT NULL,
    sim_protected boolean NOT NULL,
    subscriber_name varchar,
    labels varchar,
    service_address jsonb,
    search text NOT NULL,
    CONSTRAINT line_pkey PRIMARY KEY (tenant, id),
    CONSTRAINT line_number_origin_allowed CHECK (number_origin IN ('assigned', 'brought_in')),
    CONSTRAINT line_one_holder CHECK ((person_id IS NULL) OR (site_id IS NULL)),
        CONSTRAINT line_status_allowed CHECK (status IN ('pending', 'active', 'suspended', 'porting_in',
        'porting_out', 'transferring', 'disconnected', 'terminated', 'void'))
);
CREATE INDEX line_account ON line (tenant, account_id, id);
CREATE INDEX line_account_status ON line (tenant, account_id, status);
CREATE INDEX line_billing ON line (tenant, carrier, carrier_account, account_id, status);
CREATE INDEX line_carrier_product ON line (carrier, carrier_product_id) WHERE (carrier_product_id IS NOT NULL);
CREATE INDEX line_device ON line (tenant, device_id);
CREATE INDEX line_former_numbers ON line USING gin (former_numbers jsonb_path_ops);
CREATE UNIQUE INDEX line_mdn ON line (tenant, mdn)
        WHERE ((mdn IS NOT NULL) AND status NOT IN ('void', 'terminated', 'disconnected'));
CREATE INDEX line_person ON line (tenant, person_id, id);
CREATE INDEX line_plan ON line (tenant, carrier, carrier_account, status, plan, id);
CREATE INDEX line_search ON line USING gin (tenant, search gin_trgm_ops);
CREATE INDEX line_sim ON line (tenant, sim_id);
CREATE INDEX line_site ON line (tenant, site_id, id);
CREATE INDEX line_status ON line (tenant, status, id);
CREATE INDEX line_with_mdn ON line (tenant, mdn) WHERE (mdn IS NOT NULL);

CREATE TABLE sim (
    tenant varchar NOT NULL,
    id varchar(26) NOT NULL,
    status varchar NOT NULL,
    version integer NOT NULL,
    carrier varchar NOT NULL,
    kind varchar NOT NULL,
    iccid varchar,
    eid varchar,
    CONSTRAINT sim_pkey PRIMARY KEY (tenant, id),
    CONSTRAINT sim_status_allowed CHECK (status IN ('in_stock', 'active', 'retired', 'void'))
);
CREATE UNIQUE INDEX sim_iccid ON sim (tenant, iccid) WHERE ((iccid IS NOT NULL) AND status NOT IN ('void', 'retired'));
CREATE INDEX sim_iccid_digits ON sim (tenant, "left"((iccid)::text, 19));
CREATE INDEX sim_with_eid ON sim (tenant, eid) WHERE (eid IS NOT NULL);
CREATE INDEX sim_with_iccid ON sim (tenant, iccid) WHERE (iccid IS NOT NULL);
