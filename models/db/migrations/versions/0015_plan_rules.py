"""How often carriers change the plan of a line, the plans whose data lines share, and dead emails about access."""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString

revision = "0015_plan_rules"
down_revision = "0014_attestations"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("carrier_account", sa.Column("plan_changes_a_month", sa.Integer()))
    op.create_check_constraint("carrier_account_plan_changes_a_month", "carrier_account", "plan_changes_a_month > 0")
    op.add_column(
        "carrier_account",
        sa.Column("one_plan_change_a_cycle", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    op.alter_column("carrier_account", "one_plan_change_a_cycle", server_default=None)
    op.add_column("product", sa.Column("pool_minimum", sa.Integer()))
    op.add_column("product", sa.Column("shared_primary", AutoString()))
    op.create_check_constraint("product_pool_minimum", "product", "pool_minimum > 1")
    op.create_check_constraint("product_shared_primary", "product", "shared_primary <> sku")
    op.create_foreign_key(
        "product_shared_primary_fkey", "product", "product", ["tenant", "shared_primary"], ["tenant", "sku"]
    )
    op.create_index("account_email_dead", "account_email", ["id"], postgresql_where=sa.text("state = 'dead'"))


def downgrade() -> None:
    op.drop_index("account_email_dead", "account_email")
    op.drop_constraint("product_shared_primary_fkey", "product")
    op.drop_column("product", "shared_primary")
    op.drop_column("product", "pool_minimum")
    op.drop_column("carrier_account", "one_plan_change_a_cycle")
    op.drop_column("carrier_account", "plan_changes_a_month")
