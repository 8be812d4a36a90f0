"""What people agree to with an order, and the texts they agree to."""

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString, UTCDateTime

revision = "0014_attestations"
down_revision = "0013_parcels"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "consent_text",
        sa.Column("tenant", AutoString(), nullable=False),
        sa.Column("question", AutoString(length=64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("title", AutoString(length=120), nullable=False),
        sa.Column("text", AutoString(), nullable=False),
        sa.Column("published_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["tenant"], ["tenant.id"]),
        sa.PrimaryKeyConstraint("tenant", "question", "version"),
    )
    op.create_table(
        "attestation",
        sa.Column("tenant", AutoString(), nullable=False),
        sa.Column("order_id", AutoString(length=26), nullable=False),
        sa.Column("question", AutoString(length=64), nullable=False),
        sa.Column("person_id", AutoString(), nullable=False),
        sa.Column("sentence", AutoString(), nullable=False),
        sa.Column("version", sa.Integer()),
        sa.Column("state", AutoString(), nullable=False),
        sa.Column("asked_at", UTCDateTime()),
        sa.Column("reminders", sa.Integer(), nullable=False),
        sa.Column("next_at", UTCDateTime()),
        sa.Column("task", sa.Integer()),
        sa.Column("given_at", UTCDateTime()),
        sa.Column("channel", AutoString()),
        sa.Column("given_by", AutoString()),
        sa.Column("note", AutoString()),
        sa.CheckConstraint("state IN ('waiting', 'asked', 'given', 'dropped')", name="attestation_state_allowed"),
        sa.CheckConstraint("(state = 'given') = (given_at IS NOT NULL)", name="attestation_given_at_a_time"),
        sa.CheckConstraint("channel IN ('form', 'api', 'page', 'paper')", name="attestation_channel_allowed"),
        sa.ForeignKeyConstraint(["tenant", "order_id"], ["order.tenant", "order.id"]),
        sa.ForeignKeyConstraint(["tenant", "person_id"], ["person.tenant", "person.id"]),
        sa.PrimaryKeyConstraint("tenant", "order_id", "question"),
    )
    op.create_index("attestation_person", "attestation", ["tenant", "person_id", "question"])
    op.create_index(
        "attestation_open",
        "attestation",
        ["tenant", "order_id"],
        postgresql_where=sa.text("state IN ('waiting', 'asked')"),
    )


def downgrade() -> None:
    op.drop_table("attestation")
    op.drop_table("consent_text")
