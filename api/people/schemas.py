from datetime import date, datetime
from typing import Annotated

from pydantic import Field, StringConstraints

from api.http.schemas import EmailAddress, OneLine, RequestModel, ResponseModel, SearchText, Trimmed
from api.inventory.schemas import DeviceView, LineView
from api.leaves.schemas import LeaveOrder
from api.orders.schemas import AccountView, OrderSummary, PersonView
from models.facts import Role

ShortText = Annotated[str, StringConstraints(min_length=1, max_length=120), OneLine]
AccountRef = Annotated[str, Field(max_length=40)]
MAX_OWNED = 100
Reason = Annotated[str, StringConstraints(min_length=3, max_length=500), Trimmed]


class PersonIn(RequestModel):
    """A new person. `owns` are the accounts an account owner owns, by ID or FA number."""

    name: ShortText
    email: EmailAddress
    employee_number: ShortText
    title: Annotated[str, StringConstraints(max_length=120), OneLine] = ""
    account: Annotated[str, Field(max_length=40, description="ID or FA number of the person's account.")]
    manager_id: Annotated[str | None, Field(max_length=26)] = None
    cost_center: Annotated[str | None, Field(max_length=32)] = None
    starts_on: Annotated[date | None, Field(description="First day at work. Before it, the person can't sign in.")] = (
        None
    )
    roles: list[Role] = Field(default_factory=list)
    owns: list[str] = Field(default_factory=list, max_length=20)


class PersonChangeIn(RequestModel):
    """What changes of a person: fields that you leave out stay as they are. `null` empties a field that can be empty.

    The last day at the company is that of the person's leave.
    """

    name: ShortText | None = None
    employee_number: ShortText | None = None
    title: Annotated[str | None, StringConstraints(max_length=120), OneLine] = None
    account: Annotated[str | None, Field(max_length=40, description="ID or FA number of the person's account.")] = None
    manager_id: Annotated[str | None, Field(max_length=26)] = None
    cost_center: Annotated[str | None, Field(max_length=32)] = None
    starts_on: Annotated[
        date | None, Field(description="First day at work. Orders for the person that are scheduled move with it.")
    ] = None
    moves_on: Annotated[
        date | None, Field(description="Later day from which those of the three `next_…` hold that are given.")
    ] = None
    next_manager_id: Annotated[str | None, Field(max_length=26)] = None
    next_account: Annotated[str | None, Field(max_length=40, description="ID or FA number.")] = None
    next_cost_center: Annotated[str | None, Field(max_length=32)] = None


class RolesIn(RequestModel):
    """All roles of a person. `owns` are the accounts an account owner owns, by ID or FA number."""

    roles: list[Role] = Field(max_length=len(Role))
    owns: list[AccountRef] = Field(default_factory=list, max_length=MAX_OWNED)


class CostCentersIn(RequestModel):
    """The codes of all cost centers whose budget a person owns.

    `take_over` are those among them that another person owns, and loses.
    """

    codes: list[Annotated[str, StringConstraints(min_length=1, max_length=32), Trimmed]] = Field(max_length=MAX_OWNED)
    take_over: list[str] = Field(default_factory=list, max_length=MAX_OWNED)


class ReasonIn(RequestModel):
    """The reason for a change of access. It is saved to the audit log."""

    reason: Reason


class PeopleQuery(RequestModel):
    q: SearchText = ""


class PersonFound(ResponseModel):
    id: str
    name: str
    title: str
    employee_number: str
    active: bool
    roles: list[str]


class ComingMove(ResponseModel):
    """What a person gets on a later day; null stays as it is."""

    on: date
    manager: PersonView | None
    account: AccountView | None
    cost_center: str | None


class PersonCard(PersonFound):
    """A person and how they sign in. Showing the username is a separate request, which is recorded."""

    signs_in: bool
    second_factor: bool
    must_change_password: bool
    invited: bool = Field(description="Whether the person has been invited and has not chosen a password yet.")
    account: AccountView | None
    manager: PersonView | None
    cost_center: str | None
    starts_on: date | None
    pre_start: bool = Field(description="Whether the first day is still to come.")
    leaves_on: date | None
    coming_move: ComingMove | None
    owns: list[AccountView]
    cost_centers: list[str] = Field(description="Codes of the cost centers whose budget the person owns.")


class ApprovalToPassOn(ResponseModel):
    """An approval that waits for a person. `to` is who would be asked instead; null if no one can decide."""

    order: str
    title: str
    due_at: datetime
    to: PersonView | None


class Departure(ResponseModel):
    """What a person would leave behind: open orders that they placed or that are for them, and what they have.

    `approvals` are passed on within seconds after the person becomes inactive; an operator gets a task for those that
    no one else can decide. Everything else stays theirs until you change it. Of long lists these are the first 100.

    `stops_leave`: their leave has ended their access, so reactivating them stops it; the orders `undone` are canceled.
    """

    orders: list[OrderSummary]
    approvals: list[ApprovalToPassOn]
    lines: list[LineView]
    devices: list[DeviceView]
    accounts: list[AccountView]
    cost_centers: list[str]
    sites: list[str] = Field(description="Names of the sites whose contact the person is.")
    reports: list[PersonView] = Field(description="The people whose manager the person is.")
    stops_leave: bool
    undone: list[LeaveOrder]


class NoShow(ResponseModel):
    """What happens if a person is reported as not having started. Of long lists these are the first 100.

    The orders `canceled` for them are canceled, as far as the carrier agrees. The `others` continue, but what they
    bring goes back, like the `devices`. The checklist of their leave says what should happen to the `lines`.
    """

    canceled: list[OrderSummary]
    others: list[OrderSummary]
    lines: list[LineView]
    devices: list[DeviceView]


class UserName(ResponseModel):
    user_name: str
