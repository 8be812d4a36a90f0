"""What carriers quote for items of orders is kept for some minutes."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel.sql.sqltypes import AutoString, UTCDateTime

revision = "0028_carrier_quotes"
down_revision = "0027_line_timers"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "carrier_quote",
        sa.Column("tenant", AutoString(), nullable=False),
        sa.Column("content", AutoString(length=64), nullable=False),
        sa.Column("line_id", AutoString(), nullable=True),
        sa.Column("quote", JSONB(), nullable=False),
        sa.Column("kept_until", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["tenant"], ["tenant.id"]),
        sa.ForeignKeyConstraint(["tenant", "line_id"], ["line.tenant", "line.id"]),
        sa.PrimaryKeyConstraint("tenant", "content"),
    )
    op.create_index("carrier_quote_line", "carrier_quote", ["tenant", "line_id"])


def downgrade() -> None:
    op.drop_table("carrier_quote")
