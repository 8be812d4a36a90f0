"""Credentials of billing accounts at carriers, and several for an account, of which one is active."""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import UTCDateTime

revision = "0038_carrier_credentials"
down_revision = "0037_imports"
branch_labels = None
depends_on = None

_OWNER = ("carrier_account_owner", "carrier_account", ["tenant", "account_id", "carrier"])


def upgrade() -> None:
    op.add_column("carrier_account", sa.Column("credentials", sa.LargeBinary()))
    op.add_column("carrier_account", sa.Column("credentials_at", UTCDateTime()))
    op.drop_index("carrier_account_owner")
    op.create_index(*_OWNER, unique=True, postgresql_where=sa.text("active"))


def downgrade() -> None:
    op.drop_index("carrier_account_owner")
    op.create_index(*_OWNER, unique=True)
    op.drop_column("carrier_account", "credentials_at")
    op.drop_column("carrier_account", "credentials")
