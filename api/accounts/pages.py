"""Pages of accounts, for those who answer for them."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from api.accounts import operations
from api.accounts.routes import AccountRef
from api.deps import Access, Needs, ServicesDep
from api.http.layout import show
from api.orders.listing import OrderQuery, list_orders
from policies.access import Right

router = APIRouter(include_in_schema=False, prefix="/accounts")
RECENT = 10


@router.get("")
async def show_accounts(
    request: Request, access: Annotated[Access, Depends(Needs(Right.ACCOUNT_LIST))], services: ServicesDep
) -> Response:
    """The accounts this person answers for, as a tree."""
    listed = await operations.list_accounts(services, access)
    return await show(request, services, access, "accounts/list.html", {"accounts": listed})


@router.get("/{ref}")
async def show_account(
    ref: AccountRef,
    request: Request,
    *,
    access: Annotated[Access, Depends(Needs(Right.ACCOUNT_READ))],
    services: ServicesDep,
    tab: Annotated[str, Query(pattern="^(overview|actions|orders)$")] = "overview",
) -> Response:
    """One account: its lines by status, what can be ordered for many of them, and its latest orders."""
    told = await operations.dashboard(services, access, ref)
    reader = access.towards(Right.ORDER_READ)
    latest = await list_orders(services, reader, OrderQuery(account=told.account.id, limit=RECENT))
    scene = {"told": told, "orders": latest.items, "more": latest.next_cursor is not None, "tab": tab}
    return await show(request, services, access, "accounts/account.html", scene)
