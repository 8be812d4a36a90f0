"""A difference has the last day that a carrier has told of a line."""

import sqlalchemy as sa
from alembic import op

revision = "0052_last_days"
down_revision = "0051_carrier_changes"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("difference", sa.Column("last_day", sa.Date()))


def downgrade() -> None:
    op.drop_column("difference", "last_day")
