"""The watch over workflows: what it finds, what operators do about it."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

FINDINGS = ("well", "missing", "terminated", "failed", "timed_out", "canceled", "completed")


def upgrade() -> None:
    op.create_table(
        "order_watch",
        sa.Column("tenant", sa.String(), nullable=False),
        sa.Column("order_id", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("looked_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["tenant", "order_id"], ["order.tenant", "order.id"]),
        sa.PrimaryKeyConstraint("tenant", "order_id"),
        sa.CheckConstraint(f"state IN {FINDINGS}", name="order_watch_state_word"),
    )
    op.create_index("order_watch_trouble", "order_watch", ["tenant", "since"], postgresql_where=sa.text("state <> 'well'"))
    op.create_table(
        "order_repair",
        sa.Column("tenant", sa.String(), nullable=False),
        sa.Column("id", sa.String(26), nullable=False),
        sa.Column("order_id", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=True),
        sa.Column("evidence", sa.String(), nullable=False),
        sa.Column("actor_id", sa.String(), nullable=False),
        sa.Column("actor_name", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["tenant", "order_id"], ["order.tenant", "order.id"]),
        sa.PrimaryKeyConstraint("tenant", "id"),
    )
    op.create_index("order_repair_order", "order_repair", ["tenant", "order_id", "id"])
    op.execute(
        """
        CREATE TRIGGER order_repair_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON order_repair
        FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting()
        """
    )


def downgrade() -> None:
    op.drop_table("order_repair")
    op.drop_table("order_watch")
