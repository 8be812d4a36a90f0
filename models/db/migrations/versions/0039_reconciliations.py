"""Reports of carriers, compared with the inventory."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TEXT
from sqlmodel.sql.sqltypes import AutoString, UTCDateTime

revision = "0039_reconciliations"
down_revision = "0038_carrier_credentials"
branch_labels = None
depends_on = None

_KINDS = ("carrier_only", "ours_only", "status", "account", "plan", "features", "number", "sim", "device")


def upgrade() -> None:
    op.create_table(
        "reconciliation",
        sa.Column("tenant", AutoString(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("carrier", AutoString(), nullable=False),
        sa.Column("file_name", AutoString(), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.Column("by", AutoString(), nullable=False),
        sa.Column("accounts", ARRAY(TEXT()), nullable=False),
        sa.Column("lines", sa.Integer(), nullable=False),
        sa.Column("counts", JSONB(), nullable=False),
        sa.Column("wrong", JSONB(), nullable=False),
        sa.ForeignKeyConstraint(["tenant"], ["tenant.id"]),
        sa.PrimaryKeyConstraint("tenant", "number"),
    )
    op.create_table(
        "reported_line",
        sa.Column("tenant", AutoString(), nullable=False),
        sa.Column("reconciliation", sa.Integer(), nullable=False),
        sa.Column("mdn", AutoString(), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("account", AutoString(), nullable=False),
        sa.Column("iccid", AutoString()),
        sa.Column("imei", AutoString()),
        sa.Column("plan", AutoString()),
        sa.Column("features", ARRAY(TEXT())),
        sa.Column("status", AutoString()),
        sa.ForeignKeyConstraint(["tenant", "reconciliation"], ["reconciliation.tenant", "reconciliation.number"]),
        sa.PrimaryKeyConstraint("tenant", "reconciliation", "mdn"),
    )
    op.create_table(
        "difference",
        sa.Column("tenant", AutoString(), nullable=False),
        sa.Column("id", AutoString(length=26), nullable=False),
        sa.Column("carrier", AutoString(), nullable=False),
        sa.Column("account", AutoString(), nullable=False),
        sa.Column("subject", AutoString(), nullable=False),
        sa.Column("kind", AutoString(), nullable=False),
        sa.Column("line_id", AutoString()),
        sa.Column("mdn", AutoString(), nullable=False),
        sa.Column("ours", ARRAY(TEXT()), nullable=False),
        sa.Column("theirs", ARRAY(TEXT()), nullable=False),
        sa.Column("first_run", sa.Integer(), nullable=False),
        sa.Column("first_seen_at", UTCDateTime(), nullable=False),
        sa.Column("last_run", sa.Integer(), nullable=False),
        sa.Column("closed_at", UTCDateTime()),
        sa.CheckConstraint(f"kind IN {_KINDS}", name="difference_kind_allowed"),
        sa.ForeignKeyConstraint(["tenant"], ["tenant.id"]),
        sa.ForeignKeyConstraint(["tenant", "line_id"], ["line.tenant", "line.id"]),
        sa.PrimaryKeyConstraint("tenant", "id"),
    )
    op.create_index(
        "difference_open",
        "difference",
        ["tenant", "carrier", "subject", "kind"],
        unique=True,
        postgresql_where=sa.text("closed_at IS NULL"),
    )


def downgrade() -> None:
    for table in ("difference", "reported_line", "reconciliation"):
        op.drop_table(table)
