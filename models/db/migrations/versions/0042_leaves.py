"""People who leave, and what becomes of their lines and devices."""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString

revision = "0042_leaves"
down_revision = "0041_leave_dates"
branch_labels = None
depends_on = None

_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "leave",
        sa.Column("tenant", AutoString(), nullable=False),
        sa.Column("id", AutoString(length=26), nullable=False),
        sa.Column("person_id", AutoString(), nullable=False),
        sa.Column("immediate", sa.Boolean(), nullable=False),
        sa.Column("state", AutoString(), nullable=False),
        sa.Column("started_by", AutoString(), nullable=False),
        sa.Column("started_at", _TIME, nullable=False),
        sa.Column("next_at", _TIME),
        sa.Column("asked_at", _TIME),
        sa.Column("reminders", sa.Integer(), nullable=False),
        sa.Column("ended_at", _TIME),
        sa.Column("closed_at", _TIME),
        sa.ForeignKeyConstraint(["tenant", "person_id"], ["person.tenant", "person.id"]),
        sa.CheckConstraint("state IN ('open', 'done', 'canceled')", name="leave_state_allowed"),
        sa.CheckConstraint("(state = 'open') = (next_at IS NOT NULL)", name="leave_open_has_a_time"),
        sa.PrimaryKeyConstraint("tenant", "id"),
    )
    is_open = sa.text("state = 'open'")
    op.create_index("leave_open", "leave", ["tenant", "person_id"], unique=True, postgresql_where=is_open)
    op.create_index("leave_due", "leave", ["next_at"], postgresql_where=is_open)
    op.create_index("leave_person", "leave", ["tenant", "person_id"])
    op.create_table(
        "leave_item",
        sa.Column("tenant", AutoString(), nullable=False),
        sa.Column("leave_id", AutoString(length=26), nullable=False),
        sa.Column("thing", AutoString(), nullable=False),
        sa.Column("thing_id", AutoString(length=26), nullable=False),
        sa.Column("choice", AutoString()),
        sa.Column("to_id", AutoString()),
        sa.Column("chosen_by", AutoString()),
        sa.Column("chosen_at", _TIME),
        sa.Column("step", AutoString()),
        sa.Column("order_id", AutoString()),
        sa.Column("problem", AutoString()),
        sa.ForeignKeyConstraint(["tenant", "leave_id"], ["leave.tenant", "leave.id"]),
        sa.ForeignKeyConstraint(["tenant", "to_id"], ["person.tenant", "person.id"]),
        sa.ForeignKeyConstraint(["tenant", "order_id"], ["order.tenant", "order.id"]),
        sa.CheckConstraint("thing IN ('line', 'device')", name="leave_item_thing_allowed"),
        sa.CheckConstraint(
            "step IN ('features', 'chosen', 'suspend', 'disconnect')", name="leave_item_step_allowed"
        ),
        sa.PrimaryKeyConstraint("tenant", "leave_id", "thing", "thing_id"),
    )
    op.create_index("leave_item_thing", "leave_item", ["tenant", "thing_id"])


def downgrade() -> None:
    op.drop_table("leave_item")
    op.drop_table("leave")
