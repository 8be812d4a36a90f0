"""What imported lines have taken from stock."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0047_taken_from_stock"
down_revision = "0046_timers_of_features"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("import", sa.Column("taken", JSONB(), server_default="[]", nullable=False))
    op.alter_column("import", "taken", server_default=None)


def downgrade() -> None:
    op.drop_column("import", "taken")
