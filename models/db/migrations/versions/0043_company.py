"""Whom a company has people turn to, and who is told about its security."""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString

revision = "0043_company"
down_revision = "0042_leaves"
branch_labels = None
depends_on = None

_COLUMNS = (
    *("support_name", "support_phone", "branding_line"),
    *("security_email", "legal_email", "fraud_email", "payroll_email"),
)


def upgrade() -> None:
    for name in _COLUMNS:
        op.add_column("tenant", sa.Column(name, AutoString()))


def downgrade() -> None:
    for name in reversed(_COLUMNS):
        op.drop_column("tenant", name)
