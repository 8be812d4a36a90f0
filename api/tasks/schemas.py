from datetime import datetime
from typing import Annotated

from pydantic import Field, StringConstraints

from api.http.paging import Cursor
from api.http.schemas import IdFilter, ReferenceFilter, RequestModel, ResponseModel, Trimmed
from models.task import TaskStatus

MAX_TEXT = 1000
Text = Annotated[str, StringConstraints(max_length=MAX_TEXT), Trimmed]


class TaskQuery(RequestModel):
    """Filters and page of a list of tasks."""

    state: TaskStatus | None = TaskStatus.OPEN
    kind: list[IdFilter] = Field(default_factory=list, max_length=20, description="Codes of kinds of tasks.")
    order: ReferenceFilter | None = Field(default=None, description="Number or ID of an order.")
    overdue: bool = Field(default=False, description="Only tasks that are past due.")
    mine: bool = Field(default=False, description="Only tasks for you or for a role of yours.")
    cursor: Cursor = None
    limit: Annotated[int, Field(ge=1, le=100)] = 20


class TaskSummary(ResponseModel):
    """One task in a list; `assigned_to` is a person's name or a role."""

    id: str
    kind: str
    title: str
    state: TaskStatus
    order: str
    order_title: str
    happened: str
    assigned_to: str
    opened_at: datetime
    due_at: datetime
    is_overdue: bool


class ChoiceView(ResponseModel):
    """One way to settle a task; the text that it `asks` for is `required` or optional."""

    code: str
    label: str
    help: str
    asks: str
    required: bool
    destructive: bool


class LinkView(ResponseModel):
    """What else you can do about it, and the place on the order's page where you do it."""

    label: str
    url: str


class TaskView(TaskSummary):
    """A task with its evidence, as labels and values, the choices you have, and what you can do on the order's page.

    A closed task has no choices, nor has one while Dialtone `is_acting` on what was chosen; `problem` says why that
    could not be done the last time. Of a closed task, `outcome` says how it was settled, `note` what was entered.
    """

    todo: str
    evidence: dict[str, str]
    is_acting: bool
    problem: str | None
    choices: list[ChoiceView]
    leads_to: list[LinkView]
    closed_at: datetime | None
    closed_by: str | None
    outcome: str | None
    note: str | None


class SettleIn(RequestModel):
    """Your choice, and the text that it asks for. The text is saved to the order's history with your name."""

    choice: IdFilter = Field(examples=["retry"])
    text: Text = Field(default="", examples=["The carrier's outage is over, ticket 4711."])


Cause = Annotated[str, StringConstraints(min_length=1, max_length=100)]


class RetryAllIn(RequestModel):
    """The `cause` of the failed steps to retry, as `GET /admin/attention` has it, and what was fixed."""

    cause: Cause = Field(examples=["PLACE:CARRIER_UNAVAILABLE"])
    text: Text = Field(default="", examples=["The carrier's outage is over, ticket 4711."])


class RetriedOrder(ResponseModel):
    """`done`, `waiting` until the order's workflow receives it, or `rejected` for the reason in `detail`."""

    order: str
    state: str
    detail: str | None = None


class RetryAllResult(ResponseModel):
    """What became of each order; `more` is true if there are orders beyond those. Send the request again for them."""

    orders: list[RetriedOrder]
    more: bool


class SettleResult(ResponseModel):
    """The choice that was made: `done`, or `waiting` until a workflow has received it or, for the task's own, done it.

    `seq` is the event by which the order's workflow answered, 0 if the choice needs no workflow.
    """

    task: str
    order: str
    choice: str
    state: str
    seq: int = 0
