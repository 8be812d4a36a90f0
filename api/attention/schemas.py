from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import StringConstraints, computed_field

from api.http.schemas import RequestModel, ResponseModel, Trimmed


class AttentionKind(StrEnum):
    """The kinds of problems, most urgent first."""

    MESSAGE_BACKLOG = "message_backlog"
    WORKFLOW_MISSING = "workflow_missing"
    OUT_OF_STEP = "out_of_step"
    WORKFLOW_ERROR = "workflow_error"
    UNDELIVERABLE_MESSAGE = "undeliverable_message"
    SYNC_DELAY = "sync_delay"
    RETRYING = "retrying"
    STALLED = "stalled"
    BOUNCED_EMAIL = "bounced_email"

    @property
    def label(self) -> str:
        return self.replace("_", " ").capitalize()


class _OfKind(ResponseModel):
    kind: AttentionKind

    @computed_field  # type: ignore[prop-decorator]  # mypy does not support decorators on properties
    @property
    def label(self) -> str:
        return self.kind.label


class AttentionItem(_OfKind):
    """One problem: what is wrong, since when, and what happens if nobody acts. `detail` is the error behind it.

    `actions` are those the caller can take. They apply to `target_id` if it is given, else to the order: a message, an
    email, or a workflow that runs without its order, timer or task. `line_id` is the line to look at, if it is known.
    """

    since: datetime
    problem: str
    detail: str | None = None
    outlook: str
    next_attempt_at: datetime | None = None
    order: str | None = None
    title: str | None = None
    status: str | None = None
    target_id: str | None = None
    line_id: str | None = None
    actions: tuple[str, ...] = ()


class AttentionCount(_OfKind):
    """How many problems of a kind there are, and since when the oldest of the listed ones exists."""

    count: int
    oldest: datetime | None = None


class TaskCount(ResponseModel):
    """How many tasks of a kind are open, how many are past due, and since when the oldest is open."""

    kind: str
    title: str
    count: int
    overdue: int
    oldest: datetime


class FailureCount(ResponseModel):
    """How many orders wait for a retry because the same step failed with the same type of error."""

    cause: str
    problem: str
    count: int


class DeliveryStatus(ResponseModel):
    """What waits to be delivered, and how many relays deliver it. `temporal` is "ok" or the reason it is not."""

    messages_waiting: int
    oldest_message: datetime | None
    emails_waiting: int
    oldest_email: datetime | None
    relays: int
    temporal: str


class AttentionReport(ResponseModel):
    """Everything that needs an operator: `items` of the requested kinds, most urgent first, and `counts` of all kinds.

    `tasks` counts the open tasks; `GET /api/v1/tasks` lists them. `failures` counts those about failed steps by cause;
    `POST /api/v1/tasks/retry` retries all of one cause.
    `more` is true if there are items beyond those listed.
    """

    at: datetime
    counts: list[AttentionCount]
    tasks: list[TaskCount]
    failures: list[FailureCount]
    delivery: DeliveryStatus
    items: list[AttentionItem]
    more: bool


Evidence = Annotated[str, StringConstraints(min_length=3, max_length=1000), Trimmed]


class RecoveryIn(RequestModel):
    """Why, and where it can be looked up. Saved with your name to the order's history, or to the audit log."""

    evidence: Evidence


class EmailsResent(ResponseModel):
    """How many bounced emails were queued again."""

    emails: int


class RecoveryResult(ResponseModel):
    """The action that was taken, and the number of the order; null for an email about a person's access."""

    order: str | None
    action: str
