from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query

from api.accounts import operations
from api.accounts.schemas import AccountDashboard, AccountQuery, AccountSummary, CriticalNumber, CriticalNumbersIn
from api.deps import Access, Needs, ServicesDep
from api.http.headers import JsonOnly
from api.http.paging import CursorPage
from api.http.problems import error_responses
from policies.access import Right

router = APIRouter(prefix="/accounts", tags=["accounts"], dependencies=[JsonOnly])
AccountRef = Annotated[str, Path(max_length=40, description="The account's ID or FA number.")]
AccountListAccess = Annotated[Access, Depends(Needs(Right.ACCOUNT_LIST))]
AccountReadAccess = Annotated[Access, Depends(Needs(Right.ACCOUNT_READ))]
AccountProtectAccess = Annotated[Access, Depends(Needs(Right.ACCOUNT_PROTECT))]


@router.get("", responses=error_responses(401, 403, 422, 503))
async def get_accounts(
    query: Annotated[AccountQuery, Query()], access: AccountListAccess, services: ServicesDep
) -> CursorPage[AccountSummary]:
    """A page of your accounts, parents before children."""
    return await operations.list_accounts(services, access, query)


@router.get("/{ref}", responses=error_responses(401, 404, 503))
async def get_account(ref: AccountRef, access: AccountReadAccess, services: ServicesDep) -> AccountSummary:
    """One account."""
    return await operations.read_account(services, access, ref)


@router.get("/{ref}/dashboard", responses=error_responses(401, 404, 503))
async def get_dashboard(ref: AccountRef, access: AccountReadAccess, services: ServicesDep) -> AccountDashboard:
    """One account with its lines by status, owners, billing accounts, critical numbers, and order types for bulk."""
    return await operations.dashboard(services, access, ref)


@router.post("/{ref}/critical-numbers", responses=error_responses(401, 403, 404, 413, 415, 422, 503))
async def set_critical_numbers(
    ref: AccountRef, body: CriticalNumbersIn, access: AccountProtectAccess, services: ServicesDep
) -> list[CriticalNumber]:
    """Add phone numbers that the account must not lose, and remove others. Returns all of them."""
    return await operations.protect_numbers(services, access, ref, body)
