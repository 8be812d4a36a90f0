"""Orders as carriers know them, what carriers quote, and the events that carriers sent."""

from datetime import datetime
from typing import Any

from sqlalchemy import Column, ForeignKeyConstraint, Index, LargeBinary, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

MAX_EVENT_ID_LENGTH = 255


class CarrierOrderRow(SQLModel, table=True):
    """One submission of an order to a carrier: our reference, written before the call, and the carrier's.

    `timer_id` is the line's timer that sent it, None for what the order itself sent. `sent_at` is when it was last
    sent, by the database's clock; None if it certainly has not arrived. From `list_at` on, and the time in which a sent
    order can arrive, the carrier's orders under our reference are to be listed; None if they are not. `repeatable`: a
    second one does no harm. From `missing_since` on the carrier has said that it doesn't know the order, at `lost_at`
    for the second time; `canceled_while_lost`: it has not canceled it either, so the order can come back there.
    `replaced_by` is the round in which what it had lost was placed again. `reported_at` is the time of the carrier's
    newest report, `polled` a hash of what it says, None unless it is the answer to a poll. From `poll_at` on the
    carrier is to be asked, after the end, too: nobody signed its event, or it may have lost the order.
    """

    __tablename__ = "carrier_order"
    __table_args__ = (
        ForeignKeyConstraint(["tenant", "order_id"], ["order.tenant", "order.id"]),
        Index("carrier_order_ref", "carrier", "client_ref", unique=True),
        Index("carrier_order_carrier_ref_form", "tenant", text("reference_form(carrier_ref)")),
        Index("carrier_order_last_update", "carrier", "open", "last_update_at"),
        Index("carrier_order_poll_at", "carrier", "poll_at", postgresql_where=text("poll_at IS NOT NULL")),
        Index("carrier_order_list_at", "carrier", "list_at", postgresql_where=text("list_at IS NOT NULL")),
    )
    tenant: str = Field(primary_key=True)
    order_id: str = Field(primary_key=True)
    round: int = Field(primary_key=True)
    carrier: str
    client_ref: str
    carrier_ref: str | None = None
    timer_id: str | None = Field(default=None, max_length=26)
    open: bool = True
    sent_at: datetime | None = None
    repeatable: bool = False
    list_at: datetime | None = None
    missing_since: datetime | None = None
    lost_at: datetime | None = None
    canceled_while_lost: bool = False
    replaced_by: int | None = None
    reported_at: datetime | None = None
    polled: str | None = None
    poll_at: datetime | None = None
    last_update_at: datetime = Field(default=None, sa_column_kwargs={"default": func.now()})


class SecondOrderRow(SQLModel, table=True):
    """An order that a carrier has under our reference beside the one that counts, or after it was canceled.

    `asked_at` is when the carrier was last asked to cancel it, `answer` what it answered.
    """

    __tablename__ = "second_order"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant", "order_id", "round"], ["carrier_order.tenant", "carrier_order.order_id", "carrier_order.round"]
        ),
        Index("second_order_unanswered", "carrier", "asked_at", postgresql_where=text("answer IS NULL")),
    )
    carrier: str = Field(primary_key=True, max_length=32)
    carrier_ref: str = Field(primary_key=True)
    tenant: str
    order_id: str
    round: int
    asked_at: datetime | None = None
    answer: str | None = None


class CarrierQuoteRow(SQLModel, table=True):
    """A CarrierQuote by a hash of what was asked, `content`. `line_id` is the line it is about, None for a new one."""

    __tablename__ = "carrier_quote"
    __table_args__ = (
        ForeignKeyConstraint(["tenant", "line_id"], ["line.tenant", "line.id"]),
        Index("carrier_quote_line", "tenant", "line_id"),
    )
    tenant: str = Field(primary_key=True, foreign_key="tenant.id")
    content: str = Field(primary_key=True, max_length=64)
    line_id: str | None = None
    quote: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    kept_until: datetime


class CarrierEventRow(SQLModel, table=True):
    """A carrier's webhook or poll result, stored once; `body` is the encrypted raw text."""

    __tablename__ = "carrier_event"
    carrier: str = Field(primary_key=True, max_length=32)
    event_id: str = Field(primary_key=True, max_length=MAX_EVENT_ID_LENGTH)
    tenant: str | None = None
    order_id: str | None = None
    received_at: datetime
    body: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    outcome: str = "recorded"
