"""What Dialtone does about a task, and why it could not be done."""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString, UTCDateTime

revision = "0012_task_actions"
down_revision = "0011_databases_compared"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("task", sa.Column("acting_since", UTCDateTime()))
    op.add_column("task", sa.Column("problem", AutoString()))


def downgrade() -> None:
    op.drop_column("task", "problem")
    op.drop_column("task", "acting_since")
