"""Tasks of people."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql
from sqlmodel.sql.sqltypes import AutoString, UTCDateTime

revision = "0004_tasks"
down_revision = "0003_sites"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "task",
        sa.Column("tenant", AutoString(), nullable=False),
        sa.Column("id", AutoString(length=40), nullable=False),
        sa.Column("kind", AutoString(), nullable=False),
        sa.Column("order_id", AutoString(length=26), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("thing", AutoString(), nullable=False),
        sa.Column("role", AutoString()),
        sa.Column("person_id", AutoString()),
        sa.Column("opened_at", UTCDateTime(), nullable=False),
        sa.Column("due_at", UTCDateTime(), nullable=False),
        sa.Column("choices", postgresql.ARRAY(sa.TEXT()), nullable=False),
        sa.Column("evidence", postgresql.JSONB(), nullable=False),
        sa.Column("state", AutoString(), nullable=False),
        sa.Column("closed_at", UTCDateTime()),
        sa.Column("closed_by", AutoString()),
        sa.Column("choice", AutoString()),
        sa.Column("outcome", AutoString()),
        sa.Column("note", AutoString()),
        sa.CheckConstraint("state IN ('open', 'closed')", name="task_state_allowed"),
        sa.CheckConstraint("(role IS NULL) <> (person_id IS NULL)", name="task_for_role_or_person"),
        sa.ForeignKeyConstraint(["tenant", "order_id"], ["order.tenant", "order.id"]),
        sa.ForeignKeyConstraint(["tenant", "person_id"], ["person.tenant", "person.id"]),
        sa.PrimaryKeyConstraint("tenant", "id"),
    )
    op.create_index(
        "task_one_open", "task", ["tenant", "kind", "thing"], unique=True, postgresql_where=sa.text("state = 'open'")
    )
    op.create_index("task_due", "task", ["tenant", "state", "due_at", "id"])
    op.create_index("task_order", "task", ["tenant", "order_id"])


def downgrade() -> None:
    op.drop_table("task")
