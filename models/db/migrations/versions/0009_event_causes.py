"""What caused an order event."""

import sqlalchemy as sa
from alembic import op

revision = "0009_event_causes"
down_revision = "0008_carrier_accounts"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("order_event", sa.Column("cause", sa.String()))


def downgrade() -> None:
    op.drop_column("order_event", "cause")
