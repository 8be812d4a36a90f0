"""The forms in which names and references are searched and compared."""

from alembic import op

revision = "0006_search_forms"
down_revision = "0005_email_delivery"
branch_labels = None
depends_on = None

# The dictionary is named with its schema: without, the function would depend on the caller's search path.
# Chinese, Japanese and Korean names have no space between surname and given name: each character counts as a word.
SEARCH_FORM = r"""
CREATE FUNCTION search_form(value text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN regexp_replace(
    regexp_replace(
        public.unaccent('public.unaccent', casefold(normalize(value, NFKC) COLLATE pg_unicode_fast))
            COLLATE pg_unicode_fast,
        '[^[:alnum:][:space:]]+', '', 'g'
    ),
    '([\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff])', ' \1', 'g'
)
"""
REFERENCE_FORM = r"""
CREATE FUNCTION reference_form(value text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN regexp_replace(search_form(value), '[[:space:]]+', '', 'g')
"""


def upgrade() -> None:
    for extension in ("unaccent", "pg_trgm"):
        op.execute(f"CREATE EXTENSION IF NOT EXISTS {extension} WITH SCHEMA public")
    op.execute(SEARCH_FORM)
    op.execute(REFERENCE_FORM)
    op.execute("CREATE INDEX person_search ON person USING gin (search_form(name) gin_trgm_ops)")
    for table, column in REFERENCES:
        op.execute(f'CREATE INDEX "{table}_{column}_form" ON "{table}" (tenant, reference_form({column}))')


def downgrade() -> None:
    for table, column in REFERENCES:
        op.execute(f'DROP INDEX "{table}_{column}_form"')
    op.execute("DROP INDEX person_search")
    op.execute("DROP FUNCTION reference_form")
    op.execute("DROP FUNCTION search_form")


REFERENCES = (
    ("order", "external_number"),
    ("order", "po_number"),
    ("order_item", "tracking_number"),
    ("carrier_order", "carrier_ref"),
)
