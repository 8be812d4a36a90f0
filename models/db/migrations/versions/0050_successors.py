"""Who takes over from a person who leaves."""

import sqlalchemy as sa
from alembic import op

revision = "0050_successors"
down_revision = "0049_accepted_differences"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("person", sa.Column("successor_id", sa.String()))
    columns = ["tenant", "successor_id"]
    op.create_foreign_key("person_tenant_successor_id_fkey", "person", "person", columns, ["tenant", "id"])


def downgrade() -> None:
    op.drop_constraint("person_tenant_successor_id_fkey", "person")
    op.drop_column("person", "successor_id")
