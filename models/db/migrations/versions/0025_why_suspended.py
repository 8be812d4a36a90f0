"""A line knows why it is suspended, and a device since when carriers block it."""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString

revision = "0025_why_suspended"
down_revision = "0024_parent_orders"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("line", sa.Column("suspended_for", AutoString(), nullable=True))
    op.add_column("device", sa.Column("block_listed_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("device", "block_listed_at")
    op.drop_column("line", "suspended_for")
