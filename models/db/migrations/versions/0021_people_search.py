"""People are searched by one stored column, of all that they are found by.

The table is written anew while it is locked. PostgreSQL computes the column when a row is written, not when search_form
changes: a migration that changes the function must drop the column and its index and add them again.
"""

from alembic import op

revision = "0021_people_search"
down_revision = "0020_offered_authenticator"
branch_labels = None
depends_on = None

SEARCH = "search_form(name || ' ' || email || ' ' || employee_number)"


def upgrade() -> None:
    op.execute("DROP INDEX person_search")
    op.execute(f"ALTER TABLE person ADD COLUMN search text NOT NULL GENERATED ALWAYS AS ({SEARCH}) STORED")
    op.execute("CREATE INDEX person_search ON person USING gin (search gin_trgm_ops)")


def downgrade() -> None:
    op.drop_column("person", "search")
    op.execute("CREATE INDEX person_search ON person USING gin (search_form(name) gin_trgm_ops)")
