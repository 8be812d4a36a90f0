"""The times and channels of reported values are in a column that says so."""

from alembic import op

revision = "0022_reported"
down_revision = "0021_people_search"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table in ("order_item", "order_parcel"):
        op.alter_column(table, "told", new_column_name="reported")


def downgrade() -> None:
    for table in ("order_item", "order_parcel"):
        op.alter_column(table, "reported", new_column_name="told")
