"""Orders and the messages to them: frozen values that Temporal serializes."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, Self

from models.approval_plan import Stage
from models.carrier_quote import CarrierQuote
from models.errors import FieldError
from models.holder import Holder
from models.lifecycle import ItemState, Status
from models.order_type import FrozenType, OrderType
from models.parcel import Parcel
from models.returns import ReturnDetails, ReturnState
from models.step import Step
from models.workflow_ref import WorkflowKind, WorkflowRef


class ActorKind(StrEnum):  # a rule is never shown as a person
    PERSON = "person"
    RULE = "rule"
    CARRIER = "carrier"
    SYSTEM = "system"


class Channel(StrEnum):
    API = "api"
    PORTAL = "portal"
    EMAIL_LINK = "email_link"
    SIGNAL = "signal"
    WEBHOOK = "webhook"
    RECONCILER = "reconciler"
    SYSTEM = "system"


class Urgency(StrEnum):
    EMERGENCY = "emergency"
    NORMAL = "normal"
    BULK = "bulk"

    @property
    def priority(self) -> int:
        """The Temporal priority key: 1 runs first, 5 last."""
        return {Urgency.EMERGENCY: 1, Urgency.NORMAL: 3, Urgency.BULK: 5}[self]


@dataclass(frozen=True, kw_only=True)
class Actor:
    """`id` is a person's id, or the code of a carrier or of the system."""

    kind: ActorKind
    id: str
    name: str
    channel: Channel


SYSTEM = Actor(kind=ActorKind.SYSTEM, id="dialtone", name="Dialtone", channel=Channel.SYSTEM)


@dataclass(frozen=True, kw_only=True)
class Item:
    """One line or device of an order; its answers are stored only in the database.

    `device_id` is that of the existing device that the item is about. `steps` and `effect` are those of its variant,
    None where they are the order's.
    """

    id: str
    number: int
    line_id: str | None = None
    device_id: str | None = None
    steps: tuple[Step, ...] | None = None
    effect: str | None = None


@dataclass(frozen=True, kw_only=True)
class OrderRef:
    """The key of an order; activities load the rest."""

    tenant: str
    id: str

    @property
    def workflow_id(self) -> str:
        return WorkflowRef(kind=WorkflowKind.ORDER, tenant=self.tenant, id=self.id).workflow_id


@dataclass(frozen=True, kw_only=True)
class Order:
    """The input of every order workflow, without personal data beyond ids."""

    tenant: str
    id: str
    number: str
    type: FrozenType
    requester_id: str
    beneficiary: Holder
    items: tuple[Item, ...]
    carrier: str | None = None
    urgency: Urgency = Urgency.NORMAL
    effective_at: datetime | None = None

    @property
    def ref(self) -> OrderRef:
        return OrderRef(tenant=self.tenant, id=self.id)

    def steps_of(self, item: Item) -> tuple[Step, ...]:
        """Steps of the order's own kinds are those of its type; what the carrier is asked to do can differ."""
        return item.steps or self.type.steps

    @property
    def steps(self) -> tuple[Step, ...]:
        """Those that at least one of its items takes, each once, in the sequence of the items."""
        return tuple(dict.fromkeys(step for item in self.items for step in self.steps_of(item)))

    def effect_of(self, item: Item) -> str:
        """The code of the item's effect."""
        return item.effect or self.type.effect

    def item(self, item_id: str) -> Item:
        return next(item for item in self.items if item.id == item_id)

    @property
    def workflow_id(self) -> str:
        return self.ref.workflow_id


@dataclass(frozen=True, kw_only=True)
class OrderRequest:
    """What the rules evaluate: a new order, or one that was submitted.

    `answers` apply to the whole order and are the defaults of every item; `items` has the answers that differ by item
    (at least one mapping, which may be empty). Without `beneficiary` or `account_id`, they come from the lines
    that the order names, else from the requester. `order_id` is that of a submitted order that is evaluated again.
    """

    tenant: str
    type: FrozenType
    requester_id: str
    beneficiary: Holder | None
    answers: Mapping[str, Any]
    items: tuple[Mapping[str, Any], ...]
    account_id: str | None = None
    effective_on: date | None = None
    urgency: Urgency = Urgency.NORMAL
    cost_center_one_time: str | None = None
    cost_center_recurring: str | None = None
    order_id: str | None = None


@dataclass(frozen=True, kw_only=True)
class NewOrderRequest(OrderRequest):
    """A request for a new order, whose answers select the variants of its type."""

    type: OrderType


@dataclass(frozen=True, kw_only=True)
class WorkflowMessage:
    """What an update or a signal carries; some carry nothing more.

    `message_name` is its name, sealed with the rest: a copy that is sent under another name has no effect.
    """

    message_name: str = ""


@dataclass(frozen=True, kw_only=True)
class Quote:
    """The price of an order: one-time, monthly, and what it adds in total over the term.

    `monthly_before` is what the lines are charged per month for what the order replaces.
    """

    one_time: Decimal
    monthly: Decimal
    term_total: Decimal
    term_months: int
    currency: str
    monthly_before: Decimal = Decimal("0.00")

    @property
    def monthly_change(self) -> Decimal:
        return self.monthly - self.monthly_before


@dataclass(frozen=True, kw_only=True)
class Ruling:
    """The result of evaluating an order: errors, flags, price and approval plan.

    `tied` are the people whose own order it is, none of whom may decide it. `decided_by` names the rule if no person
    decides. `effective_days_ahead` is how far ahead the order may be rescheduled. `carrier_quotes` has what the carrier
    said about each item, which approvers see; it is empty if the type doesn't ask.
    """

    errors: tuple[FieldError, ...]
    tied: tuple[str, ...]
    flags: tuple[str, ...]
    quote: Quote
    plan: tuple[Stage, ...]
    policy_version: int
    decided_by: str | None = None
    effective_days_ahead: int = 90
    carrier_quotes: tuple[CarrierQuote, ...] = ()

    @property
    def allowed(self) -> bool:
        return not self.errors

    def may_decide(self, person_id: str) -> bool:
        """Whether it was not the person's own order at submit."""
        return person_id not in self.tied


@dataclass(frozen=True, kw_only=True)
class Changes:
    """What has changed since an order was submitted or approved.

    `refusals` are the errors that now apply. `price` is today's, if it is higher by more than the policy tolerates.
    `starts_at`: the start with the next billing cycle (aware), if the one that the order was to start with has passed.
    """

    refusals: tuple[FieldError, ...] = ()
    price: Quote | None = None
    starts_at: datetime | None = None

    def __bool__(self) -> bool:
        return bool(self.refusals) or self.price is not None


@dataclass(frozen=True, kw_only=True)
class Identifiers:
    """What a carrier reports about an item; None means not reported. A question about one has its name as code.

    `carrier_product_id` is what the carrier calls the product that the item makes or changes.
    """

    mdn: str | None = None
    imei: str | None = None
    imei2: str | None = None
    iccid: str | None = None
    eid: str | None = None
    carrier_product_id: str | None = None

    @classmethod
    def among(cls, answers: Mapping[str, Any]) -> Self:
        return cls(**{field.name: answers[field.name] for field in fields(cls) if field.name in answers})

    @property
    def known(self) -> dict[str, str]:
        return {name: value for name, value in vars(self).items() if value is not None}

    def updated(self, later: "Identifiers") -> "Identifiers":
        """The later ones, else these."""
        return replace(self, **later.known)


@dataclass(frozen=True, kw_only=True)
class ItemSnapshot:
    """The state of an item after an event, with the identifiers that a person entered with it."""

    item_id: str
    state: ItemState
    identifiers: Identifiers | None = None


@dataclass(frozen=True, kw_only=True)
class ItemUpdate:
    """What the carrier reports about one item.

    `state` is None if it says none that is known. `needs` are the questions that it asks, or whose answers were not
    accepted if it declines the item. `delivered`: it says so of the item, not of single parcels. `unreadable` has what
    it says in place of identifiers that can't be read, by name; "" for what is no text. `for_workflow` leaves out what
    only the rows have. `return_…` is about a device that goes back, `final_on` a line that ends. `refused_features` has
    the SKUs of features that it has not changed as ordered, with the reasons; `in_part`: it has changed the others.
    `applied_features` are those that it has changed, None if it doesn't say. `line_status` (active, suspended or
    disconnected) and `plan` are what it says that the line has.
    """

    item_id: str
    state: ItemState | None
    identifiers: Identifiers = Identifiers()
    parcels: tuple[Parcel, ...] = ()
    delivered: bool = False
    delivered_at: datetime | None = None
    expected_at: datetime | None = None
    final_on: date | None = None
    code: str | None = None
    detail: str | None = None
    needs: tuple[str, ...] = ()
    unreadable: tuple[tuple[str, str], ...] = ()
    return_state: ReturnState | None = None
    return_details: ReturnDetails | None = None
    refused_features: tuple[tuple[str, str], ...] = ()
    applied_features: tuple[str, ...] | None = None
    in_part: bool = False
    line_status: str | None = None
    plan: str | None = None

    @property
    def values(self) -> dict[str, Any]:
        """The identifiers, dates and refused features that it says, by name."""
        dates = {name: on for name in ("expected_at", "final_on") if (on := getattr(self, name)) is not None}
        refused = {"refused_features": [list(one) for one in self.refused_features]} if self.refused_features else {}
        return self.identifiers.known | dates | refused

    @property
    def for_workflow(self) -> "ItemUpdate":
        names = ("expected_at", "final_on", "code", "detail", "needs", "return_state", "refused_features", "in_part")
        kept = {name: getattr(self, name) for name in names}
        return ItemUpdate(item_id=self.item_id, state=self.state, **kept)


@dataclass(frozen=True, kw_only=True)
class CarrierUpdate(WorkflowMessage):
    """A carrier's update of an order, from a webhook or a poll.

    `event_id` is unique per carrier, `client_ref` our reference `{order}:{round}`, `carrier_ref` the carrier's: it can
    have two orders under one of ours. `at` is when it was so by its clock, never after it was received, if it says so.
    """

    event_id: str
    carrier: str
    client_ref: str
    items: tuple[ItemUpdate, ...]
    channel: Channel = Channel.WEBHOOK
    carrier_ref: str | None = None
    at: datetime | None = None

    @property
    def states(self) -> tuple[tuple[ItemUpdate, ItemState], ...]:
        """The items whose states it says, each with its state."""
        return tuple((item, item.state) for item in self.items if item.state is not None)

    @property
    def for_workflow(self) -> Self:
        return replace(self, items=tuple(item.for_workflow for item, _ in self.states))

    @property
    def actor(self) -> Actor:
        return Actor(kind=ActorKind.CARRIER, id=self.carrier, name=self.carrier, channel=self.channel)


class CancelResult(StrEnum):
    """The carrier's answer to a cancellation."""

    CANCELED = "canceled"
    IN_PART = "in_part"  # the latest of several orders is canceled; the carrier has completed an earlier one, or will
    ASSESSING = "assessing"
    DECLINED = "declined"


# The workflow numbers its events from 1, and timers from a million. What others append is numbered in between.
FIRST_OUTSIDE_SEQ = 900_000


@dataclass(frozen=True, kw_only=True)
class OrderEvent:
    """One event in the history of an order; `status` is that after it.

    `event` is the code of an `Event`. `seq` increases per order. `data` holds details such as a reason, a question or a
    deadline, never a secret. `due_at` is when the next automatic step happens, if there is one. `cause` is the id of
    the message or carrier update that it follows from at once.
    """

    seq: int
    at: datetime
    event: str
    status: Status
    actor: Actor
    items: tuple[ItemSnapshot, ...] = ()
    data: tuple[tuple[str, Any], ...] = ()
    due_at: datetime | None = None
    cause: str | None = None


@dataclass(frozen=True, kw_only=True)
class Outcome:
    status: Status
    items: tuple[ItemSnapshot, ...]
