"""Request and response bodies of orders; those of quotes and of commands are in modules of their own."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any

from pydantic import ConfigDict, Field, StringConstraints

from api.http.schemas import OneLine, RequestModel, ResponseModel, Trimmed
from api.orders.contact import OrderContact
from models.carrier_quote import CarrierQuote
from models.holder import HolderKind
from models.order import Urgency
from models.order_type import Cause
from policies.next_step import NextStep

LongText = Annotated[str, StringConstraints(max_length=4000), Trimmed]
Reason = Annotated[str, StringConstraints(max_length=1000), Trimmed]
Word = Annotated[str, StringConstraints(min_length=1, max_length=64), OneLine]
Version = Annotated[int, Field(ge=1, le=1_000_000)]
Answers = dict[Annotated[str, StringConstraints(max_length=64)], Any]
MonthlyBefore = Annotated[Decimal, Field(description="The present monthly charge that the order replaces; 0 if none.")]

EXAMPLE_ORDER: dict[str, Any] = {
    "type": "NEW_SERVICE_DEVICE",
    "answers": {"device": "IPHONE-17-256", "recurring_charges": True, "use_policy": True},
    "reason": "My phone is four years old.",
}


class OrderIn(RequestModel):
    """An order to submit.

    `answers` apply to every item; each entry of `items` is one line of the order and holds what differs for it.
    Answers you leave out come from the employee record, the line, the catalog or the policy, as the order type says.
    You don't have to accept a text again that you accepted before, unless there is a newer version.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE_ORDER]})

    type: Word = Field(description="Code of an order type.", examples=["NEW_SERVICE_DEVICE"])
    beneficiary_id: Word | None = Field(
        default=None, description="The person the order is for. Default: whom the line is assigned to, or you."
    )
    beneficiary_site_id: Word | None = Field(
        default=None, description="The site that gets a line, in place of a person. Only for orders that assign lines."
    )
    account_id: Word | None = Field(
        default=None, description="The account to charge. Default: the line's account, or the beneficiary's."
    )
    answers: Answers = Field(default_factory=dict, max_length=64)
    items: list[Answers] = Field(default=[{}], min_length=1, max_length=1000)
    text_versions: dict[Word, Version] = Field(
        default_factory=dict, max_length=20, description="Versions of the texts you accept. Default: the newest."
    )
    effective_on: date | None = Field(default=None, description="Start date. Default: as soon as possible.")
    urgency: Urgency = Urgency.NORMAL
    cost_center_one_time: Word | None = None
    cost_center_recurring: Word | None = None
    po_number: Word | None = None
    external_number: Word | None = Field(default=None, description="Your own number for this order.")
    parent: Word | None = Field(default=None, description="Number or ID of the order that this one follows.")
    cause: Cause = Field(default=Cause.FOLLOW_UP, description="Why it follows `parent`.")
    reason: Reason | None = None
    instructions: LongText | None = None
    contact: OrderContact = OrderContact()
    watchers: list[Word] = Field(default_factory=list, max_length=20, description="IDs of people to keep informed.")


class PriceView(ResponseModel):
    """The cost of the order: one-time, monthly, and what it adds in total over the term."""

    one_time: Decimal
    monthly: Decimal
    monthly_before: MonthlyBefore
    term_total: Decimal
    term_months: int
    currency: str


class PersonView(ResponseModel):
    id: str
    name: str


class HolderView(ResponseModel):
    """Who has a line or device, or whom an order is for: a person, a site, or nobody (then `id` is null)."""

    kind: HolderKind
    id: str | None
    name: str


class TypeView(ResponseModel):
    code: str
    title: str
    family: str


class AccountView(ResponseModel):
    """The account that is charged; `number` is the carrier's FA number."""

    id: str
    number: str
    name: str


class CarrierView(ResponseModel):
    """The carrier and its references for the order."""

    code: str
    name: str
    references: list[str]


class CarrierQuoteView(ResponseModel):
    """What the carrier says about a line of the order: fees, what is lost, and whether it would do it at all.

    Null for a type of order of which carriers aren't asked. Not `confirmed`: the carrier hasn't answered, and we ask
    again before the order is placed. `installments_left` becomes due at once.
    """

    confirmed: bool
    eligible: bool | None
    why_not: str | None
    one_time: Decimal
    monthly_delta: Decimal
    etf: Decimal = Field(description="The fee for ending the contract early.")
    installments_left: Decimal
    credits_forfeited: Decimal
    upgrade_fee: Decimal
    earliest: date | None
    backorder_until: date | None
    plan_withdrawn: bool
    notes: list[str] = Field(description="The same as sentences.")


def view_of(quote: CarrierQuote, currency: str) -> CarrierQuoteView:
    notes = [*quote.sentences(currency)]
    return CarrierQuoteView.model_validate({**vars(quote), "confirmed": quote.is_known, "notes": notes})


class ParcelView(ResponseModel):
    """A parcel that the carrier has reported; `tracking_url` is the page of its shipping carrier, if that is known."""

    tracking_number: str
    shipping_carrier: str | None
    tracking_url: str | None
    shipped_at: datetime
    delivered_at: datetime | None


class ReturnView(ResponseModel):
    """How far a device is that goes back, and what is paid back or charged for it, to `cost_center`.

    `late_charge` was charged at `charged_at`, because the device didn't come back in time.

    `label_url` is the carrier's page with the label, null for people who don't send the device.
    """

    state: str
    cause: str
    label_url: str | None
    received_at: datetime | None
    condition: str | None
    refund: Decimal | None
    chargeback: Decimal | None
    late_charge: Decimal | None
    cost_center: str | None
    charged_at: datetime | None
    summary: str


class RefusedFeatureView(ResponseModel):
    """A feature that the carrier has not changed as ordered, and why."""

    sku: str
    reason: str


class ItemView(ResponseModel):
    """One line or device of the order; identifiers are masked for people who don't need them.

    `device_id` and `device_name` are those of the device in the inventory that the item is about. `before` is what the
    answers replace, by question. `delivered_at`: when all of it had been delivered.
    """

    id: str
    number: int
    state: str
    line_id: str | None
    device_id: str | None
    device_name: str | None
    answers: dict[str, Any]
    before: dict[str, Any]
    products: dict[str, str]
    one_time: Decimal
    monthly: Decimal
    monthly_before: MonthlyBefore
    carrier_quote: CarrierQuoteView | None
    mdn: str | None
    imei: str | None
    imei2: str | None
    iccid: str | None
    eid: str | None
    parcels: list[ParcelView]
    reported_at: datetime | None
    expected_at: datetime | None
    delivered_at: datetime | None
    refused_features: list[RefusedFeatureView]
    detail: str | None
    returned: ReturnView | None


class ApprovalView(ResponseModel):
    """One approver and their decision."""

    id: str
    round: int
    stage: int
    label: str
    why: str
    approver: PersonView
    state: str
    requested_at: datetime
    due_at: datetime
    decided_at: datetime | None
    decided_by: str | None
    channel: str | None
    comment: str | None


class AttestationView(ResponseModel):
    """A consent; no order waits for it. `version` is that of the text, 0 without one."""

    question: str
    label: str
    agrees_to: str
    person: PersonView
    state: str
    version: int | None
    asked_at: datetime | None
    given_at: datetime | None
    channel: str | None
    note: str | None


class OrderHeader(ResponseModel):
    """What lists and single orders have in common. `tmf622_state` is the status in TMF622 terms."""

    id: str
    number: str
    type: TypeView
    title: str
    status: str
    tmf622_state: str
    seq: int
    requester: PersonView
    beneficiary: HolderView
    account: AccountView
    urgency: str
    due_at: datetime | None
    created_at: datetime
    updated_at: datetime


class OrderSummary(OrderHeader):
    """An order in a list. `waits_for` is who or what acts next: approver, requester, carrier and so on."""

    waits_for: str
    one_time: Decimal
    monthly: Decimal
    monthly_before: MonthlyBefore
    currency: str


class TaskLink(ResponseModel):
    """An open task about the order that you can see."""

    id: str
    title: str


class OrderLink(ResponseModel):
    """Another order that you can see: the one that an order follows, or one that follows it, and why (`cause`)."""

    number: str
    title: str
    status: str
    cause: str | None


class OrderView(OrderHeader):
    """An order. `seq` increases with every event; `tmf622_state` is the status in TMF622 terms.

    `follows` is the order that this one follows, `followed_by` are those that follow it.
    """

    next: NextStep
    allowed_actions: list[str]
    tasks: list[TaskLink]
    carrier: CarrierView | None
    effective_at: datetime | None
    external_number: str | None
    po_number: str | None
    cost_center_one_time: str | None
    cost_center_recurring: str | None
    reason: str | None
    instructions: str | None
    contact: dict[str, Any]
    watchers: list[str]
    answers: dict[str, Any]
    price: PriceView
    policy_version: int
    flags: list[str]
    items: list[ItemView]
    approvals: list[ApprovalView]
    attestations: list[AttestationView]
    follows: OrderLink | None
    followed_by: list[OrderLink]
    closed_at: datetime | None


class TimelineEntry(ResponseModel):
    """One event of an order. `details` holds its data: a reason, a question, a due date.

    `not_sent` has the first lines of emails that your company has switched off, for people who see the switches.
    """

    seq: int
    at: datetime
    event: str
    status: str
    who: str
    who_kind: str
    channel: str
    details: dict[str, Any]
    not_sent: list[str] = Field(default_factory=list)
