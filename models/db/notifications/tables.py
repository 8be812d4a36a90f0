"""Emails that wait to be sent, about orders and about accounts."""

from datetime import datetime
from typing import Any

from sqlalchemy import Column, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel


class NotificationRow(SQLModel, table=True):
    """One mail to one person about one entry of an order; the relay sends it.

    `state` is waiting, sent, skipped (no longer true when its turn came) or dead. `link_id` names the approval
    link the mail carries; the URL is signed when the mail is sent and stored nowhere.
    """

    __tablename__ = "notification"
    __table_args__ = (
        Index("notification_once", "tenant", "order_id", "seq", "event", "recipient_id", unique=True),
        Index("notification_waiting", "next_attempt_at", postgresql_where=text("state = 'waiting'")),
        Index("notification_dead", "id", postgresql_where=text("state = 'dead'")),
    )
    id: str = Field(primary_key=True, max_length=26)
    tenant: str
    order_id: str
    seq: int
    event: str
    recipient_id: str
    address: str
    link_id: str | None = None
    state: str = "waiting"
    attempts: int = 0
    created_at: datetime
    next_attempt_at: datetime
    sent_at: datetime | None = None
    last_error: str | None = None


class AccountEmailRow(SQLModel, table=True):
    """One mail to one person about their own access, outside any order; the relay sends it like a notification.

    `reset_id` names the link it carries, `data` what its templates show beside that.
    """

    __tablename__ = "account_email"
    __table_args__ = (Index("account_email_waiting", "next_attempt_at", postgresql_where=text("state = 'waiting'")),)
    id: str = Field(primary_key=True, max_length=26)
    tenant: str
    event: str
    recipient_id: str
    address: str
    reset_id: str | None = None
    data: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSONB, nullable=False))
    state: str = "waiting"
    attempts: int = 0
    created_at: datetime
    next_attempt_at: datetime
    sent_at: datetime | None = None
    last_error: str | None = None
