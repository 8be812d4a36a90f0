"""Indexes of what is open or given up: operators count it, and most of all there ever was is neither."""

from alembic import op
from sqlalchemy import text

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("order_open", "order", ["status"], postgresql_where=text("closed_at IS NULL"))
    for table in ("outbox", "notification"):
        op.create_index(f"{table}_dead", table, ["id"], postgresql_where=text("state = 'dead'"))


def downgrade() -> None:
    op.drop_index("order_open", "order")
    for table in ("outbox", "notification"):
        op.drop_index(f"{table}_dead", table)
