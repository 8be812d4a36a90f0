"""How people sign in: passwords, second factors, sessions, links and tokens."""

from datetime import datetime

from sqlalchemy import Column, ForeignKeyConstraint, Index, LargeBinary
from sqlalchemy.dialects.postgresql import ARRAY, TEXT
from sqlmodel import Field, SQLModel


def _of_person() -> ForeignKeyConstraint:
    return ForeignKeyConstraint(["tenant", "person_id"], ["person.tenant", "person.id"])


class LoginRow(SQLModel, table=True):
    """How one person signs in. `user_name` is unique over all tenants, for it is all a sign-in page asks.

    `factor` is the sealed secret of the authenticator, `factor_offered` one that is shown but not confirmed yet;
    `last_step` is the newest time step whose code was used: none at or before it is taken again. `must_change`
    asks for a new password at the next sign-in.
    """

    __tablename__ = "login"
    __table_args__ = (_of_person(), Index("login_user_name", "user_name", unique=True))
    tenant: str = Field(primary_key=True)
    person_id: str = Field(primary_key=True, max_length=26)
    user_name: str = Field(max_length=254)
    password_hash: str | None = None
    password_at: datetime | None = None
    must_change: bool = False
    factor: bytes | None = Field(default=None, sa_column=Column(LargeBinary))
    factor_at: datetime | None = None
    factor_offered: bytes | None = Field(default=None, sa_column=Column(LargeBinary))
    last_step: int | None = None
    created_at: datetime


class RecoveryCodeRow(SQLModel, table=True):
    """One code that stands in for the authenticator, once, by its SHA-256."""

    __tablename__ = "recovery_code"
    __table_args__ = (_of_person(), Index("recovery_code_person", "tenant", "person_id"))
    digest: str = Field(primary_key=True, max_length=64)
    tenant: str
    person_id: str
    used_at: datetime | None = None


class PortalSessionRow(SQLModel, table=True):
    """A browser that is signed in, by the SHA-256 of its cookie; `id` names it to people.

    It ends at `expires_at`, earlier when nothing came for a while, or when it is revoked. `last_seen_at` is a
    minute coarse, so that looking at pages does not write. `stepped_up_at` is when a second factor was last given.
    """

    __tablename__ = "portal_session"
    __table_args__ = (_of_person(), Index("portal_session_person", "tenant", "person_id"))
    digest: str = Field(primary_key=True, max_length=64)
    id: str = Field(max_length=26, unique=True)
    tenant: str
    person_id: str
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime
    stepped_up_at: datetime | None = None
    revoked_at: datetime | None = None
    address: str
    device: str


class AttemptLimitRow(SQLModel, table=True):
    """Tries that may be guesses, counted by account or address; until `blocked_until` no other is let through."""

    __tablename__ = "attempt_limit"
    key: str = Field(primary_key=True, max_length=80)
    tries: int = 0
    last_at: datetime
    blocked_until: datetime | None = None


class PasswordResetRow(SQLModel, table=True):
    """A mailed link that lets its person choose a password, once; the address is signed and stored nowhere."""

    __tablename__ = "password_reset"
    __table_args__ = (_of_person(), Index("password_reset_person", "tenant", "person_id"))
    id: str = Field(primary_key=True, max_length=26)
    tenant: str
    person_id: str
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None = None
    revoked_at: datetime | None = None


class TokenRow(SQLModel, table=True):
    """A bearer token, by its SHA-256; the token itself is shown once and never stored.

    `id` and `prefix` name it to people; `last_used_at` is coarse. `scopes` narrow what its person may do.
    """

    __tablename__ = "access_token"
    __table_args__ = (_of_person(), Index("access_token_person", "tenant", "person_id"))
    digest: str = Field(primary_key=True, max_length=64)
    id: str = Field(max_length=32, unique=True)
    tenant: str
    person_id: str
    name: str = ""
    prefix: str = Field(default="", max_length=16)
    scopes: list[str] = Field(default_factory=list, sa_column=Column(ARRAY(TEXT), nullable=False))
    created_at: datetime
    created_by: str | None = None
    expires_at: datetime
    last_used_at: datetime | None = None
    revoked_at: datetime | None = None


class SignInLinkRow(SQLModel, table=True):
    """A one-time sign-in link (development), by the SHA-256 of its secret; used once, soon expired."""

    __tablename__ = "sign_in_link"
    __table_args__ = (_of_person(),)
    digest: str = Field(primary_key=True, max_length=64)
    tenant: str
    person_id: str
    expires_at: datetime
    used_at: datetime | None = None
