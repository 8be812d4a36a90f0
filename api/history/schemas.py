from datetime import datetime
from enum import StrEnum

from api.http.schemas import ResponseModel
from api.orders.schemas import HolderView, TaskLink
from models.workflow_health import WorkflowHealth


class HistorySource(StrEnum):
    """Where an item comes from: order events, operators, emails, messages to the workflow, or Temporal's history."""

    ORDER = "order"
    OPERATOR = "operator"
    EMAIL = "email"
    MESSAGE = "message"
    TEMPORAL = "temporal"


class HistoryItem(ResponseModel):
    """One thing that happened.

    `kind` tells messages (start, update, signal) and Temporal's items (workflow, activity, timer, message) apart.
    `problem` says in words what is wrong, `failure` is the latest error behind it, or the reason why an email was
    skipped. `due_at` is when a timer fires or the next try starts. `target_id` identifies a message or an email that
    can be sent again.
    """

    at: datetime
    source: HistorySource
    title: str
    state: str
    kind: str | None = None
    who: str | None = None
    channel: str | None = None
    detail: str | None = None
    attempts: int = 0
    problem: str | None = None
    failure: str | None = None
    ended_at: datetime | None = None
    due_at: datetime | None = None
    seq: int | None = None
    target_id: str | None = None

    @property
    def seconds(self) -> float:
        """The duration, rounded; 0 if it is negligible or not over."""
        return round((self.ended_at - self.at).total_seconds(), 1) if self.ended_at is not None else 0.0


class WorkflowInfo(ResponseModel):
    """The order's workflow in Temporal; `url` leads to the Temporal UI.

    `problem` says why nothing is known of it, `failure` is the error behind that.
    """

    workflow_id: str
    run_id: str | None = None
    status: str | None = None
    events: int = 0
    size_bytes: int = 0
    url: str
    problem: str | None = None
    failure: str | None = None


class OrderHistory(ResponseModel):
    """Everything that happened to an order.

    `problem` describes `workflow_health` unless it is healthy. `actions` are what the caller can do, `tasks` are
    open. `open_problems` counts the items that failed and were not resolved.
    """

    order_id: str
    number: str
    title: str
    status: str
    requester: str
    beneficiary: HolderView
    updated_at: datetime
    workflow: WorkflowInfo
    workflow_health: WorkflowHealth
    problem: str | None
    actions: list[str]
    tasks: list[TaskLink]
    open_problems: int
    items: list[HistoryItem]
