"""An order can follow from another one, and a line knows when it was disconnected."""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString

revision = "0024_parent_orders"
down_revision = "0023_stray_timers"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("order", sa.Column("parent_id", AutoString(length=26), nullable=True))
    op.add_column("order", sa.Column("cause", AutoString(), nullable=True))
    op.create_foreign_key("order_tenant_parent_id_fkey", "order", "order", ["tenant", "parent_id"], ["tenant", "id"])
    op.create_index("order_parent", "order", ["tenant", "parent_id"], postgresql_where=sa.text("parent_id IS NOT NULL"))
    op.add_column("line", sa.Column("disconnected_on", sa.Date(), nullable=True))


def downgrade() -> None:
    op.drop_column("line", "disconnected_on")
    op.drop_index("order_parent", "order")
    op.drop_constraint("order_tenant_parent_id_fkey", "order", type_="foreignkey")
    op.drop_column("order", "cause")
    op.drop_column("order", "parent_id")
