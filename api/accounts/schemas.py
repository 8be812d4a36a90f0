from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints

from api.http.paging import Cursor, Limit
from api.http.schemas import RequestModel, ResponseModel
from api.order_types.schema import TypeSummary
from api.orders.schemas import AccountView
from models.identifiers import parse_mdn

MAX_NUMBERS = 200
_Number = Annotated[str, StringConstraints(max_length=32), AfterValidator(parse_mdn)]


class AccountQuery(RequestModel):
    """A page of the accounts."""

    cursor: Cursor = None
    limit: Limit = 50


class AccountSummary(ResponseModel):
    """A company or department. `level` is 0 at the top; `lines_below` also counts the lines of sub-accounts."""

    id: str
    number: str
    name: str
    kind: str
    segment: str
    parent_id: str | None
    active: bool
    level: int
    lines: int
    lines_below: int


class AccountOwner(ResponseModel):
    id: str
    name: str
    email: str
    phone: str | None


class CarrierAccountView(ResponseModel):
    """A billing account at a carrier that the account uses; `account` has it, this one or one above."""

    carrier: str
    number: str
    foundation: str | None = Field(description="Number of the contract that the billing account belongs to.")
    name_on_bill: str
    billing_zip: str
    cycle_day: int = Field(description="Day of the month on which a billing cycle starts.")
    default_po: str | None
    plan_changes_a_month: int | None = Field(
        description="How often in a calendar month the carrier changes the plan of a line; null: any number of times."
    )
    one_plan_change_a_cycle: bool = Field(
        description="Whether the carrier changes the plan of a line only once in a billing cycle."
    )
    account: AccountView


class CriticalNumbersIn(RequestModel):
    """Phone numbers to add to those that the account must not lose, and to remove from them; the others stay."""

    add: list[_Number] = Field(default_factory=list, max_length=MAX_NUMBERS, examples=[["+13125550142"]])
    remove: list[_Number] = Field(default_factory=list, max_length=MAX_NUMBERS)


class CriticalNumber(ResponseModel):
    """A phone number that the account must not lose, and the line in use that has it."""

    number: str
    line_id: str | None


class AccountDashboard(ResponseModel):
    """An account with its lines by status, its owners and billing accounts, and the order types for bulk orders.

    To disconnect a line with one of the `critical_numbers`, its loss must be confirmed and approved by an admin.
    """

    account: AccountSummary
    lines_by_status: dict[str, int]
    contacts: list[AccountOwner]
    carrier_accounts: list[CarrierAccountView]
    critical_numbers: list[CriticalNumber]
    actions: list[TypeSummary]
