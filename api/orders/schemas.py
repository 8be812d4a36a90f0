"""What an order looks like on the wire."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from api.http.schemas import View


class PriceView(View):
    """What the order costs: once, each month, and over the term."""

    one_time: Decimal
    monthly: Decimal
    term_total: Decimal
    term_months: int
    currency: str


class PersonView(View):
    """Somebody, by name."""

    id: str
    name: str


class TypeView(View):
    """What kind of order this is."""

    code: str
    title: str
    family: str


class AccountView(View):
    """Who is charged; `number` is the carrier's FA number."""

    id: str
    number: str
    name: str


class CarrierView(View):
    """The carrier, and under which references it knows the order."""

    code: str
    name: str
    references: list[str]


class NextView(View):
    """What happens next: a sentence, who acts, and by when."""

    what: str
    who: str | None
    by: datetime | None


class ItemView(View):
    """One line's worth of the order; identifiers are masked for those who need not know them."""

    id: str
    number: int
    state: str
    line_id: str | None
    answers: dict[str, Any]
    products: dict[str, str]
    one_time: Decimal
    monthly: Decimal
    mdn: str | None
    imei: str | None
    imei2: str | None
    iccid: str | None
    eid: str | None
    tracking_number: str | None
    shipping_carrier: str | None
    reported_at: datetime | None
    expected_at: datetime | None
    detail: str | None


class ApprovalView(View):
    """One person who was asked, and what came of it."""

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


class OrderView(View):
    """An order. `seq` rises with everything that happens to it; `tmf622_state` is the status in TMF622 words."""

    id: str
    number: str
    type: TypeView
    status: str
    tmf622_state: str
    seq: int
    next: NextView
    allowed_actions: list[str]
    requester: PersonView
    beneficiary: PersonView
    account: AccountView
    carrier: CarrierView | None
    urgency: str
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
    created_at: datetime
    updated_at: datetime
    closed_at: datetime | None
    due_at: datetime | None
