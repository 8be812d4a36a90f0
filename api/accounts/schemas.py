from pydantic import Field

from api.http.schemas import ResponseModel
from api.order_types.schema import TypeSummary
from api.orders.schemas import AccountView


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


class AccountDashboard(ResponseModel):
    """An account with its lines by status, its owners, its billing accounts, and the order types for bulk orders."""

    account: AccountSummary
    lines_by_status: dict[str, int]
    contacts: list[AccountOwner]
    carrier_accounts: list[CarrierAccountView]
    actions: list[TypeSummary]
