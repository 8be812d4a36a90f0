"""Comparison of orders with their workflows."""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString, UTCDateTime

revision = "0011_databases_compared"
down_revision = "0010_carrier_memory"
branch_labels = None
depends_on = None

STATES = ("healthy", "missing", "terminated", "failed", "timed_out", "canceled", "completed")
OUT_OF_STEP = ("behind", "ahead", "revived")


def upgrade() -> None:
    op.add_column("workflow_health", sa.Column("run_id", AutoString()))
    op.add_column("workflow_health", sa.Column("history_length", sa.Integer()))
    op.add_column("workflow_health", sa.Column("compared_seq", sa.Integer()))
    op.alter_column("workflow_health", "checked_at", nullable=True)
    _allow(*STATES, *OUT_OF_STEP)
    op.create_table(
        "stray_workflow",
        sa.Column("tenant", AutoString(), nullable=False),
        sa.Column("order_id", AutoString(length=26), nullable=False),
        sa.Column("number", AutoString(), nullable=False),
        sa.Column("found_at", UTCDateTime(), server_default=sa.func.now(), nullable=False),
        sa.Column("ended_at", UTCDateTime()),
        sa.Column("ended_by", AutoString()),
        sa.Column("evidence", AutoString()),
        sa.PrimaryKeyConstraint("tenant", "order_id"),
    )
    op.create_index(
        "stray_workflow_running", "stray_workflow", ["tenant", "found_at"], postgresql_where=sa.text("ended_at IS NULL")
    )


def downgrade() -> None:
    op.drop_table("stray_workflow")
    op.execute("DELETE FROM workflow_health WHERE checked_at IS NULL OR state IN ('behind', 'ahead', 'revived')")
    _allow(*STATES)
    op.alter_column("workflow_health", "checked_at", nullable=False)
    for column in ("run_id", "history_length", "compared_seq"):
        op.drop_column("workflow_health", column)


def _allow(*states: str) -> None:
    op.drop_constraint("workflow_health_state_allowed", "workflow_health", type_="check")
    listed = ", ".join(f"'{state}'" for state in states)
    op.create_check_constraint("workflow_health_state_allowed", "workflow_health", f"state IN ({listed})")
