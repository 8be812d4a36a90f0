"""People by role, SIMs by the digits that reports have, and the answered messages of orders have an index."""

from alembic import op
from sqlalchemy import text

revision = "0057_roles_and_sims"
down_revision = "0056_word_search"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("person_roles", "person", ["roles"], postgresql_using="gin")
    op.create_index("sim_iccid_digits", "sim", ["tenant", text('"left"(iccid, 19)')])
    op.create_index(
        "outbox_answered",
        "outbox",
        ["tenant", "order_id", "position"],
        postgresql_where=text("kind = 'update' AND state = 'done'"),
    )


def downgrade() -> None:
    for name, table in (("outbox_answered", "outbox"), ("sim_iccid_digits", "sim"), ("person_roles", "person")):
        op.drop_index(name, table)
