"""Lines, devices and orders are searched by one stored column each, as people are, and by indexes for their numbers.

The database keeps the column: it also has words of other rows, such as the name of a line's user. An update that sets
it computes it anew. In each column, a space is before every word.

The tables are written anew while they are locked.
"""

from alembic import op

revision = "0056_word_search"
down_revision = "0055_list_indexes"
branch_labels = None
depends_on = None

# Words of one or two characters are found where a word begins: an index of trigrams has nothing shorter.
_KEY = """
CREATE FUNCTION search_key(word text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN CASE WHEN length(ltrim(search_form(word))) < 3 THEN ' ' ELSE '' END || ltrim(search_form(word))
"""
_PERSON = "search_form(name || ' ' || email || ' ' || employee_number)"
_HOLDER = """
CREATE FUNCTION holder_search(of_tenant text, of_person text, of_site text) RETURNS text LANGUAGE sql STABLE AS $$
SELECT coalesce(
    (SELECT search FROM person WHERE tenant = of_tenant AND id = of_person),
    (SELECT search FROM site WHERE tenant = of_tenant AND id = of_site),
    ''
)
$$
"""
_PRODUCT = """
CREATE FUNCTION product_name(of_tenant text, of_sku text) RETURNS text LANGUAGE sql STABLE AS $$
SELECT name FROM product WHERE tenant = of_tenant AND sku = of_sku
$$
"""
_OF_LINE = """
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
END $$
"""
_OF_DEVICE = """
CREATE FUNCTION set_device_search() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.search := ' ' || search_form(concat_ws(
        ' ', product_name(NEW.tenant, NEW.sku), NEW.make, NEW.model, NEW.imei, NEW.imei2, NEW.meid, NEW.esn, NEW.serial
    )) || holder_search(NEW.tenant, NEW.person_id, NEW.site_id);
    RETURN NEW;
END $$
"""
_OF_ORDER = """
CREATE FUNCTION set_order_search() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.search := holder_search(NEW.tenant, NEW.requester_id, NULL)
        || CASE WHEN NEW.beneficiary_id = NEW.requester_id THEN ''
        ELSE holder_search(NEW.tenant, NEW.beneficiary_id, NEW.beneficiary_site_id) END;
    RETURN NEW;
END $$
"""
# What a row is found by, apart from the words of other rows.
_COLUMNS = {
    "line": "mdn, former_numbers, device_id, person_id, site_id",
    "device": "sku, make, model, imei, imei2, meid, esn, serial, person_id, site_id",
    "order": "requester_id, beneficiary_id, beneficiary_site_id",
}
# The orders first, as every change of an order locks its row before any other.
_AFTER_PERSON = """
CREATE FUNCTION search_after_person() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE "order" SET search = '' WHERE tenant = NEW.tenant AND NEW.id IN (requester_id, beneficiary_id);
    UPDATE line SET search = '' WHERE tenant = NEW.tenant AND person_id = NEW.id;
    UPDATE device SET search = '' WHERE tenant = NEW.tenant AND person_id = NEW.id;
    RETURN NULL;
END $$
"""
_AFTER_SITE = """
CREATE FUNCTION search_after_site() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE "order" SET search = '' WHERE tenant = NEW.tenant AND beneficiary_site_id = NEW.id;
    UPDATE line SET search = '' WHERE tenant = NEW.tenant AND site_id = NEW.id;
    UPDATE device SET search = '' WHERE tenant = NEW.tenant AND site_id = NEW.id;
    RETURN NULL;
END $$
"""
_AFTER_DEVICE = """
CREATE FUNCTION search_after_device() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE line SET search = '' WHERE tenant = NEW.tenant AND device_id = NEW.id;
    RETURN NULL;
END $$
"""
_AFTER_PRODUCT = """
CREATE FUNCTION search_after_product() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE device SET search = '' WHERE tenant = NEW.tenant AND sku = NEW.sku;
    UPDATE line SET search = '' FROM device
    WHERE line.tenant = NEW.tenant AND device.tenant = NEW.tenant AND device.id = line.device_id AND sku = NEW.sku;
    RETURN NULL;
END $$
"""
_FUNCTIONS = (
    *(_KEY, _HOLDER, _PRODUCT, _OF_LINE, _OF_DEVICE, _OF_ORDER),
    *(_AFTER_PERSON, _AFTER_SITE, _AFTER_DEVICE, _AFTER_PRODUCT),
)
# What others are found by.
_OTHERS = {
    "person": "name, email, employee_number",
    "site": "name",
    "device": "sku, make, model, esn",
    "product": "name",
}
_NAMES = ("search_key", "holder_search", "product_name")


def upgrade() -> None:
    op.execute("CREATE EXTENSION IF NOT EXISTS btree_gin WITH SCHEMA public")
    op.drop_column("person", "search")
    for table, form in (("person", _PERSON), ("site", "search_form(name)"), ("account", "search_form(name)")):
        op.execute(f"ALTER TABLE {table} ADD COLUMN search text NOT NULL GENERATED ALWAYS AS (' ' || {form}) STORED")
    for function in _FUNCTIONS:
        op.execute(function)
    for table, columns in _COLUMNS.items():
        op.execute(f'ALTER TABLE "{table}" ADD COLUMN search text')
        op.execute(
            f'CREATE TRIGGER {table}_search BEFORE INSERT OR UPDATE OF search, {columns} ON "{table}" '
            f"FOR EACH ROW EXECUTE FUNCTION set_{table}_search()"
        )
        op.execute(f"UPDATE \"{table}\" SET search = ''")
        op.alter_column(table, "search", nullable=False)
    for table, columns in _OTHERS.items():
        changed = " OR ".join(f"OLD.{column} IS DISTINCT FROM NEW.{column}" for column in columns.split(", "))
        op.execute(
            f"CREATE TRIGGER search_after_{table} AFTER UPDATE OF {columns} ON {table} "
            f"FOR EACH ROW WHEN ({changed}) EXECUTE FUNCTION search_after_{table}()"
        )
    for table in ("person", *_COLUMNS):
        op.execute(f'CREATE INDEX {table}_search ON "{table}" USING gin (tenant, search gin_trgm_ops)')
    for table, column in NUMBERS:
        op.execute(
            f'CREATE INDEX {table}_with_{column} ON "{table}" (tenant, {column}) WHERE {column} IS NOT NULL'
        )


def downgrade() -> None:
    for table, column in NUMBERS:
        op.execute(f"DROP INDEX {table}_with_{column}")
    for table in _OTHERS:
        op.execute(f"DROP TRIGGER search_after_{table} ON {table}")
        op.execute(f"DROP FUNCTION search_after_{table}")
    for table in _COLUMNS:
        op.execute(f'DROP TRIGGER {table}_search ON "{table}"')
        op.execute(f"DROP FUNCTION set_{table}_search")
        op.drop_column(table, "search")
    for name in _NAMES:
        op.execute(f"DROP FUNCTION {name}")
    for table in ("person", "site", "account"):
        op.drop_column(table, "search")
    op.execute(f"ALTER TABLE person ADD COLUMN search text NOT NULL GENERATED ALWAYS AS ({_PERSON}) STORED")
    op.execute("CREATE INDEX person_search ON person USING gin (search gin_trgm_ops)")


NUMBERS = (
    ("line", "mdn"),
    *(("device", column) for column in ("imei", "imei2", "meid", "esn")),
    *(("sim", column) for column in ("iccid", "eid")),
    *(("order_item", column) for column in ("mdn", "imei", "imei2", "iccid", "eid")),
)
