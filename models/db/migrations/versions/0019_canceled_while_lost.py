"""Orders that were canceled while their carrier had lost them."""

import sqlalchemy as sa
from alembic import op

revision = "0019_canceled_while_lost"
down_revision = "0018_carrier_reports"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("carrier_order", sa.Column("canceled_while_lost", sa.Boolean(), nullable=False, server_default="false"))
    op.alter_column("carrier_order", "canceled_while_lost", server_default=None)


def downgrade() -> None:
    op.drop_column("carrier_order", "canceled_while_lost")
