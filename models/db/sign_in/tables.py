"""Logins, portal sessions, attempt limits, links and tokens."""

from datetime import datetime

from sqlalchemy import Column, ForeignKeyConstraint, Index, LargeBinary
from sqlalchemy.dialects.postgresql import ARRAY, TEXT
from sqlmodel import Field, SQLModel


def _references_person() -> ForeignKeyConstraint:
    return ForeignKeyConstraint(["tenant", "person_id"], ["person.tenant", "person.id"])


class LoginRow(SQLModel, table=True):
    """A person's login. `user_name` is unique across tenants, because the sign-in page asks for nothing else.

    `factor` is the sealed authenticator secret. `last_step` is the newest time step whose code was used; a code of that
    step or an earlier one is rejected. `must_change` requires a new password at the next sign-in.
    """

    __tablename__ = "login"
    __table_args__ = (_references_person(), Index("login_user_name", "user_name", unique=True))
    tenant: str = Field(primary_key=True)
    person_id: str = Field(primary_key=True, max_length=26)
    user_name: str = Field(max_length=254)
    password_hash: str | None = None
    password_at: datetime | None = None
    must_change: bool = False
    factor: bytes | None = Field(default=None, sa_column=Column(LargeBinary))
    factor_at: datetime | None = None
    last_step: int | None = None
    created_at: datetime


class SecretRow(SQLModel):
    """A secret of a person, stored as its SHA-256."""

    digest: str = Field(primary_key=True, max_length=64)
    tenant: str
    person_id: str


class RecoveryCodeRow(SecretRow, table=True):
    """A one-time code that replaces the authenticator."""

    __tablename__ = "recovery_code"
    __table_args__ = (_references_person(), Index("recovery_code_person", "tenant", "person_id"))
    used_at: datetime | None = None


class PortalSessionRow(SecretRow, table=True):
    """A signed-in browser, found by its cookie; `id` is its public id.

    A session ends at `expires_at`, after a time without requests, or when it is revoked. `last_seen_at` is exact to
    the minute, so that not every request writes. `stepped_up_at` is when a second factor was last verified.
    """

    __tablename__ = "portal_session"
    __table_args__ = (_references_person(), Index("portal_session_person", "tenant", "person_id"))
    id: str = Field(max_length=26, unique=True)
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime
    stepped_up_at: datetime | None = None
    revoked_at: datetime | None = None
    address: str
    device: str


class AttemptLimitRow(SQLModel, table=True):
    """Attempts by account or address; attempts before `blocked_until` are rejected."""

    __tablename__ = "attempt_limit"
    key: str = Field(primary_key=True, max_length=80)
    tries: int = 0
    last_at: datetime
    blocked_until: datetime | None = None


class PasswordResetRow(SQLModel, table=True):
    """An emailed one-time link to choose a password; its URL is signed and never stored."""

    __tablename__ = "password_reset"
    __table_args__ = (_references_person(), Index("password_reset_person", "tenant", "person_id"))
    id: str = Field(primary_key=True, max_length=26)
    tenant: str
    person_id: str
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None = None
    revoked_at: datetime | None = None


class TokenRow(SecretRow, table=True):
    """An API token, shown once.

    `id` and `prefix` identify it to people. `last_used_at` is exact to the hour. `scopes` limit the person's
    permissions.
    """

    __tablename__ = "access_token"
    __table_args__ = (_references_person(), Index("access_token_person", "tenant", "person_id"))
    id: str = Field(max_length=32, unique=True)
    name: str = ""
    prefix: str = Field(default="", max_length=16)
    scopes: list[str] = Field(default=[], sa_column=Column(ARRAY(TEXT), nullable=False))
    created_at: datetime
    created_by: str | None = None
    expires_at: datetime
    last_used_at: datetime | None = None
    revoked_at: datetime | None = None


class SignInLinkRow(SecretRow, table=True):
    """A one-time sign-in link for development."""

    __tablename__ = "sign_in_link"
    __table_args__ = (_references_person(),)
    expires_at: datetime
    used_at: datetime | None = None
