"""An employee number names one person, also in files."""

from alembic import op

revision = "0044_employee_numbers"
down_revision = "0043_company"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("person_employee_number", "person", ["tenant", "employee_number"], unique=True)


def downgrade() -> None:
    op.drop_index("person_employee_number", table_name="person")
