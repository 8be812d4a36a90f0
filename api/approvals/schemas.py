from datetime import datetime
from decimal import Decimal

from api.http.schemas import ResponseModel
from api.orders.schemas import TypeView


class PendingApproval(ResponseModel):
    """An order that waits for this person's decision, with its cost and why they are asked."""

    id: str
    order: str
    title: str
    type: TypeView
    requester: str
    beneficiary: str
    round: int
    stage: int
    label: str
    why: str
    reason: str | None
    one_time: Decimal
    monthly: Decimal
    term_total: Decimal
    currency: str
    flags: list[str]
    requested_at: datetime
    due_at: datetime
