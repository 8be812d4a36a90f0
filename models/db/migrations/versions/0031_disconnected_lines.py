"""How long the number of a disconnected line can be recovered, and whether its bill was checked."""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString

revision = "0031_disconnected_lines"
down_revision = "0030_email_pauses"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("line_timer", sa.Column("last_day", sa.Date(), nullable=True))
    op.create_table(
        "billing_watch",
        sa.Column("tenant", AutoString(), nullable=False),
        sa.Column("id", AutoString(length=26), nullable=False),
        sa.Column("line_id", AutoString(), nullable=False),
        sa.Column("order_id", AutoString(), nullable=False),
        sa.Column("item_id", AutoString(), nullable=False),
        sa.Column("no_charges_after", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("state", AutoString(), nullable=False),
        sa.CheckConstraint("state IN ('watching', 'asked', 'ended')", name="billing_watch_state_allowed"),
        sa.ForeignKeyConstraint(["tenant", "line_id"], ["line.tenant", "line.id"]),
        sa.ForeignKeyConstraint(["tenant", "order_id"], ["order.tenant", "order.id"]),
        sa.PrimaryKeyConstraint("tenant", "id"),
    )
    op.create_index(
        "billing_watch_open",
        "billing_watch",
        ["tenant", "line_id"],
        unique=True,
        postgresql_where=sa.text("state <> 'ended'"),
    )
    op.create_index("billing_watch_due", "billing_watch", ["until"], postgresql_where=sa.text("state = 'watching'"))


def downgrade() -> None:
    op.drop_table("billing_watch")
    op.drop_column("line_timer", "last_day")
