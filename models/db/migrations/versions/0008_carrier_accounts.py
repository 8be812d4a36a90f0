"""Billing accounts at carriers, the carriers' own ids of lines and products, and what carriers hold a line to."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql
from sqlmodel.sql.sqltypes import AutoString

revision = "0008_carrier_accounts"
down_revision = "0007_unknown_outcome"
branch_labels = None
depends_on = None

LOCKS = ("number_locked", "sim_protected")


def upgrade() -> None:
    op.create_table(
        "carrier_account",
        sa.Column("tenant", AutoString(), nullable=False),
        sa.Column("carrier", AutoString(), nullable=False),
        sa.Column("number", AutoString(length=32), nullable=False),
        sa.Column("account_id", AutoString(), nullable=False),
        sa.Column("foundation", AutoString()),
        sa.Column("name_on_bill", AutoString(), nullable=False),
        sa.Column("billing_zip", AutoString(), nullable=False),
        sa.Column("cycle_day", sa.Integer(), nullable=False),
        sa.Column("default_po", AutoString()),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.CheckConstraint("cycle_day BETWEEN 1 AND 31", name="carrier_account_cycle_day"),
        sa.ForeignKeyConstraint(["tenant", "account_id"], ["account.tenant", "account.id"]),
        sa.ForeignKeyConstraint(["tenant"], ["tenant.id"]),
        sa.PrimaryKeyConstraint("tenant", "carrier", "number"),
    )
    op.create_index("carrier_account_owner", "carrier_account", ["tenant", "account_id", "carrier"], unique=True)
    op.add_column("line", sa.Column("carrier_account", AutoString()))
    op.add_column("line", sa.Column("carrier_product_id", AutoString()))
    op.add_column("line", sa.Column("contract_until", sa.Date()))
    for lock in LOCKS:
        op.add_column("line", sa.Column(lock, sa.Boolean(), nullable=False, server_default=sa.false()))
        op.alter_column("line", lock, server_default=None)
    op.create_foreign_key(
        "line_carrier_account_fkey",
        "line",
        "carrier_account",
        ["tenant", "carrier", "carrier_account"],
        ["tenant", "carrier", "number"],
    )
    op.add_column("order_item", sa.Column("carrier_product_id", AutoString()))
    op.add_column("product", sa.Column("offerings", postgresql.JSONB(), nullable=False, server_default="{}"))
    op.alter_column("product", "offerings", server_default=None)


def downgrade() -> None:
    op.drop_column("product", "offerings")
    op.drop_column("order_item", "carrier_product_id")
    for column in (*LOCKS, "contract_until"):
        op.drop_column("line", column)
    op.drop_constraint("line_carrier_account_fkey", "line")
    op.drop_column("line", "carrier_product_id")
    op.drop_column("line", "carrier_account")
    op.drop_table("carrier_account")
