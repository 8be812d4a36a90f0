from api.http.schemas import ResponseModel
from api.order_types.schema import TypeSummary


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


class AccountDashboard(ResponseModel):
    """An account with its lines by status, its owners, and the order types for bulk orders."""

    account: AccountSummary
    lines_by_status: dict[str, int]
    contacts: list[AccountOwner]
    actions: list[TypeSummary]
