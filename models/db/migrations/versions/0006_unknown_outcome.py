"""When an order was sent to its carrier, and second orders there."""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString, UTCDateTime

revision = "0006_unknown_outcome"
down_revision = "0005_email_delivery"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.alter_column("carrier_order", "sent_at", nullable=True)
    op.add_column("carrier_order", sa.Column("repeatable", sa.Boolean(), nullable=False, server_default="false"))
    op.alter_column("carrier_order", "repeatable", server_default=None)
    op.add_column("carrier_order", sa.Column("list_at", UTCDateTime()))
    unlisted = sa.text("list_at IS NOT NULL")
    op.create_index("carrier_order_list_at", "carrier_order", ["carrier", "list_at"], postgresql_where=unlisted)
    op.create_table(
        "second_order",
        sa.Column("carrier", AutoString(32), primary_key=True),
        sa.Column("carrier_ref", AutoString(), primary_key=True),
        sa.Column("tenant", AutoString(), nullable=False),
        sa.Column("order_id", AutoString(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("asked_at", UTCDateTime()),
        sa.Column("answer", AutoString()),
        sa.ForeignKeyConstraint(
            ["tenant", "order_id", "round"], ["carrier_order.tenant", "carrier_order.order_id", "carrier_order.round"]
        ),
    )
    unanswered = sa.text("answer IS NULL")
    op.create_index("second_order_unanswered", "second_order", ["carrier", "asked_at"], postgresql_where=unanswered)


def downgrade() -> None:
    op.drop_table("second_order")
    op.drop_index("carrier_order_list_at", "carrier_order")
    op.drop_column("carrier_order", "list_at")
    op.drop_column("carrier_order", "repeatable")
    op.execute("UPDATE carrier_order SET sent_at = last_update_at WHERE sent_at IS NULL")
    op.alter_column("carrier_order", "sent_at", nullable=False)
