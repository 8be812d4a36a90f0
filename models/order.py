"""Orders, and everything that is said to them, as frozen values that cross the wire."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any

from models.errors import FieldError
from models.lifecycle import Event, ItemState, Status
from models.order_type import OrderType


class ActorKind(StrEnum):
    """Who acts: a human, a rule, a carrier, or Dialtone itself. A rule is never shown as a human."""

    PERSON = "person"
    RULE = "rule"
    CARRIER = "carrier"
    SYSTEM = "system"


class Channel(StrEnum):
    """How somebody reached us."""

    API = "api"
    PORTAL = "portal"
    EMAIL_LINK = "email_link"
    SIGNAL = "signal"
    WEBHOOK = "webhook"
    RECONCILER = "reconciler"
    SYSTEM = "system"


class Urgency(StrEnum):
    """How soon; it becomes the Temporal priority."""

    EMERGENCY = "emergency"
    NORMAL = "normal"
    BULK = "bulk"

    @property
    def priority(self) -> int:
        """1 is first, 5 is last."""
        return {Urgency.EMERGENCY: 1, Urgency.NORMAL: 3, Urgency.BULK: 5}[self]


@dataclass(frozen=True, kw_only=True)
class Actor:
    """Who does something, for whom, and how they reached us. `id` is the person's id or a code."""

    kind: ActorKind
    id: str
    name: str
    channel: Channel
    on_behalf_of: str | None = None
    admin: bool = False

    @property
    def acts_as(self) -> str:
        """Whose authority is used: the one represented, else one's own."""
        return self.on_behalf_of or self.id


SYSTEM = Actor(kind=ActorKind.SYSTEM, id="dialtone", name="Dialtone", channel=Channel.SYSTEM)


@dataclass(frozen=True, kw_only=True)
class Item:
    """One line's worth of an order; what was answered about it stays in the database."""

    id: str
    number: int
    line_id: str | None = None


@dataclass(frozen=True, kw_only=True)
class OrderRef:
    """Which order; what is known of it is read where it is needed."""

    tenant: str
    id: str

    @property
    def workflow_id(self) -> str:
        """`order:{tenant}:{ulid}`: opaque, nothing private."""
        return f"order:{self.tenant}:{self.id}"


@dataclass(frozen=True, kw_only=True)
class Order:
    """The input of every order workflow: who, what type, which items. No personal data beyond ids."""

    tenant: str
    id: str
    number: str
    type: OrderType
    requester_id: str
    beneficiary_id: str
    items: tuple[Item, ...]
    carrier: str | None = None
    urgency: Urgency = Urgency.NORMAL
    effective_at: datetime | None = None

    @property
    def ref(self) -> OrderRef:
        """Which order this is."""
        return OrderRef(tenant=self.tenant, id=self.id)

    @property
    def workflow_id(self) -> str:
        """The id of the order's workflow."""
        return self.ref.workflow_id


@dataclass(frozen=True, kw_only=True)
class Request:
    """What somebody asks for, before the rules have looked at it.

    `answers` hold for the whole order and are the defaults of every item; `items` holds what differs by item
    (at least one, possibly empty, mapping). For whom it is, and which account is charged, follows from the lines it
    is about, else from the requester, where `beneficiary_id` and `account_id` say nothing.
    """

    tenant: str
    type: OrderType
    requester_id: str
    beneficiary_id: str | None
    answers: Mapping[str, Any]
    items: tuple[Mapping[str, Any], ...]
    account_id: str | None = None
    effective_on: date | None = None
    urgency: Urgency = Urgency.NORMAL
    cost_center_one_time: str | None = None
    cost_center_recurring: str | None = None


@dataclass(frozen=True, kw_only=True)
class Approver:
    """A person asked to decide."""

    person_id: str
    name: str


class StageMode(StrEnum):
    """Whether the first decision of a stage counts, or everybody must approve."""

    ANY = "any"
    ALL = "all"


@dataclass(frozen=True, kw_only=True)
class Stage:
    """One level of an approval plan: who is asked, and why there is such a level."""

    number: int
    label: str
    why: str
    approvers: tuple[Approver, ...]
    escalates_to: tuple[Approver, ...] = ()
    mode: StageMode = StageMode.ANY


@dataclass(frozen=True, kw_only=True)
class Deadlines:
    """When a stage is reminded, escalated and expires (aware UTC). Reminders come in order."""

    reminders: tuple[datetime, ...]
    escalation: datetime
    expiry: datetime


@dataclass(frozen=True, kw_only=True)
class Quote:
    """What an order costs: once, each month, and over the whole term, in `currency`."""

    one_time: Decimal
    monthly: Decimal
    term_total: Decimal
    term_months: int
    currency: str


@dataclass(frozen=True, kw_only=True)
class Ruling:
    """What the rules say about an order: allowed or not and why, its price, who approves."""

    refusals: tuple[FieldError, ...]
    flags: tuple[str, ...]
    quote: Quote
    plan: tuple[Stage, ...]
    policy_version: int
    decided_by: str | None = None
    activation_reminders: tuple[timedelta, ...] = (timedelta(days=3), timedelta(days=7))

    @property
    def allowed(self) -> bool:
        """Whether nothing stands against the order."""
        return not self.refusals


@dataclass(frozen=True, kw_only=True)
class Identifiers:
    """What a carrier reports about an item; None is "not said"."""

    mdn: str | None = None
    imei: str | None = None
    imei2: str | None = None
    iccid: str | None = None
    eid: str | None = None
    tracking_number: str | None = None
    shipping_carrier: str | None = None


@dataclass(frozen=True, kw_only=True)
class ItemSnapshot:
    """An item's state as of an entry, with what became known of it."""

    item_id: str
    state: ItemState
    identifiers: Identifiers | None = None


# --- what people say ---------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Decision:
    """Approve or reject. `round` and `stage` are given by links, which are good for one step only."""

    action_id: str
    actor: Actor
    comment: str = ""
    round: int | None = None
    stage: int | None = None


@dataclass(frozen=True, kw_only=True)
class InfoRequest:
    """An approver (or the carrier's desk) wants to know something before going on."""

    action_id: str
    actor: Actor
    text: str
    round: int | None = None
    stage: int | None = None


@dataclass(frozen=True, kw_only=True)
class InfoResponse:
    """The answer to a Question, or what the carrier lacks; `fields` corrects answers of the order."""

    action_id: str
    actor: Actor
    text: str = ""
    fields: tuple[tuple[str, Any], ...] = ()


@dataclass(frozen=True, kw_only=True)
class Cancellation:
    """Somebody wants the order to end."""

    action_id: str
    actor: Actor
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class Reassignment:
    """Somebody else decides instead of `from_id`."""

    action_id: str
    actor: Actor
    from_id: str
    to: Approver
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class Rescheduling:
    """The order takes effect at another time."""

    action_id: str
    actor: Actor
    effective_at: datetime


@dataclass(frozen=True, kw_only=True)
class Activation:
    """The person holds the device and says which one; None where the carrier's word is right."""

    action_id: str
    actor: Actor
    item_id: str
    imei: str | None = None
    iccid: str | None = None
    eid: str | None = None


@dataclass(frozen=True, kw_only=True)
class OperatorAction:
    """An operator acts on a FAILED order: retry the step, or declare the carrier's part done by hand.

    `evidence` says what was done and where it can be looked up; it is required for completion by hand, which may
    also bring the identifiers the carrier gave (`items`).
    """

    action_id: str
    actor: Actor
    evidence: str = ""
    items: tuple[ItemSnapshot, ...] = ()


# --- what carriers say -------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class ItemUpdate:
    """Where the carrier says one item stands."""

    item_id: str
    state: ItemState
    identifiers: Identifiers = Identifiers()
    expected_at: datetime | None = None
    code: str | None = None
    detail: str | None = None
    needs: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class CarrierUpdate:
    """One word of a carrier about an order, from a webhook or a poll. `event_id` is unique per carrier.

    `client_ref` is the reference we gave: `{order}:{round}`.
    """

    event_id: str
    carrier: str
    client_ref: str
    items: tuple[ItemUpdate, ...]
    channel: Channel = Channel.WEBHOOK


class CancelAnswer(StrEnum):
    """What came of asking a carrier to cancel."""

    CANCELED = "canceled"
    ASSESSING = "assessing"
    DECLINED = "declined"


# --- what is written down ----------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class OrderEvent:
    """One line of an order's history: what happened, who did it, where the order stands after it.

    `seq` rises by order; `data` holds what the entry is about (a reason, a question, a deadline) and never
    a secret; `due_at` is when the next thing happens by itself, if anything does.
    """

    seq: int
    at: datetime
    event: Event
    status: Status
    actor: Actor
    items: tuple[ItemSnapshot, ...] = ()
    data: tuple[tuple[str, Any], ...] = ()
    due_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How an order ended."""

    status: Status
    items: tuple[ItemSnapshot, ...]
