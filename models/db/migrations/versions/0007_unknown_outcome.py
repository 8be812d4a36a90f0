"""When an order was sent to its carrier, second orders there, and lost ones."""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString, UTCDateTime

revision = "0007_unknown_outcome"
down_revision = "0006_search_forms"
branch_labels = None
depends_on = None

COLUMNS = ("list_at", "missing_since", "lost_at")


def upgrade() -> None:
    op.alter_column("carrier_order", "sent_at", nullable=True)
    op.add_column("carrier_order", sa.Column("repeatable", sa.Boolean(), nullable=False, server_default="false"))
    op.alter_column("carrier_order", "repeatable", server_default=None)
    for name in COLUMNS:
        op.add_column("carrier_order", sa.Column(name, UTCDateTime()))
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
    for name in (*COLUMNS, "repeatable"):
        op.drop_column("carrier_order", name)
    op.execute("UPDATE carrier_order SET sent_at = last_update_at WHERE sent_at IS NULL")
    op.alter_column("carrier_order", "sent_at", nullable=False)
