"""An authenticator that is offered is no longer stored until it is confirmed."""

import sqlalchemy as sa
from alembic import op

revision = "0019_sec_web"
down_revision = "0018_carrier_reports"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_column("login", "factor_offered")


def downgrade() -> None:
    op.add_column("login", sa.Column("factor_offered", sa.LargeBinary()))
