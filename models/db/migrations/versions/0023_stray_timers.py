"""Workflows of timers and tasks can run without a row, too."""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString

revision = "0023_stray_timers"
down_revision = "0022_reported"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("stray_workflow", sa.Column("kind", AutoString(length=10), nullable=False, server_default="order"))
    op.alter_column("stray_workflow", "kind", server_default=None)
    op.alter_column("stray_workflow", "order_id", new_column_name="id", type_=AutoString(length=40))
    _identify_by("tenant", "kind", "id")


def downgrade() -> None:
    op.execute("DELETE FROM stray_workflow WHERE kind <> 'order'")
    _identify_by("tenant", "id")
    op.alter_column("stray_workflow", "id", new_column_name="order_id", type_=AutoString(length=26))
    op.drop_column("stray_workflow", "kind")


def _identify_by(*columns: str) -> None:
    op.drop_constraint("stray_workflow_pkey", "stray_workflow", type_="primary")
    op.create_primary_key("stray_workflow_pkey", "stray_workflow", list(columns))
