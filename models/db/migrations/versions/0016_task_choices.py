"""Orders that were placed again, because their carrier had lost them."""

import sqlalchemy as sa
from alembic import op

revision = "0016_task_choices"
down_revision = "0015_plan_rules"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("carrier_order", sa.Column("replaced_by", sa.Integer()))


def downgrade() -> None:
    op.drop_column("carrier_order", "replaced_by")
