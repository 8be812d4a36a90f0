"""Indexes by which lists are read: by who or what has a row, each in the order of the list."""

from alembic import op
from sqlalchemy import text

revision = "0055_list_indexes"
down_revision = "0053_management"
branch_labels = None
depends_on = None

_REPLACED = (
    ("line_person", "line", "person_id"),
    ("line_site", "line", "site_id"),
    ("line_account", "line", "account_id"),
    ("device_person", "device", "person_id"),
    ("device_site", "device", "site_id"),
    ("order_site", "order", "beneficiary_site_id"),
)


def upgrade() -> None:
    for name, table, column in _REPLACED:
        op.drop_index(name, table)
        op.create_index(name, table, ["tenant", column, "id"])
    op.create_index("approval_order", "approval", ["tenant", "approver_id", "order_id"])
    op.create_index("order_watchers", "order", ["watchers"], postgresql_using="gin")
    op.create_index("person_owns", "person", ["owns"], postgresql_using="gin")
    op.create_index("line_status", "line", ["tenant", "status", "id"])
    op.create_index("device_status", "device", ["tenant", "status", "id"])
    op.create_index("line_billing", "line", ["tenant", "carrier", "carrier_account", "account_id", "status"])
    op.create_index("order_unfinished", "order", ["tenant", "id"], postgresql_where=text("closed_at IS NULL"))
    op.create_index("line_account_status", "line", ["tenant", "account_id", "status"])
    op.create_index("line_device", "line", ["tenant", "device_id"])
    op.create_index("device_account", "device", ["tenant", "account_id", "id"])


def downgrade() -> None:
    op.drop_index("device_account", "device")
    op.drop_index("line_device", "line")
    op.drop_index("line_account_status", "line")
    op.drop_index("order_unfinished", "order")
    op.drop_index("line_billing", "line")
    op.drop_index("device_status", "device")
    op.drop_index("line_status", "line")
    op.drop_index("person_owns", "person")
    op.drop_index("order_watchers", "order")
    op.drop_index("approval_order", "approval")
    for name, table, column in _REPLACED:
        op.drop_index(name, table)
        op.create_index(name, table, ["tenant", column])
