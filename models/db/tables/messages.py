"""What goes in and out: messages to workflows, mails to people, events from carriers."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Column, Identity, Index, LargeBinary, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel


class OutboxRow(SQLModel, table=True):
    """Something to be said to a workflow, once: a start, an update or a signal.

    `id` is the action id (also the update id). `state` is waiting, done, refused or dead; `result` holds the
    refusal's code and detail, or what the workflow answered. `link_id` is the approval link the message rests
    on: it is given back when the workflow refuses.
    """

    __tablename__ = "outbox"
    __table_args__ = (
        Index("outbox_waiting", "next_try_at", postgresql_where=text("state = 'waiting'")),
        Index("outbox_dead", "id", postgresql_where=text("state = 'dead'")),
        Index("outbox_order", "tenant", "order_id", "position"),
    )
    id: str = Field(primary_key=True, max_length=64)
    position: int | None = Field(default=None, sa_column=Column(BigInteger, Identity(), nullable=False))
    tenant: str
    order_id: str
    workflow_id: str
    kind: str
    name: str
    payload: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    link_id: str | None = None
    state: str = "waiting"
    attempts: int = 0
    created_at: datetime
    next_try_at: datetime
    done_at: datetime | None = None
    last_error: str | None = None
    result: dict[str, Any] | None = Field(default=None, sa_column=Column(JSONB))


class NotificationRow(SQLModel, table=True):
    """One mail to one person about one entry of an order; the relay sends it.

    `state` is waiting, sent, skipped (no longer true when its turn came) or dead. `link_id` names the approval
    link the mail carries; the URL is signed when the mail is sent and stored nowhere.
    """

    __tablename__ = "notification"
    __table_args__ = (
        Index("notification_once", "tenant", "order_id", "seq", "event", "recipient_id", unique=True),
        Index("notification_waiting", "next_try_at", postgresql_where=text("state = 'waiting'")),
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
    next_try_at: datetime
    sent_at: datetime | None = None
    last_error: str | None = None


class LetterRow(SQLModel, table=True):
    """One mail to one person about their own access, outside any order; the relay sends it like a notification.

    `reset_id` names the link it carries, `said` what its templates show beside that.
    """

    __tablename__ = "letter"
    __table_args__ = (Index("letter_waiting", "next_try_at", postgresql_where=text("state = 'waiting'")),)
    id: str = Field(primary_key=True, max_length=26)
    tenant: str
    event: str
    recipient_id: str
    address: str
    reset_id: str | None = None
    said: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSONB, nullable=False))
    state: str = "waiting"
    attempts: int = 0
    created_at: datetime
    next_try_at: datetime
    sent_at: datetime | None = None
    last_error: str | None = None


class CarrierEventRow(SQLModel, table=True):
    """A webhook or poll result of a carrier, once; `body` is the raw text, encrypted."""

    __tablename__ = "carrier_event"
    carrier: str = Field(primary_key=True, max_length=32)
    event_id: str = Field(primary_key=True, max_length=255)
    tenant: str | None = None
    order_id: str | None = None
    received_at: datetime
    body: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    outcome: str = "recorded"
