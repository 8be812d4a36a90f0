"""Orders as carriers know them, and the events that carriers sent."""

from datetime import datetime

from sqlalchemy import Column, ForeignKeyConstraint, Index, LargeBinary, text
from sqlmodel import Field, SQLModel


class CarrierOrderRow(SQLModel, table=True):
    """One submission of an order to a carrier: our reference, written before the call, and the carrier's.

    `timer_id` is the suspension timer that sent it, None for what the order itself sent.
    """

    __tablename__ = "carrier_order"
    __table_args__ = (
        ForeignKeyConstraint(["tenant", "order_id"], ["order.tenant", "order.id"]),
        Index("carrier_order_ref", "carrier", "client_ref", unique=True),
        Index("carrier_order_carrier_ref_form", "tenant", text("reference_form(carrier_ref)")),
        Index("carrier_order_last_update", "carrier", "open", "last_update_at"),
    )
    tenant: str = Field(primary_key=True)
    order_id: str = Field(primary_key=True)
    round: int = Field(primary_key=True)
    carrier: str
    client_ref: str
    carrier_ref: str | None = None
    timer_id: str | None = Field(default=None, max_length=26)
    open: bool = True
    sent_at: datetime
    last_update_at: datetime


class CarrierEventRow(SQLModel, table=True):
    """A carrier's webhook or poll result, stored once; `body` is the encrypted raw text."""

    __tablename__ = "carrier_event"
    carrier: str = Field(primary_key=True, max_length=32)
    event_id: str = Field(primary_key=True, max_length=255)
    tenant: str | None = None
    order_id: str | None = None
    received_at: datetime
    body: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    outcome: str = "recorded"
