"""Accounts: the companies and departments that orders are charged to."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path

from api.accounts import operations
from api.deps import Access, Needs, ServicesDep
from api.http.problems import documented
from policies.access import Right

router = APIRouter(prefix="/accounts", tags=["accounts"])
AccountRef = Annotated[str, Path(max_length=40, description="The account's id or FA number.")]


@router.get("", responses=documented(401, 403, 503))
async def get_accounts(
    access: Annotated[Access, Depends(Needs(Right.ACCOUNT_LIST))], services: ServicesDep
) -> list[operations.Account]:
    """The accounts you answer for, parents before children."""
    return await operations.list_accounts(services, access)


@router.get("/{ref}", responses=documented(401, 404, 503))
async def get_account(
    ref: AccountRef,
    access: Annotated[Access, Depends(Needs(Right.ACCOUNT_READ))],
    services: ServicesDep,
) -> operations.Account:
    """One account."""
    return await operations.read_account(services, access, ref)


@router.get("/{ref}/dashboard", responses=documented(401, 404, 503))
async def get_dashboard(
    ref: AccountRef, access: Annotated[Access, Depends(Needs(Right.ACCOUNT_READ))], services: ServicesDep
) -> operations.Dashboard:
    """One account at a glance: lines by status, contacts, and orders that can be placed for many lines."""
    return await operations.dashboard(services, access, ref)
