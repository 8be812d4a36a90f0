"""Orders that are not sent yet, and notices until they are seen."""

import sqlalchemy as sa
import sqlmodel
from alembic import op
from sqlalchemy.dialects import postgresql


revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

TEXT = sqlmodel.sql.sqltypes.AutoString
MOMENT = sqlmodel.sql.sqltypes.UTCDateTime


def upgrade() -> None:
    op.create_table(
        "draft",
        sa.Column("tenant", TEXT(), nullable=False),
        sa.Column("id", TEXT(length=26), nullable=False),
        sa.Column("person_id", TEXT(), nullable=False),
        sa.Column("type_code", TEXT(), nullable=False),
        sa.Column("document", postgresql.JSONB(), nullable=False),
        sa.Column("created_at", MOMENT(), nullable=False),
        sa.Column("updated_at", MOMENT(), nullable=False),
        sa.ForeignKeyConstraint(["tenant"], ["tenant.id"]),
        sa.ForeignKeyConstraint(["tenant", "person_id"], ["person.tenant", "person.id"]),
        sa.PrimaryKeyConstraint("tenant", "id"),
    )
    op.create_index("draft_of", "draft", ["tenant", "person_id", "type_code"], unique=True)
    op.create_table(
        "notice",
        sa.Column("tenant", TEXT(), nullable=False),
        sa.Column("id", TEXT(length=26), nullable=False),
        sa.Column("title", TEXT(length=120), nullable=False),
        sa.Column("text", TEXT(), nullable=False),
        sa.Column("published_at", MOMENT(), nullable=False),
        sa.Column("published_by", TEXT(), nullable=False),
        sa.Column("ends_at", MOMENT(), nullable=True),
        sa.Column("withdrawn_at", MOMENT(), nullable=True),
        sa.ForeignKeyConstraint(["tenant"], ["tenant.id"]),
        sa.ForeignKeyConstraint(["tenant", "published_by"], ["person.tenant", "person.id"]),
        sa.PrimaryKeyConstraint("tenant", "id"),
    )
    op.create_index("notice_published", "notice", ["tenant", "published_at"])
    op.create_table(
        "notice_dismissal",
        sa.Column("tenant", TEXT(), nullable=False),
        sa.Column("notice_id", TEXT(), nullable=False),
        sa.Column("person_id", TEXT(), nullable=False),
        sa.Column("at", MOMENT(), nullable=False),
        sa.ForeignKeyConstraint(["tenant", "notice_id"], ["notice.tenant", "notice.id"]),
        sa.ForeignKeyConstraint(["tenant", "person_id"], ["person.tenant", "person.id"]),
        sa.PrimaryKeyConstraint("tenant", "notice_id", "person_id"),
    )


def downgrade() -> None:
    for table in ("notice_dismissal", "notice", "draft"):
        op.drop_table(table)
