"""Finding the changes of a device, which say on which line it was last."""

import sqlalchemy as sa
from alembic import op

revision = "0034_device_changes"
down_revision = "0033_line_ends"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "inventory_change_device", "inventory_change", ["tenant", sa.text("((before -> 'device') ->> 'id')")]
    )


def downgrade() -> None:
    op.drop_index("inventory_change_device", "inventory_change")
