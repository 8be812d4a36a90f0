"""The rules of carriers that admins enter. A timer keeps the rule that it follows as text, not as a code."""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString, UTCDateTime

revision = "0029_carrier_rules"
down_revision = "0028_carrier_quotes"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "carrier_rule",
        sa.Column("tenant", AutoString(), nullable=False),
        sa.Column("id", AutoString(length=26), nullable=False),
        sa.Column("carrier", AutoString(), nullable=False),
        sa.Column("what", AutoString(), nullable=False),
        sa.Column("reasons", AutoString(), nullable=False),
        sa.Column("value", AutoString(), nullable=True),
        sa.Column("unit", AutoString(), nullable=True),
        sa.Column("note", AutoString(), nullable=False),
        sa.Column("source", AutoString(), nullable=False),
        sa.Column("source_url", AutoString(), nullable=False),
        sa.Column("read_on", sa.Date(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("edited_by", AutoString(length=26), nullable=False),
        sa.Column("edited_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "id"),
        sa.ForeignKeyConstraint(["tenant"], ["tenant.id"]),
        sa.ForeignKeyConstraint(["tenant", "edited_by"], ["person.tenant", "person.id"]),
    )
    op.create_index("carrier_rule_carrier", "carrier_rule", ["tenant", "carrier", "valid_from"])
    op.drop_column("line_timer", "rule")


def downgrade() -> None:
    op.add_column("line_timer", sa.Column("rule", AutoString(), nullable=False, server_default=""))
    op.alter_column("line_timer", "rule", server_default=None)
    op.drop_table("carrier_rule")
