"""Orders lock lines and devices, and an item can be about a device."""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString, UTCDateTime

revision = "0026_locks"
down_revision = "0025_why_suspended"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "lock",
        sa.Column("tenant", AutoString(), nullable=False),
        sa.Column("kind", AutoString(), nullable=False),
        sa.Column("id", AutoString(length=26), nullable=False),
        sa.Column("aspect", AutoString(), nullable=False),
        sa.Column("order_id", AutoString(), nullable=False),
        sa.Column("item_id", AutoString(), nullable=False),
        sa.Column("locked_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["tenant", "order_id"], ["order.tenant", "order.id"]),
        sa.PrimaryKeyConstraint("tenant", "kind", "id", "aspect"),
    )
    op.create_index("lock_order", "lock", ["tenant", "order_id"])
    op.execute(
        "INSERT INTO lock SELECT tenant, 'line', line_id, aspect, order_id, item_id, locked_at FROM line_lock"
    )
    op.drop_table("line_lock")
    op.add_column("order_item", sa.Column("device_id", AutoString(), nullable=True))
    op.create_index(
        "order_item_device", "order_item", ["tenant", "device_id"], postgresql_where=sa.text("device_id IS NOT NULL")
    )


def downgrade() -> None:
    op.drop_index("order_item_device", "order_item")
    op.drop_column("order_item", "device_id")
    op.create_table(
        "line_lock",
        sa.Column("tenant", AutoString(), nullable=False),
        sa.Column("line_id", AutoString(), nullable=False),
        sa.Column("aspect", AutoString(), nullable=False),
        sa.Column("order_id", AutoString(), nullable=False),
        sa.Column("item_id", AutoString(), nullable=False),
        sa.Column("locked_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["tenant", "line_id"], ["line.tenant", "line.id"]),
        sa.ForeignKeyConstraint(["tenant", "order_id"], ["order.tenant", "order.id"]),
        sa.PrimaryKeyConstraint("tenant", "line_id", "aspect"),
    )
    op.create_index("line_lock_order", "line_lock", ["tenant", "order_id"])
    op.execute(
        "INSERT INTO line_lock SELECT tenant, id, aspect, order_id, item_id, locked_at FROM lock WHERE kind = 'line'"
    )
    op.drop_table("lock")
