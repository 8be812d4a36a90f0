"""What a carrier has answered is known of each submission, when it is to be asked, and when it refused an item."""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString, UTCDateTime

revision = "0018_carrier_reports"
down_revision = "0017_without_delegates"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("order_item", sa.Column("refused_at", UTCDateTime()))
    op.add_column("carrier_order", sa.Column("reported_at", UTCDateTime()))
    op.add_column("carrier_order", sa.Column("polled", AutoString()))
    op.add_column("carrier_order", sa.Column("poll_at", UTCDateTime()))
    op.create_index(
        "carrier_order_poll_at",
        "carrier_order",
        ["carrier", "poll_at"],
        postgresql_where=sa.text("poll_at IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index("carrier_order_poll_at", table_name="carrier_order")
    op.drop_column("carrier_order", "poll_at")
    op.drop_column("carrier_order", "polled")
    op.drop_column("carrier_order", "reported_at")
    op.drop_column("order_item", "refused_at")
