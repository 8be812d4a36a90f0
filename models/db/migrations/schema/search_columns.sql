-- What lines, devices and orders are found by, also words of other rows. A column is computed anew when it is set to ''.

CREATE FUNCTION holder_search(of_tenant text, of_person text, of_site text) RETURNS text LANGUAGE sql STABLE AS $$
SELECT coalesce(
    (SELECT search FROM person WHERE tenant = of_tenant AND id = of_person),
    (SELECT search FROM site WHERE tenant = of_tenant AND id = of_site),
    ''
)
$$;

CREATE FUNCTION product_name(of_tenant text, of_sku text) RETURNS text LANGUAGE sql STABLE AS $$
SELECT name FROM product WHERE tenant = of_tenant AND sku = of_sku
$$;

CREATE FUNCTION set_line_search() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    on_it device;
BEGIN
    SELECT * INTO on_it FROM device WHERE tenant = NEW.tenant AND id = NEW.device_id;
    NEW.search := ' ' || search_form(concat_ws(
        ' ', NEW.mdn, jsonb_path_query_array(NEW.former_numbers, '$[*].number'),
        product_name(NEW.tenant, on_it.sku), on_it.make, on_it.model, on_it.esn
    )) || holder_search(NEW.tenant, NEW.person_id, NEW.site_id);
    RETURN NEW;
END $$;

CREATE FUNCTION set_device_search() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.search := ' ' || search_form(concat_ws(
        ' ', product_name(NEW.tenant, NEW.sku), NEW.make, NEW.model, NEW.imei, NEW.imei2, NEW.meid, NEW.esn, NEW.serial
    )) || holder_search(NEW.tenant, NEW.person_id, NEW.site_id);
    RETURN NEW;
END $$;

CREATE FUNCTION set_order_search() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.search := holder_search(NEW.tenant, NEW.requester_id, NULL)
        || CASE WHEN NEW.beneficiary_id = NEW.requester_id THEN ''
        ELSE holder_search(NEW.tenant, NEW.beneficiary_id, NEW.beneficiary_site_id) END;
    RETURN NEW;
END $$;

-- The orders first, as every change of an order locks its row before any other.
CREATE FUNCTION search_after_person() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE "order" SET search = '' WHERE tenant = NEW.tenant AND NEW.id IN (requester_id, beneficiary_id);
    UPDATE line SET search = '' WHERE tenant = NEW.tenant AND person_id = NEW.id;
    UPDATE device SET search = '' WHERE tenant = NEW.tenant AND person_id = NEW.id;
    RETURN NULL;
END $$;

CREATE FUNCTION search_after_site() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE "order" SET search = '' WHERE tenant = NEW.tenant AND beneficiary_site_id = NEW.id;
    UPDATE line SET search = '' WHERE tenant = NEW.tenant AND site_id = NEW.id;
    UPDATE device SET search = '' WHERE tenant = NEW.tenant AND site_id = NEW.id;
    RETURN NULL;
END $$;

CREATE FUNCTION search_after_device() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE line SET search = '' WHERE tenant = NEW.tenant AND device_id = NEW.id;
    RETURN NULL;
END $$;

CREATE FUNCTION search_after_product() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE device SET search = '' WHERE tenant = NEW.tenant AND sku = NEW.sku;
    UPDATE line SET search = '' FROM device
    WHERE line.tenant = NEW.tenant AND device.tenant = NEW.tenant AND device.id = line.device_id AND sku = NEW.sku;
    RETURN NULL;
END $$;

CREATE TRIGGER device_search BEFORE INSERT OR UPDATE OF search, sku, make, model, imei, imei2, meid, esn, serial, person_id, site_id
ON device FOR EACH ROW EXECUTE FUNCTION set_device_search();
CREATE TRIGGER line_search BEFORE INSERT OR UPDATE OF search, mdn, former_numbers, device_id, person_id, site_id
ON line FOR EACH ROW EXECUTE FUNCTION set_line_search();
CREATE TRIGGER order_search BEFORE INSERT OR UPDATE OF search, requester_id, beneficiary_id, beneficiary_site_id
ON "order" FOR EACH ROW EXECUTE FUNCTION set_order_search();
CREATE TRIGGER search_after_device AFTER UPDATE OF sku, make, model, esn
ON device FOR EACH ROW WHEN (
    OLD.sku IS DISTINCT FROM NEW.sku
    OR OLD.make IS DISTINCT FROM NEW.make
    OR OLD.model IS DISTINCT FROM NEW.model
    OR OLD.esn IS DISTINCT FROM NEW.esn
) EXECUTE FUNCTION search_after_device();
CREATE TRIGGER search_after_person AFTER UPDATE OF name, email, employee_number
ON person FOR EACH ROW WHEN (
    OLD.name IS DISTINCT FROM NEW.name
    OR OLD.email IS DISTINCT FROM NEW.email
    OR OLD.employee_number IS DISTINCT FROM NEW.employee_number
) EXECUTE FUNCTION search_after_person();
CREATE TRIGGER search_after_product AFTER UPDATE OF name
ON product FOR EACH ROW WHEN (OLD.name IS DISTINCT FROM NEW.name) EXECUTE FUNCTION search_after_product();
CREATE TRIGGER search_after_site AFTER UPDATE OF name
ON site FOR EACH ROW WHEN (OLD.name IS DISTINCT FROM NEW.name) EXECUTE FUNCTION search_after_site();
