from datetime import datetime
from decimal import Decimal

from api.http.paging import Cursor, Limit
from api.http.schemas import RequestModel, ResponseModel
from api.orders.schemas import HolderView, MonthlyBefore, TypeView


class ApprovalQuery(RequestModel):
    """A page of the orders that wait for a person's decision."""

    cursor: Cursor = None
    limit: Limit = 50


class ApprovalSummary(ResponseModel):
    """An order that waits for this person's decision."""

    id: str
    order: str
    title: str
    monthly: Decimal
    monthly_before: MonthlyBefore
    currency: str
    due_at: datetime


class PendingApproval(ApprovalSummary):
    """An order that waits for this person's decision, with its cost and why they are asked."""

    type: TypeView
    requester: str
    beneficiary: HolderView
    round: int
    stage: int
    label: str
    why: str
    reason: str | None
    one_time: Decimal
    term_total: Decimal
    flags: list[str]
    requested_at: datetime
