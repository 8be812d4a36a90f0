"""Devices that go back have a case, and every device has an owner."""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString, UTCDateTime

revision = "0032_returns"
down_revision = "0031_disconnected_lines"
branch_labels = None
depends_on = None

_ALLOWED = {
    "cause": ("unwanted", "upgrade", "exchange", "terminate", "not_received", "leaver"),
    "state": (
        *("requested", "to_stock", "label_sent", "in_transit", "received", "inspected"),
        *("found", "lost", "canceled"),
    ),
    "condition": ("working", "damaged", "broken", "locked"),
}
_OWNERSHIP = ("company", "personal", "leased")


def upgrade() -> None:
    op.create_table(
        "return_case",
        sa.Column("tenant", AutoString(), primary_key=True),
        sa.Column("order_id", AutoString(), primary_key=True),
        sa.Column("item_id", AutoString(), primary_key=True),
        sa.Column("device_id", AutoString(), nullable=False),
        sa.Column("parent_order_id", AutoString()),
        sa.Column("parent_item_id", AutoString()),
        sa.Column("cause", AutoString(), nullable=False),
        sa.Column("state", AutoString(), nullable=False),
        sa.Column("label_url", AutoString()),
        sa.Column("received_at", UTCDateTime()),
        sa.Column("condition", AutoString()),
        sa.Column("refund", sa.Numeric(12, 2)),
        sa.Column("chargeback", sa.Numeric(12, 2)),
        sa.Column("cost_center", AutoString()),
        sa.Column("late_charge", sa.Numeric(12, 2)),
        sa.Column("charged_at", UTCDateTime()),
        sa.ForeignKeyConstraint(
            ["tenant", "order_id", "item_id"], ["order_item.tenant", "order_item.order_id", "order_item.id"]
        ),
        sa.ForeignKeyConstraint(["tenant", "device_id"], ["device.tenant", "device.id"]),
        sa.ForeignKeyConstraint(
            ["tenant", "parent_order_id", "parent_item_id"],
            ["order_item.tenant", "order_item.order_id", "order_item.id"],
        ),
        *(
            sa.CheckConstraint(_in(column, values), name=f"return_case_{column}_allowed")
            for column, values in _ALLOWED.items()
        ),
    )
    op.create_index("return_case_device", "return_case", ["tenant", "device_id"])
    op.create_index("return_case_parent", "return_case", ["tenant", "parent_order_id"])
    op.add_column("device", sa.Column("ownership", AutoString(), nullable=False, server_default="company"))
    op.alter_column("device", "ownership", server_default=None)
    op.create_check_constraint("device_ownership_allowed", "device", _in("ownership", _OWNERSHIP))


def downgrade() -> None:
    op.drop_column("device", "ownership")
    op.drop_table("return_case")


def _in(column: str, values: tuple[str, ...]) -> str:
    return f"{column} IN ({', '.join(repr(value) for value in values)})"
