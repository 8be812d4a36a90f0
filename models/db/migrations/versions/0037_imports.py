"""Imports of files."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel.sql.sqltypes import AutoString, UTCDateTime

revision = "0037_imports"
down_revision = "0036_sites_and_kits"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "import",
        sa.Column("tenant", AutoString(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", AutoString(), nullable=False),
        sa.Column("file_name", AutoString(), nullable=False),
        sa.Column("state", AutoString(), nullable=False),
        sa.Column("digest", AutoString(), nullable=False),
        sa.Column("counts", JSONB(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.Column("checked_at", UTCDateTime(), nullable=False),
        sa.Column("checked_by", AutoString(), nullable=False),
        sa.Column("applied_at", UTCDateTime(), nullable=True),
        sa.Column("applied_by", AutoString(), nullable=True),
        sa.Column("undone_at", UTCDateTime(), nullable=True),
        sa.Column("undone_by", AutoString(), nullable=True),
        sa.PrimaryKeyConstraint("tenant", "number"),
        sa.ForeignKeyConstraint(["tenant"], ["tenant.id"]),
    )
    op.create_table(
        "import_row",
        sa.Column("tenant", AutoString(), nullable=False),
        sa.Column("import_number", sa.Integer(), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("outcome", AutoString(), nullable=False),
        sa.Column("key", JSONB(), nullable=False),
        sa.Column("thing_id", AutoString(), nullable=True),
        sa.Column("changes", JSONB(), nullable=False),
        sa.Column("wrong", JSONB(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "import_number", "row"),
        sa.ForeignKeyConstraint(["tenant", "import_number"], ["import.tenant", "import.number"]),
    )


def downgrade() -> None:
    op.drop_table("import_row")
    op.drop_table("import")
