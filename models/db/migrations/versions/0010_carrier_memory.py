"""When, and by which channel, what is known of an item was said."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0010_carrier_memory"
down_revision = "0009_event_causes"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("order_item", sa.Column("told", JSONB(), nullable=False, server_default="{}"))
    op.alter_column("order_item", "told", server_default=None)
    op.drop_column("order_item", "reported_at")


def downgrade() -> None:
    op.add_column("order_item", sa.Column("reported_at", sa.DateTime(timezone=True)))
    op.drop_column("order_item", "told")
