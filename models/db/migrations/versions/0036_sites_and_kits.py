"""What is known of sites, kits, where a number comes from, and the day on which a person starts."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, TEXT
from sqlmodel.sql.sqltypes import AutoString

revision = "0036_sites_and_kits"
down_revision = "0035_own_devices"
branch_labels = None
depends_on = None

_OF_SITES = ("label", "time_zone", "receiver", "phone", "open_hours")


def upgrade() -> None:
    for name in _OF_SITES:
        op.add_column("site", sa.Column(name, AutoString()))
    op.add_column("site", sa.Column("active", sa.Boolean(), nullable=False, server_default=sa.true()))
    op.alter_column("site", "active", server_default=None)
    op.create_table(
        "kit",
        sa.Column("tenant", AutoString(), nullable=False),
        sa.Column("id", AutoString(length=26), nullable=False),
        sa.Column("name", AutoString(), nullable=False),
        sa.Column("roles", ARRAY(TEXT()), nullable=False),
        sa.Column("device", AutoString(), nullable=False),
        sa.Column("plan", AutoString(), nullable=False),
        sa.Column("features", ARRAY(TEXT()), nullable=False),
        sa.Column("accessories", ARRAY(TEXT()), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["tenant"], ["tenant.id"]),
        sa.ForeignKeyConstraint(["tenant", "device"], ["product.tenant", "product.sku"]),
        sa.ForeignKeyConstraint(["tenant", "plan"], ["product.tenant", "product.sku"]),
        sa.PrimaryKeyConstraint("tenant", "id"),
    )
    op.create_index("kit_name", "kit", ["tenant", sa.text("search_form(name)")], unique=True)
    op.add_column("line", sa.Column("number_origin", AutoString()))
    op.create_check_constraint(
        "line_number_origin_allowed", "line", "number_origin IN ('assigned', 'brought_in')"
    )
    op.add_column("line", sa.Column("number_brought_by", AutoString()))
    op.create_foreign_key(
        "line_number_brought_by_fkey", "line", "person", ["tenant", "number_brought_by"], ["tenant", "id"]
    )
    op.add_column("person", sa.Column("starts_on", sa.Date()))


def downgrade() -> None:
    op.drop_column("person", "starts_on")
    op.drop_column("line", "number_brought_by")
    op.drop_column("line", "number_origin")
    op.drop_table("kit")
    for name in ("active", *_OF_SITES):
        op.drop_column("site", name)
