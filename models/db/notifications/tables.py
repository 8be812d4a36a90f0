"""Emails that wait to be sent, about orders and about accounts, and those that companies have switched off."""

from datetime import datetime
from typing import Any

from sqlalchemy import Column, ForeignKeyConstraint, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

# The account email that goes to the company's security mailbox, not to the person whom it is about.
SECURITY_COPY = "security_copy"


class QueuedEmail(SQLModel):
    """An email to one person.

    `state` is waiting, sent, skipped (outdated before it was sent), dead, or unconfirmed: outdated by now, after an
    attempt of which nobody knows whether it was sent. `failed_attempts` counts the attempts that are known to have
    failed. `next_attempt_at` is set by the queue, by the clock of the database.
    """

    id: str = Field(primary_key=True, max_length=26)
    tenant: str
    event: str
    recipient_id: str
    address: str
    state: str = "waiting"
    attempts: int = 0
    failed_attempts: int = 0
    created_at: datetime
    next_attempt_at: datetime = Field(default=None)
    sent_at: datetime | None = None
    last_error: str | None = None

    @property
    def possibly_sent(self) -> bool:
        """Whether an earlier attempt has an unknown outcome, while the present one has not ended."""
        return self.attempts - 1 > self.failed_attempts


class NotificationRow(QueuedEmail, table=True):
    """An email about one event of an order.

    `link_id` is the approval link the email carries; its URL is signed when the email is sent, and never stored.
    """

    __tablename__ = "notification"
    __table_args__ = (
        Index("notification_unique", "tenant", "order_id", "seq", "event", "recipient_id", unique=True),
        Index("notification_waiting", "next_attempt_at", postgresql_where=text("state = 'waiting'")),
        Index("notification_dead", "id", postgresql_where=text("state = 'dead'")),
    )
    order_id: str
    seq: int
    link_id: str | None = None


class AccountEmailRow(QueuedEmail, table=True):
    """An email about a person's own access. `reset_id` is the reset link it carries, `data` its template values."""

    __tablename__ = "account_email"
    __table_args__ = (
        Index("account_email_waiting", "next_attempt_at", postgresql_where=text("state = 'waiting'")),
        Index("account_email_dead", "id", postgresql_where=text("state = 'dead'")),
    )
    reset_id: str | None = None
    data: dict[str, Any] = Field(default={}, sa_column=Column(JSONB, nullable=False))


class EmailPauseRow(SQLModel, table=True):
    """A time in which a company's people don't get one kind of email about orders; until now if `on_at` is None."""

    __tablename__ = "email_pause"
    __table_args__ = (
        ForeignKeyConstraint(["tenant", "off_by"], ["person.tenant", "person.id"]),
        ForeignKeyConstraint(["tenant", "on_by"], ["person.tenant", "person.id"]),
        Index("email_pause_current", "tenant", "email", unique=True, postgresql_where=text("on_at IS NULL")),
    )
    tenant: str = Field(primary_key=True, foreign_key="tenant.id")
    id: str = Field(primary_key=True, max_length=26)
    email: str
    off_at: datetime
    off_by: str
    on_at: datetime | None = None
    on_by: str | None = None
