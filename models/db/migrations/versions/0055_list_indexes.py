"""Indexes by which lists are read: by who or what has a row, each in the order of the list."""

from alembic import op

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
    op.create_index("line_device", "line", ["tenant", "device_id"])
    op.create_index("device_account", "device", ["tenant", "account_id", "id"])


def downgrade() -> None:
    op.drop_index("device_account", "device")
    op.drop_index("line_device", "line")
    op.drop_index("order_watchers", "order")
    op.drop_index("approval_order", "approval")
    for name, table, column in _REPLACED:
        op.drop_index(name, table)
        op.create_index(name, table, ["tenant", column])
