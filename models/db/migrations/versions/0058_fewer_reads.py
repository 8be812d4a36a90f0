"""Indexes by which forms, pickers and the attention page read only what they show."""

from alembic import op
from sqlalchemy import text

revision = "0058_fewer_reads"
down_revision = "0057_roles_and_sims"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index("inventory_change_device", "inventory_change")
    op.create_index("inventory_change_device", "inventory_change", ["tenant", text("(before #>> '{device,id}')")])
    op.create_index(
        "outbox_answered_at",
        "outbox",
        ["tenant", "done_at", "order_id"],
        postgresql_where=text("kind = 'update' AND state = 'done'"),
    )
    op.create_index("order_due", "order", ["tenant", "due_at"], postgresql_where=text("closed_at IS NULL"))
    op.create_index("person_name", "person", ["tenant", "name", "id"])
    op.create_index("site_name", "site", ["tenant", text("active DESC"), "name", "id"])
    op.create_index("site_account", "site", ["tenant", "account_id"])
    op.create_index("person_account", "person", ["tenant", "account_id"])
    op.create_index("line_plan", "line", ["tenant", "carrier", "carrier_account", "status", "plan", "id"])
    op.create_index("order_item_plan", "order_item", ["tenant", "line_id"], postgresql_where=text("answers ? 'plan'"))


def downgrade() -> None:
    op.drop_index("order_item_plan", "order_item")
    op.drop_index("line_plan", "line")
    op.drop_index("person_account", "person")
    op.drop_index("site_account", "site")
    op.drop_index("site_name", "site")
    op.drop_index("person_name", "person")
    op.drop_index("order_due", "order")
    op.drop_index("outbox_answered_at", "outbox")
    op.drop_index("inventory_change_device", "inventory_change")
    op.create_index(
        "inventory_change_device", "inventory_change", ["tenant", text("((before -> 'device') ->> 'id')")]
    )
