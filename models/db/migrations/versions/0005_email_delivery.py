"""Emails of which nobody knows whether they were sent."""

import sqlalchemy as sa
from alembic import op

revision = "0005_email_delivery"
down_revision = "0004_tasks"
branch_labels = None
depends_on = None

TABLES = ("notification", "account_email")
STATES = ("waiting", "sent", "skipped", "dead")


def upgrade() -> None:
    for table in TABLES:
        op.add_column(table, sa.Column("failed_attempts", sa.Integer(), nullable=False, server_default="0"))
        op.alter_column(table, "failed_attempts", server_default=None)
        _allow(table, *STATES, "unconfirmed")


def downgrade() -> None:
    for table in TABLES:
        op.execute(f"UPDATE {table} SET state = 'skipped' WHERE state = 'unconfirmed'")
        _allow(table, *STATES)
        op.drop_column(table, "failed_attempts")


def _allow(table: str, *states: str) -> None:
    op.drop_constraint(f"{table}_state_allowed", table, type_="check")
    listed = ", ".join(f"'{state}'" for state in states)
    op.create_check_constraint(f"{table}_state_allowed", table, f"state IN ({listed})")
