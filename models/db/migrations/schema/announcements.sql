CREATE TABLE announcement (
    tenant varchar NOT NULL,
    id varchar(26) NOT NULL,
    title varchar(120) NOT NULL,
    text varchar NOT NULL,
    posted_at timestamptz NOT NULL,
    posted_by varchar NOT NULL,
    ends_at timestamptz,
    removed_at timestamptz,
    CONSTRAINT announcement_pkey PRIMARY KEY (tenant, id)
);
CREATE INDEX announcement_posted ON announcement (tenant, posted_at);

CREATE TABLE announcement_dismissal (
    tenant varchar NOT NULL,
    announcement_id varchar NOT NULL,
    person_id varchar NOT NULL,
    at timestamptz NOT NULL,
    CONSTRAINT announcement_dismissal_pkey PRIMARY KEY (tenant, announcement_id, person_id)
);
