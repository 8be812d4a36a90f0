"""Clocks on suspended lines, and what they ask of carriers."""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import UTCDateTime

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

WORDS = {
    "kind": ("suspension",),
    "state": ("running", "ended"),
    "ends_by": ("resume", "reconnect", "disconnect"),
    "limit_by": ("reconnect", "disconnect"),
    "outcome": ("resumed", "reconnected", "disconnected", "stopped"),
}


def upgrade() -> None:
    moment = UTCDateTime()
    op.create_table(
        "line_clock",
        sa.Column("tenant", sa.String(), nullable=False),
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("line_id", sa.String(), nullable=False),
        sa.Column("order_id", sa.String(), nullable=False),
        sa.Column("item_id", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("began_at", moment, nullable=False),
        sa.Column("resume_on", sa.Date(), nullable=True),
        sa.Column("ends_at", moment, nullable=True),
        sa.Column("ends_by", sa.String(), nullable=True),
        sa.Column("limit_at", moment, nullable=True),
        sa.Column("limit_by", sa.String(), nullable=True),
        sa.Column("rule", sa.String(), nullable=False),
        sa.Column("rule_text", sa.String(), nullable=False),
        sa.Column("rule_source", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("attention", sa.String(), nullable=True),
        sa.Column("outcome", sa.String(), nullable=True),
        sa.Column("ended_at", moment, nullable=True),
        sa.ForeignKeyConstraint(["tenant", "line_id"], ["line.tenant", "line.id"]),
        sa.ForeignKeyConstraint(["tenant", "order_id"], ["order.tenant", "order.id"]),
        sa.PrimaryKeyConstraint("tenant", "id"),
    )
    for column, words in WORDS.items():
        listed = ", ".join(f"'{word}'" for word in words)
        op.create_check_constraint(f"line_clock_{column}_word", "line_clock", f"{column} IN ({listed})")
    op.create_index(
        "line_clock_running", "line_clock", ["tenant", "line_id"], unique=True,
        postgresql_where=sa.text("state = 'running'"),
    )
    op.create_index("line_clock_line", "line_clock", ["tenant", "line_id", "began_at"])
    op.create_index("line_clock_order", "line_clock", ["tenant", "order_id"])
    op.add_column("carrier_order", sa.Column("clock_id", sa.String(length=26), nullable=True))


def downgrade() -> None:
    op.drop_column("carrier_order", "clock_id")
    op.drop_table("line_clock")
