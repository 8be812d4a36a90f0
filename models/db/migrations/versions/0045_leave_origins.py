"""People who never started, and leaves that an operator's file has started."""

import sqlalchemy as sa
from alembic import op

revision = "0045_leave_origins"
down_revision = "0044_employee_numbers"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.alter_column("leave", "started_by", nullable=True)
    op.add_column("leave", sa.Column("no_show", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.alter_column("leave", "no_show", server_default=None)


def downgrade() -> None:
    op.drop_column("leave", "no_show")
    op.execute("UPDATE leave SET started_by = person_id WHERE started_by IS NULL")
    op.alter_column("leave", "started_by", nullable=False)
