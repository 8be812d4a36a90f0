from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from api.accounts import operations
from api.accounts.routes import AccountListAccess, AccountReadAccess, AccountRef
from api.deps import ServicesDep
from api.http.layout import render_page
from api.orders.order_list import newest_orders
from models.db.orders.order_list import OrderFilters
from policies.access import Right

router = APIRouter(include_in_schema=False, prefix="/accounts")
RECENT_ORDERS = 10


@router.get("")
async def show_accounts(request: Request, access: AccountListAccess, services: ServicesDep) -> Response:
    accounts = await operations.list_accounts(services, access)
    return await render_page(request, services, access, "accounts/list.html", {"accounts": accounts})


@router.get("/{ref}")
async def show_account(
    ref: AccountRef,
    request: Request,
    *,
    access: AccountReadAccess,
    services: ServicesDep,
    tab: Annotated[str, Query(pattern="^(overview|actions|orders)$")] = "overview",
) -> Response:
    dashboard = await operations.dashboard(services, access, ref)
    recent = await newest_orders(
        services,
        access.for_right(Right.ORDER_READ),
        OrderFilters(account=dashboard.account.id),
        limit=RECENT_ORDERS,
    )
    context = {
        "dashboard": dashboard,
        "carriers": services.carrier_names,
        "orders": recent.items,
        "has_more_orders": recent.next_cursor is not None,
        "tab": tab,
    }
    return await render_page(request, services, access, "accounts/account.html", context)
