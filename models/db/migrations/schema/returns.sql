CREATE TABLE return_case (
    tenant varchar NOT NULL,
    order_id varchar NOT NULL,
    item_id varchar NOT NULL,
    device_id varchar NOT NULL,
    parent_order_id varchar,
    parent_item_id varchar,
    cause varchar NOT NULL,
    state varchar NOT NULL,
    label_url varchar,
    received_at timestamptz,
    condition varchar,
    refund numeric(12,2),
    chargeback numeric(12,2),
    cost_center varchar,
    late_charge numeric(12,2),
    charged_at timestamptz,
    CONSTRAINT return_case_pkey PRIMARY KEY (tenant, order_id, item_id),
        CONSTRAINT return_case_cause_allowed CHECK (cause IN ('unwanted', 'upgrade', 'exchange', 'terminate',
        'not_received', 'leaver')),
    CONSTRAINT return_case_condition_allowed CHECK (condition IN ('working', 'damaged', 'broken', 'locked')),
        CONSTRAINT return_case_state_allowed CHECK (state IN ('requested', 'to_stock', 'label_sent', 'in_transit',
        'received', 'inspected', 'found', 'lost', 'canceled'))
);
CREATE INDEX return_case_device ON return_case (tenant, device_id);
CREATE INDEX return_case_parent ON return_case (tenant, parent_order_id);
