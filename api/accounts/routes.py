from typing import Annotated

from fastapi import APIRouter, Depends, Path

from api.accounts import operations
from api.accounts.schemas import AccountDashboard, AccountSummary
from api.deps import Access, Needs, ServicesDep
from api.http.problems import error_responses
from policies.access import Right

router = APIRouter(prefix="/accounts", tags=["accounts"])
AccountRef = Annotated[str, Path(max_length=40, description="The account's ID or FA number.")]
AccountListAccess = Annotated[Access, Depends(Needs(Right.ACCOUNT_LIST))]
AccountReadAccess = Annotated[Access, Depends(Needs(Right.ACCOUNT_READ))]


@router.get("", responses=error_responses(401, 403, 503))
async def get_accounts(access: AccountListAccess, services: ServicesDep) -> list[AccountSummary]:
    """Your accounts, parents before children."""
    return await operations.list_accounts(services, access)


@router.get("/{ref}", responses=error_responses(401, 404, 503))
async def get_account(ref: AccountRef, access: AccountReadAccess, services: ServicesDep) -> AccountSummary:
    """One account."""
    return await operations.read_account(services, access, ref)


@router.get("/{ref}/dashboard", responses=error_responses(401, 404, 503))
async def get_dashboard(ref: AccountRef, access: AccountReadAccess, services: ServicesDep) -> AccountDashboard:
    """One account with its lines by status, its owners, its billing accounts, and the order types for bulk orders."""
    return await operations.dashboard(services, access, ref)
