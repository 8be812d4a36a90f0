"""Devices that are not of the catalog: what they are, what they are known by, and their condition."""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString

revision = "0035_own_devices"
down_revision = "0034_device_changes"
branch_labels = None
depends_on = None

_TEXTS = ("make", "model", "serial", "meid", "esn", "condition", "location")
_DAYS = ("purchased_on", "warranty_until")
_ALLOWED = {
    "condition": "condition IN ('working', 'damaged', 'broken', 'locked')",
    "lock": "lock IN ('unknown', 'locked', 'unlocked')",
}


def upgrade() -> None:
    op.alter_column("device", "sku", nullable=True)
    for name in _TEXTS:
        op.add_column("device", sa.Column(name, AutoString()))
    for name in _DAYS:
        op.add_column("device", sa.Column(name, sa.Date()))
    op.add_column("device", sa.Column("lock", AutoString(), nullable=False, server_default="unknown"))
    op.alter_column("device", "lock", server_default=None)
    for name, condition in _ALLOWED.items():
        op.create_check_constraint(f"device_{name}_allowed", "device", condition)
    for name in ("meid", "esn"):
        op.create_index(
            f"device_{name}",
            "device",
            ["tenant", name],
            unique=True,
            postgresql_where=sa.text(f"{name} IS NOT NULL AND status NOT IN ('void', 'retired')"),
        )
    op.create_index("device_serial", "device", ["tenant", "serial"])


def downgrade() -> None:
    for name in ("lock", *_DAYS, *_TEXTS):
        op.drop_column("device", name)
    op.alter_column("device", "sku", nullable=False)
