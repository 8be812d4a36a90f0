"""An authenticator that is offered is no longer stored until it is confirmed."""

import sqlalchemy as sa
from alembic import op

revision = "0020_offered_authenticator"
down_revision = "0019_canceled_while_lost"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_column("login", "factor_offered")


def downgrade() -> None:
    op.add_column("login", sa.Column("factor_offered", sa.LargeBinary()))
