"""What a carrier has answered is known of each submission."""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString, UTCDateTime

revision = "0020_intake"
down_revision = "0016_task_choices"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("carrier_order", sa.Column("reported_at", UTCDateTime()))
    op.add_column("carrier_order", sa.Column("polled", AutoString()))


def downgrade() -> None:
    op.drop_column("carrier_order", "polled")
    op.drop_column("carrier_order", "reported_at")
