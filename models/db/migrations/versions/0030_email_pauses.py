"""Companies switch single emails off and on again."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql
from sqlmodel.sql.sqltypes import AutoString, UTCDateTime

revision = "0030_email_pauses"
down_revision = "0029_carrier_rules"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "email_pause",
        sa.Column("tenant", AutoString(), nullable=False),
        sa.Column("id", AutoString(length=26), nullable=False),
        sa.Column("email", AutoString(), nullable=False),
        sa.Column("off_at", UTCDateTime(), nullable=False),
        sa.Column("off_by", AutoString(), nullable=False),
        sa.Column("on_at", UTCDateTime(), nullable=True),
        sa.Column("on_by", AutoString(), nullable=True),
        sa.ForeignKeyConstraint(["tenant"], ["tenant.id"]),
        sa.ForeignKeyConstraint(["tenant", "off_by"], ["person.tenant", "person.id"]),
        sa.ForeignKeyConstraint(["tenant", "on_by"], ["person.tenant", "person.id"]),
        sa.PrimaryKeyConstraint("tenant", "id"),
    )
    op.create_index(
        "email_pause_current",
        "email_pause",
        ["tenant", "email"],
        unique=True,
        postgresql_where=sa.text("on_at IS NULL"),
    )
    op.drop_column("tenant", "disabled_emails")


def downgrade() -> None:
    op.add_column(
        "tenant", sa.Column("disabled_emails", postgresql.ARRAY(sa.TEXT()), nullable=False, server_default="{}")
    )
    op.alter_column("tenant", "disabled_emails", server_default=None)
    op.drop_index("email_pause_current", "email_pause")
    op.drop_table("email_pause")
