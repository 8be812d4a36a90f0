"""The last days of features, the timers of lines that follow them, and the features that carriers refuse."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TEXT

revision = "0040_feature_ends"
down_revision = "0039_reconciliations"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("line", sa.Column("feature_ends", JSONB(), nullable=False, server_default="[]"))
    op.alter_column("line", "feature_ends", server_default=None)
    op.add_column("order_item", sa.Column("refused_features", JSONB(), nullable=False, server_default="[]"))
    op.alter_column("order_item", "refused_features", server_default=None)
    op.add_column("line_timer", sa.Column("features", ARRAY(TEXT), nullable=False, server_default="{}"))
    op.alter_column("line_timer", "features", server_default=None)


def downgrade() -> None:
    op.drop_column("line_timer", "features")
    op.drop_column("order_item", "refused_features")
    op.drop_column("line", "feature_ends")
