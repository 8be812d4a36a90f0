"""Differences are also told by events of carriers that no order caused; lines are found by the carriers' own ids."""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import UTCDateTime

revision = "0051_carrier_changes"
down_revision = "0050_successors"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("difference", sa.Column("event_at", UTCDateTime()))
    for name in ("first_run", "last_run"):
        op.alter_column("difference", name, nullable=True)
    op.create_index(
        "line_carrier_product",
        "line",
        ["carrier", "carrier_product_id"],
        postgresql_where=sa.text("carrier_product_id IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index("line_carrier_product", table_name="line")
    op.execute("DELETE FROM difference WHERE last_run IS NULL")
    for name in ("first_run", "last_run"):
        op.alter_column("difference", name, nullable=False)
    op.drop_column("difference", "event_at")
