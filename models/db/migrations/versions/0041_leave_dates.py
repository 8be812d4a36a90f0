"""The day on which a person leaves."""

import sqlalchemy as sa
from alembic import op

revision = "0041_leave_dates"
down_revision = "0040_feature_ends"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("person", sa.Column("leaves_on", sa.Date()))


def downgrade() -> None:
    op.drop_column("person", "leaves_on")
