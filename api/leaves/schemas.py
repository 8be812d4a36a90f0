from datetime import date, datetime
from typing import Annotated

from pydantic import Field

from api.http.paging import Cursor, Limit
from api.http.schemas import RequestModel, ResponseModel
from api.orders.schemas import PersonView
from models.inventory import DeviceStatus, LineStatus
from models.leave import LeaveState, LeaveThing

MAX_CHOICES = 100


class LeaveIn(RequestModel):
    """The last day at work, or `immediate` for a person who has to go now.

    `successor_id` is the person who then takes over the approvals, accounts and cost centers. Only admins can name a
    successor. Left out, it stays as it is; `null` takes it back.
    """

    last_day: Annotated[date | None, Field(examples=["2026-12-31"])] = None
    immediate: bool = False
    successor_id: Annotated[str | None, Field(max_length=26)] = None


class LeaveChoiceIn(RequestModel):
    """What becomes of a line or a device, by its ID. Without `choice`, nothing is decided about it.

    `to_id` is the person who takes it over, if the choice needs one.
    """

    thing: LeaveThing
    id: Annotated[str, Field(max_length=26)]
    choice: Annotated[str | None, Field(max_length=40, examples=["disconnect"])] = None
    to_id: Annotated[str | None, Field(max_length=26)] = None


class LeaveChoicesIn(RequestModel):
    choices: Annotated[list[LeaveChoiceIn], Field(max_length=MAX_CHOICES)]


class LeaveOption(ResponseModel):
    code: str
    label: str
    help: str
    to_person: bool


class LeaveOrder(ResponseModel):
    number: str
    title: str
    status: str


class LeaveItemView(ResponseModel):
    """A line or a device of the person, and what was decided about it.

    `on_line` is the line that a device is on. `brought_in`: the number was the person's own before. `order` was placed
    last, and `problem` says why none could be.
    """

    thing: LeaveThing
    id: str
    name: str
    status: LineStatus | DeviceStatus
    on_line: str | None = None
    brought_in: bool = False
    choice: str | None
    to: PersonView | None
    order: LeaveOrder | None
    problem: str | None
    options: list[LeaveOption]


class LeaveView(ResponseModel):
    """`owner` decides after the last day; without one, the admins do. `ended_at` is when access ended.

    `items` are the lines and devices that the person still has, `orders` all that were placed because they leave. A
    canceled leave has no times. `otherwise` is what happens to what no one decides about.

    `owned` are the accounts and cost centers that the person still owns. The `successor` takes them over with the
    approvals, unless there is a `successor_problem`.
    """

    person: PersonView
    state: LeaveState
    last_day: date | None
    immediate: bool
    no_show: bool = Field(description="Whether the person never started.")
    owner: PersonView | None
    owned: list[str]
    successor: PersonView | None
    successor_problem: str | None
    started_at: datetime
    ended_at: datetime | None
    otherwise: str
    suspends_at: datetime | None
    disconnects_at: datetime | None
    items: list[LeaveItemView]
    orders: list[LeaveOrder]


class LeaveQuery(RequestModel):
    """A page of the people who leave."""

    cursor: Cursor = None
    limit: Limit = 50


class LeaveSummary(ResponseModel):
    id: str
    person: PersonView
    last_day: date | None
    immediate: bool
