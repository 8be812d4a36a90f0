"""Sites, and the lines, devices and orders that are theirs."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql
from sqlmodel.sql.sqltypes import AutoString

revision = "0003_sites"
down_revision = "0002_secret_answers"
branch_labels = None
depends_on = None

# By table: the column of the person and that of the site. A row has at most one of them.
HOLDERS = {
    "line": ("person_id", "site_id"),
    "device": ("person_id", "site_id"),
    "order": ("beneficiary_id", "beneficiary_site_id"),
}


def upgrade() -> None:
    op.create_table(
        "site",
        sa.Column("tenant", AutoString(), nullable=False),
        sa.Column("id", AutoString(length=26), nullable=False),
        sa.Column("name", AutoString(), nullable=False),
        sa.Column("account_id", AutoString(), nullable=False),
        sa.Column("contact_id", AutoString()),
        sa.Column("address", postgresql.JSONB()),
        sa.ForeignKeyConstraint(["tenant", "account_id"], ["account.tenant", "account.id"]),
        sa.ForeignKeyConstraint(["tenant", "contact_id"], ["person.tenant", "person.id"]),
        sa.ForeignKeyConstraint(["tenant"], ["tenant.id"]),
        sa.PrimaryKeyConstraint("tenant", "id"),
    )
    op.create_index("site_contact", "site", ["tenant", "contact_id"])
    op.alter_column("order", "beneficiary_id", nullable=True)
    for table, (person, site) in HOLDERS.items():
        op.add_column(table, sa.Column(site, AutoString()))
        op.create_foreign_key(f"{table}_site_fkey", table, "site", ["tenant", site], ["tenant", "id"])
        op.create_check_constraint(f"{table}_one_holder", table, f"{person} IS NULL OR {site} IS NULL")
        op.create_index(f"{table}_site", table, ["tenant", site])


def downgrade() -> None:
    op.execute('UPDATE "order" SET beneficiary_id = requester_id WHERE beneficiary_id IS NULL')
    for table, (_, site) in HOLDERS.items():
        op.drop_index(f"{table}_site", table)
        op.drop_constraint(f"{table}_one_holder", table)
        op.drop_column(table, site)
    op.alter_column("order", "beneficiary_id", nullable=False)
    op.drop_table("site")
