"""Orders with their items, secret answers and events, drafts, and idempotency keys."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Column, ForeignKeyConstraint, Identity, Index, LargeBinary, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TEXT
from sqlmodel import Field, SQLModel

from models.db.search_columns import number_indexes, search_index, stored_search
from models.holder import Holder
from models.parcel import tracking_url

DRAFT_LIFETIME = timedelta(days=30)


def _references_order() -> ForeignKeyConstraint:
    return ForeignKeyConstraint(["tenant", "order_id"], ["order.tenant", "order.id"])


def _latest(reported: Mapping[str, Mapping[str, str]]) -> datetime | None:
    """The time of the latest report."""
    return max((datetime.fromisoformat(one["at"]) for one in reported.values()), default=None)


class OrderRow(SQLModel, table=True):
    """An order.

    `type` is its FrozenType as it was at submit, `ruling` its Ruling, with the price and approvers it has since then.
    `seq` is the sequence number of the last event that moved it, `due_at` the time of the next automatic step. `title`
    has whole phone numbers in E.164 (`formatting.order_title` shows or hides them). `beneficiary_id` is the person whom
    the order is for, `beneficiary_site_id` the site; both None: for lines of nobody. `parent_id` is the order that this
    one follows from, `cause` why it does.
    """

    __tablename__ = "order"
    __table_args__ = (
        ForeignKeyConstraint(["tenant", "requester_id"], ["person.tenant", "person.id"]),
        ForeignKeyConstraint(["tenant", "beneficiary_id"], ["person.tenant", "person.id"]),
        ForeignKeyConstraint(["tenant", "beneficiary_site_id"], ["site.tenant", "site.id"]),
        CheckConstraint("beneficiary_id IS NULL OR beneficiary_site_id IS NULL", name="order_one_holder"),
        ForeignKeyConstraint(["tenant", "account_id"], ["account.tenant", "account.id"]),
        ForeignKeyConstraint(["tenant", "parent_id"], ["order.tenant", "order.id"]),
        Index("order_number", "tenant", "number", unique=True),
        Index("order_status", "tenant", "status", "id"),
        Index("order_open", "status", postgresql_where=text("closed_at IS NULL")),
        Index("order_unfinished", "tenant", "id", postgresql_where=text("closed_at IS NULL")),
        Index("order_due", "tenant", "due_at", postgresql_where=text("closed_at IS NULL")),
        Index("order_requester", "tenant", "requester_id", "id"),
        Index("order_beneficiary", "tenant", "beneficiary_id", "id"),
        Index("order_site", "tenant", "beneficiary_site_id", "id"),
        Index("order_account", "tenant", "account_id", "id"),
        Index("order_watchers", "watchers", postgresql_using="gin"),
        Index("order_parent", "tenant", "parent_id", postgresql_where=text("parent_id IS NOT NULL")),
        Index("order_external_number_form", "tenant", text("reference_form(external_number)")),
        Index("order_po_number_form", "tenant", text("reference_form(po_number)")),
        search_index("order"),
    )
    tenant: str = Field(primary_key=True, foreign_key="tenant.id")
    id: str = Field(primary_key=True, max_length=26)
    number: str = Field(max_length=16)
    external_number: str | None = Field(default=None, max_length=64)
    parent_id: str | None = Field(default=None, max_length=26)
    cause: str | None = None
    type_code: str
    family: str
    type: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    title: str
    status: str
    seq: int
    due_at: datetime | None = None
    requester_id: str
    beneficiary_id: str | None = None
    beneficiary_site_id: str | None = None
    account_id: str
    carrier: str | None = None
    urgency: str = "normal"
    answers: dict[str, Any] = Field(default={}, sa_column=Column(JSONB, nullable=False))
    contact: dict[str, Any] = Field(default={}, sa_column=Column(JSONB, nullable=False))
    reason: str | None = None
    instructions: str | None = None
    cost_center_one_time: str | None = None
    cost_center_recurring: str | None = None
    po_number: str | None = None
    watchers: list[str] = Field(default=[], sa_column=Column(ARRAY(TEXT), nullable=False))
    one_time: Decimal = Field(max_digits=12, decimal_places=2)
    monthly: Decimal = Field(max_digits=12, decimal_places=2)
    monthly_before: Decimal = Field(default=Decimal("0.00"), max_digits=12, decimal_places=2)
    term_total: Decimal = Field(max_digits=12, decimal_places=2)
    term_months: int = 0
    currency: str = Field(max_length=3)
    policy_version: int
    ruling: dict[str, Any] | None = Field(default=None, sa_column=Column(JSONB))
    flags: list[str] = Field(default=[], sa_column=Column(ARRAY(TEXT), nullable=False))
    effective_at: datetime | None = None
    created_at: datetime
    updated_at: datetime
    closed_at: datetime | None = None
    search: str | None = stored_search()

    @property
    def beneficiary(self) -> Holder:
        return Holder.of(person_id=self.beneficiary_id, site_id=self.beneficiary_site_id)


class ItemRow(SQLModel, table=True):
    """An item of an order: answers, price, state, and what the carrier reported.

    `device_id` is that of the existing device that it is about. `before` is what the answers replace, by question, as
    it was at submit. `variant` has the item's steps and effect where they differ from the order's. Identifiers,
    `expected_at`, `delivered_at`, `final_on` and `refused_features` (pairs of SKU and reason) are written by
    `item_reports` only; `reported` has the time of each
    (`at`) and the channel that it came by (`by`). `delivered_at` is only what the carrier says of the item itself, not
    of its parcels; `refused_at` is when it last said that it won't deliver it.
    """

    __tablename__ = "order_item"
    __table_args__ = (
        _references_order(),
        Index("order_item_line", "tenant", "line_id"),
        Index("order_item_device", "tenant", "device_id", postgresql_where=text("device_id IS NOT NULL")),
        Index("order_item_plan", "tenant", "line_id", postgresql_where=text("answers ? 'plan'")),
        *number_indexes("order_item", "mdn", "imei", "imei2", "iccid", "eid"),
    )
    tenant: str = Field(primary_key=True)
    order_id: str = Field(primary_key=True)
    id: str = Field(primary_key=True, max_length=26)
    number: int
    state: str
    seq: int = 0
    line_id: str | None = None
    device_id: str | None = None
    answers: dict[str, Any] = Field(default={}, sa_column=Column(JSONB, nullable=False))
    before: dict[str, Any] = Field(default={}, sa_column=Column(JSONB, nullable=False))
    variant: dict[str, Any] | None = Field(default=None, sa_column=Column(JSONB))
    one_time: Decimal = Field(max_digits=12, decimal_places=2)
    monthly: Decimal = Field(max_digits=12, decimal_places=2)
    monthly_before: Decimal = Field(default=Decimal("0.00"), max_digits=12, decimal_places=2)
    mdn: str | None = None
    imei: str | None = None
    imei2: str | None = None
    iccid: str | None = None
    eid: str | None = None
    carrier_product_id: str | None = None
    expected_at: datetime | None = None
    delivered_at: datetime | None = None
    final_on: date | None = None
    refused_features: list[list[str]] = Field(default=[], sa_column=Column(JSONB, nullable=False))
    refused_at: datetime | None = None
    reported: dict[str, dict[str, str]] = Field(default={}, sa_column=Column(JSONB, nullable=False))
    detail: str | None = None

    @property
    def reported_at(self) -> datetime | None:
        return _latest(self.reported)


class ParcelRow(SQLModel, table=True):
    """A parcel of an item, by its tracking number in stored form. Written by `item_reports` only, as ItemRow says.

    `shipped_at` is the earliest time at which the carrier named it.
    """

    __tablename__ = "order_parcel"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant", "order_id", "item_id"], ["order_item.tenant", "order_item.order_id", "order_item.id"]
        ),
        Index("order_parcel_tracking_number_form", "tenant", text("reference_form(tracking_number)")),
    )
    tenant: str = Field(primary_key=True)
    order_id: str = Field(primary_key=True)
    item_id: str = Field(primary_key=True)
    tracking_number: str = Field(primary_key=True)
    shipping_carrier: str | None = None
    shipped_at: datetime
    delivered_at: datetime | None = None
    reported: dict[str, dict[str, str]] = Field(default={}, sa_column=Column(JSONB, nullable=False))

    @property
    def reported_at(self) -> datetime | None:
        return _latest(self.reported)

    @property
    def tracking_url(self) -> str | None:
        return tracking_url(self.shipping_carrier, self.tracking_number)


class SecretAnswerRow(SQLModel, table=True):
    """A secret answer, sealed. Where the answers of the order have it, they have its `reference`.

    Deleted when the order has ended.
    """

    __tablename__ = "order_secret"
    __table_args__ = (_references_order(),)
    tenant: str = Field(primary_key=True)
    order_id: str = Field(primary_key=True)
    question: str = Field(primary_key=True)
    reference: str = Field(primary_key=True, max_length=64)
    sealed: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class EventRow(SQLModel, table=True):
    """An event in an order's history. Append-only.

    The database numbers all events by `position` as they are recorded: within an order, whose row is locked then, a
    later one is always higher. `seq` need not be.
    """

    __tablename__ = "order_event"
    __table_args__ = (
        _references_order(),
        Index(
            "order_event_notified",
            text("(data -> 'notified')"),
            postgresql_using="gin",
            postgresql_where=text("event = 'holder_notified'"),
        ),
    )
    tenant: str = Field(primary_key=True)
    order_id: str = Field(primary_key=True)
    seq: int = Field(primary_key=True)
    at: datetime
    event: str
    status: str
    actor_kind: str
    actor_id: str
    actor_name: str
    channel: str
    cause: str | None = None
    data: dict[str, Any] = Field(default={}, sa_column=Column(JSONB, nullable=False))
    position: int | None = Field(default=None, sa_column=Column(BigInteger, Identity(), nullable=False))


class DraftRow(SQLModel, table=True):
    """An order a person has not submitted yet, one per type; `document` is the request body so far."""

    __tablename__ = "draft"
    __table_args__ = (
        ForeignKeyConstraint(["tenant", "person_id"], ["person.tenant", "person.id"]),
        Index("draft_person_type", "tenant", "person_id", "type_code", unique=True),
    )
    tenant: str = Field(primary_key=True, foreign_key="tenant.id")
    id: str = Field(primary_key=True, max_length=26)
    person_id: str
    type_code: str
    document: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    created_at: datetime
    updated_at: datetime


class IdempotencyRow(SQLModel, table=True):
    """An Idempotency-Key: who used it, with which body, and the order it created."""

    __tablename__ = "idempotency_key"
    tenant: str = Field(primary_key=True)
    person_id: str = Field(primary_key=True)
    key: str = Field(primary_key=True, max_length=255)
    body_hash: str = Field(max_length=64)
    order_id: str
    created_at: datetime
