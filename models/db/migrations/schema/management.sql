-- Who is below whom is stored, and kept by the database: what managers see is found by it.
-- The people who get another manager and all below them are computed anew, one transaction of a tenant at a time: another
-- one could otherwise move a manager of theirs meanwhile.

CREATE FUNCTION store_management() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    tenants text[];
    ids text[];
BEGIN
    IF TG_OP = 'INSERT' THEN
        SELECT array_agg(tenant), array_agg(id) INTO tenants, ids FROM new_rows WHERE manager_id IS NOT NULL;
    ELSE
        -- Planned anew at each call: a plan that was made for one row compares each of many with each.
        EXECUTE 'SELECT array_agg(tenant), array_agg(id) FROM new_rows JOIN old_rows USING (tenant, id)
        WHERE new_rows.manager_id IS DISTINCT FROM old_rows.manager_id' INTO tenants, ids;
    END IF;
    IF ids IS NULL THEN
        RETURN NULL;
    END IF;
    PERFORM pg_advisory_xact_lock(hashtext('management'), hashtext(tenant))
    FROM (SELECT DISTINCT unnest(tenants) AS tenant ORDER BY tenant) AS moved;
    WITH RECURSIVE moved AS (
        SELECT * FROM unnest(tenants, ids) AS moved (tenant, id)
        UNION
        SELECT person.tenant, person.id FROM moved JOIN person
        ON person.tenant = moved.tenant AND person.manager_id = moved.id
    )
    SELECT array_agg(tenant), array_agg(id) INTO tenants, ids FROM moved;
    DELETE FROM management USING unnest(tenants, ids) AS moved (tenant, id)
    WHERE management.tenant = moved.tenant AND management.person_id = moved.id;
    WITH RECURSIVE above AS (
        SELECT person.tenant, person.manager_id, person.id AS person_id
        FROM unnest(tenants, ids) AS moved (tenant, id) JOIN person USING (tenant, id) WHERE manager_id IS NOT NULL
        UNION
        SELECT above.tenant, person.manager_id, above.person_id FROM above JOIN person
        ON person.tenant = above.tenant AND person.id = above.manager_id WHERE person.manager_id IS NOT NULL
    )
    INSERT INTO management (tenant, manager_id, person_id) SELECT tenant, manager_id, person_id FROM above;
    RETURN NULL;
END $$;

CREATE FUNCTION delete_management() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('management'), hashtext(tenant))
    FROM (SELECT DISTINCT tenant FROM old_rows ORDER BY tenant) AS of_tenants;
    DELETE FROM management USING old_rows
    WHERE management.tenant = old_rows.tenant AND old_rows.id IN (management.person_id, management.manager_id);
    RETURN NULL;
END $$;

CREATE TRIGGER management_insert AFTER INSERT ON person REFERENCING NEW TABLE AS new_rows
FOR EACH STATEMENT EXECUTE FUNCTION store_management();

CREATE TRIGGER management_update AFTER UPDATE ON person REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
FOR EACH STATEMENT EXECUTE FUNCTION store_management();

CREATE TRIGGER management_delete AFTER DELETE ON person REFERENCING OLD TABLE AS old_rows
FOR EACH STATEMENT EXECUTE FUNCTION delete_management();
