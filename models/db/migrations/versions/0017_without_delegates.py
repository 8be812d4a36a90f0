"""Everyone acts for themselves: an order event has no one on whose behalf it happened."""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString

revision = "0017_without_delegates"
down_revision = "0016_task_choices"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_column("order_event", "on_behalf_of")


def downgrade() -> None:
    op.add_column("order_event", sa.Column("on_behalf_of", AutoString()))
