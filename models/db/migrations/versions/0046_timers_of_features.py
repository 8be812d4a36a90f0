"""A line has a timer for each last day of its features, beside the one of its status, each with its own event numbers."""

import sqlalchemy as sa
from alembic import op

revision = "0046_timers_of_features"
down_revision = "0045_leave_origins"
branch_labels = None
depends_on = None

_RUNNING = sa.text("state = 'running'")
_OF_STATUS = sa.text("state = 'running' AND kind <> 'features_ending'")
_OFFSET = """
    UPDATE line_timer SET seq_offset = 1000000 * order_item.number FROM order_item
    WHERE order_item.tenant = line_timer.tenant AND order_item.id = line_timer.item_id
"""


def upgrade() -> None:
    op.add_column("line_timer", sa.Column("seq_offset", sa.Integer(), nullable=False, server_default="0"))
    op.execute(_OFFSET)
    op.alter_column("line_timer", "seq_offset", server_default=None)
    op.drop_index("line_timer_running", table_name="line_timer")
    op.create_index("line_timer_running", "line_timer", ["tenant", "line_id", "kind"], postgresql_where=_RUNNING)
    op.create_index(
        "line_timer_of_status", "line_timer", ["tenant", "line_id"], unique=True, postgresql_where=_OF_STATUS
    )


def downgrade() -> None:
    op.drop_index("line_timer_of_status", table_name="line_timer")
    op.drop_index("line_timer_running", table_name="line_timer")
    op.create_index("line_timer_running", "line_timer", ["tenant", "line_id"], unique=True, postgresql_where=_RUNNING)
    op.drop_column("line_timer", "seq_offset")
