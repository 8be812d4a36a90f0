"""Secret answers, sealed."""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString

revision = "0002_secret_answers"
down_revision = "0001_schema"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "order_secret",
        sa.Column("tenant", AutoString(), nullable=False),
        sa.Column("order_id", AutoString(), nullable=False),
        sa.Column("question", AutoString(), nullable=False),
        sa.Column("reference", AutoString(length=64), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "order_id", "question", "reference"),
        sa.ForeignKeyConstraint(["tenant", "order_id"], ["order.tenant", "order.id"]),
    )


def downgrade() -> None:
    op.drop_table("order_secret")
