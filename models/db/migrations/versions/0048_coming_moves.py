"""Managers, accounts and cost centers that people get on a later day."""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString

revision = "0048_coming_moves"
down_revision = "0047_taken_from_stock"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("person", sa.Column("moves_on", sa.Date()))
    for name in ("next_manager_id", "next_account_id", "next_cost_center"):
        op.add_column("person", sa.Column(name, AutoString()))
    for name, table in (("next_manager_id", "person"), ("next_account_id", "account")):
        op.create_foreign_key(f"person_{name}_fkey", "person", table, ["tenant", name], ["tenant", "id"])
    op.create_index("person_moves", "person", ["moves_on"], postgresql_where=sa.text("moves_on IS NOT NULL"))


def downgrade() -> None:
    op.drop_index("person_moves", "person")
    for name in ("next_manager_id", "next_account_id"):
        op.drop_constraint(f"person_{name}_fkey", "person")
    for name in ("next_cost_center", "next_account_id", "next_manager_id", "moves_on"):
        op.drop_column("person", name)
