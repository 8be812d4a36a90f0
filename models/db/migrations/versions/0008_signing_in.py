"""How people sign in, the tokens they give to programs, the record of it, and mails about it."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql
from sqlmodel.sql.sqltypes import AutoString, UTCDateTime

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

STATES = ("waiting", "sent", "skipped", "dead")


def _of_person() -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["tenant", "person_id"], ["person.tenant", "person.id"])


def upgrade() -> None:
    op.create_table(
        "login",
        sa.Column("tenant", AutoString(), primary_key=True),
        sa.Column("person_id", AutoString(length=26), primary_key=True),
        sa.Column("user_name", AutoString(length=254), nullable=False),
        sa.Column("password_hash", AutoString()),
        sa.Column("password_at", UTCDateTime()),
        sa.Column("must_change", sa.Boolean(), nullable=False),
        sa.Column("factor", sa.LargeBinary()),
        sa.Column("factor_at", UTCDateTime()),
        sa.Column("factor_offered", sa.LargeBinary()),
        sa.Column("last_step", sa.Integer()),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        _of_person(),
    )
    op.create_index("login_user_name", "login", ["user_name"], unique=True)
    op.create_table(
        "recovery_code",
        sa.Column("digest", AutoString(length=64), primary_key=True),
        sa.Column("tenant", AutoString(), nullable=False),
        sa.Column("person_id", AutoString(), nullable=False),
        sa.Column("used_at", UTCDateTime()),
        _of_person(),
    )
    op.create_index("recovery_code_person", "recovery_code", ["tenant", "person_id"])
    op.create_table(
        "portal_session",
        sa.Column("digest", AutoString(length=64), primary_key=True),
        sa.Column("id", AutoString(length=26), nullable=False, unique=True),
        sa.Column("tenant", AutoString(), nullable=False),
        sa.Column("person_id", AutoString(), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("last_seen_at", UTCDateTime(), nullable=False),
        sa.Column("expires_at", UTCDateTime(), nullable=False),
        sa.Column("stepped_up_at", UTCDateTime()),
        sa.Column("revoked_at", UTCDateTime()),
        sa.Column("address", AutoString(), nullable=False),
        sa.Column("device", AutoString(), nullable=False),
        _of_person(),
    )
    op.create_index("portal_session_person", "portal_session", ["tenant", "person_id"])
    op.create_table(
        "throttle",
        sa.Column("key", AutoString(length=80), primary_key=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("last_at", UTCDateTime(), nullable=False),
        sa.Column("refused_until", UTCDateTime()),
    )
    op.create_table(
        "reset_link",
        sa.Column("id", AutoString(length=26), primary_key=True),
        sa.Column("tenant", AutoString(), nullable=False),
        sa.Column("person_id", AutoString(), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("expires_at", UTCDateTime(), nullable=False),
        sa.Column("used_at", UTCDateTime()),
        sa.Column("revoked_at", UTCDateTime()),
        _of_person(),
    )
    op.create_index("reset_link_person", "reset_link", ["tenant", "person_id"])
    _record()
    _mails()
    _tokens()


def _record() -> None:
    op.create_table(
        "audit_event",
        sa.Column("id", AutoString(length=26), primary_key=True),
        sa.Column("tenant", AutoString(), sa.ForeignKey("tenant.id"), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.Column("what", AutoString(length=40), nullable=False),
        sa.Column("actor_id", AutoString()),
        sa.Column("actor_name", AutoString(), nullable=False),
        sa.Column("subject_id", AutoString()),
        sa.Column("subject_name", AutoString(), nullable=False),
        sa.Column("channel", AutoString(), nullable=False),
        sa.Column("address", AutoString(), nullable=False),
        sa.Column("detail", postgresql.JSONB(), nullable=False),
    )
    op.create_index("audit_event_subject", "audit_event", ["tenant", "subject_id", "id"])
    op.create_index("audit_event_tenant", "audit_event", ["tenant", "id"])
    op.execute(
        """
        CREATE TRIGGER audit_event_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_event
        FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting()
        """
    )


def _mails() -> None:
    op.create_table(
        "letter",
        sa.Column("id", AutoString(length=26), primary_key=True),
        sa.Column("tenant", AutoString(), nullable=False),
        sa.Column("event", AutoString(), nullable=False),
        sa.Column("recipient_id", AutoString(), nullable=False),
        sa.Column("address", AutoString(), nullable=False),
        sa.Column("reset_id", AutoString()),
        sa.Column("said", postgresql.JSONB(), nullable=False),
        sa.Column("state", AutoString(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("next_try_at", UTCDateTime(), nullable=False),
        sa.Column("sent_at", UTCDateTime()),
        sa.Column("last_error", AutoString()),
    )
    op.create_index("letter_waiting", "letter", ["next_try_at"], postgresql_where=sa.text("state = 'waiting'"))
    listed = ", ".join(f"'{state}'" for state in STATES)
    op.create_check_constraint("letter_state_word", "letter", f"state IN ({listed})")


def _tokens() -> None:
    """What tokens tell of themselves; those there are, and those an older process makes, may do everything."""
    fresh_id = sa.text("replace(gen_random_uuid()::text, '-', '')")
    op.add_column("token", sa.Column("id", AutoString(length=32), nullable=False, server_default=fresh_id))
    op.create_unique_constraint("token_id_key", "token", ["id"])
    op.add_column("token", sa.Column("name", AutoString(), nullable=False, server_default=""))
    op.add_column("token", sa.Column("prefix", AutoString(length=16), nullable=False, server_default=""))
    everything = sa.text("'{read,order,approve,admin,step_up}'::text[]")
    scopes = sa.Column("scopes", postgresql.ARRAY(sa.TEXT()), nullable=False, server_default=everything)
    op.add_column("token", scopes)
    op.add_column("token", sa.Column("created_by", AutoString()))
    op.add_column("token", sa.Column("last_used_at", UTCDateTime()))
    op.create_index("token_person", "token", ["tenant", "person_id"])


def downgrade() -> None:
    op.drop_index("token_person", "token")
    for column in ("id", "name", "prefix", "scopes", "created_by", "last_used_at"):
        op.drop_column("token", column)
    for table in ("letter", "audit_event", "reset_link", "throttle", "portal_session", "recovery_code", "login"):
        op.drop_table(table)
