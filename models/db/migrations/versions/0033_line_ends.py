"""What ending lines takes: the last day that carriers report, numbers that accounts must not lose, former numbers."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TEXT

revision = "0033_line_ends"
down_revision = "0032_returns"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("order_item", sa.Column("final_on", sa.Date(), nullable=True))
    op.add_column("account", sa.Column("critical_numbers", ARRAY(TEXT), nullable=False, server_default="{}"))
    op.alter_column("account", "critical_numbers", server_default=None)
    op.add_column("line", sa.Column("former_numbers", JSONB(), nullable=False, server_default="[]"))
    op.alter_column("line", "former_numbers", server_default=None)
    op.create_index(
        "line_former_numbers",
        "line",
        ["former_numbers"],
        postgresql_using="gin",
        postgresql_ops={"former_numbers": "jsonb_path_ops"},
    )


def downgrade() -> None:
    op.drop_index("line_former_numbers", "line")
    op.drop_column("line", "former_numbers")
    op.drop_column("account", "critical_numbers")
    op.drop_column("order_item", "final_on")
