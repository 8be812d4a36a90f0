"""The import by which a difference was accepted into the inventory."""

import sqlalchemy as sa
from alembic import op

revision = "0049_accepted_differences"
down_revision = "0048_coming_moves"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("difference", sa.Column("import_number", sa.Integer()))
    columns = ["tenant", "import_number"]
    op.create_foreign_key("difference_import_number_fkey", "difference", "import", columns, ["tenant", "number"])


def downgrade() -> None:
    op.drop_constraint("difference_import_number_fkey", "difference")
    op.drop_column("difference", "import_number")
