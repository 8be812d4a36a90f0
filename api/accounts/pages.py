import re
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import ValidationError

from api.accounts import operations
from api.accounts.routes import AccountListAccess, AccountProtectAccess, AccountReadAccess, AccountRef
from api.accounts.schemas import MAX_NUMBERS, AccountQuery, CriticalNumbersIn
from api.deps import Access, Services, ServicesDep
from api.http.layout import render_page
from api.http.paging import next_page_url
from api.orders.order_list import newest_orders
from models.db.orders.order_list import OrderFilters
from models.errors import InvalidRequest
from policies.access import Right

router = APIRouter(include_in_schema=False, prefix="/accounts")
RECENT_ORDERS = 10
NumbersField = Annotated[str, Form(max_length=8000)]


@router.get("")
async def show_accounts(
    request: Request, query: Annotated[AccountQuery, Query()], access: AccountListAccess, services: ServicesDep
) -> Response:
    listed = await operations.list_accounts(services, access, query)
    context = {"accounts": listed.items, "next_page": next_page_url(request, listed.next_cursor)}
    return await render_page(request, services, access, "accounts/list.html", context)


@router.get("/{ref}")
async def show_account(
    ref: AccountRef,
    request: Request,
    *,
    access: AccountReadAccess,
    services: ServicesDep,
    tab: Annotated[str, Query(pattern="^(overview|actions|orders)$")] = "overview",
) -> Response:
    return await _page(request, services, access, ref, tab)


@router.post("/{ref}/critical-numbers")
async def set_critical_numbers(
    ref: AccountRef,
    request: Request,
    *,
    access: AccountProtectAccess,
    services: ServicesDep,
    numbers: NumbersField = "",
    listed: NumbersField = "",
) -> Response:
    """`listed` are the numbers that the form began with: what someone else has changed since stays changed."""
    entered, before = ([one for one in re.split(r"[\n,;]", text) if one.strip()] for text in (numbers, listed))
    try:
        after = CriticalNumbersIn(add=entered).add
        body = CriticalNumbersIn(
            add=[one for one in after if one not in before], remove=[one for one in before if one not in after]
        )
        await operations.protect_numbers(services, access, ref, body)
    except ValidationError as error:
        places = {one["loc"][1] for one in error.errors() if one["loc"][0] == "add" and len(one["loc"]) > 1}
        wrong = ", ".join(one.strip() for index, one in enumerate(entered) if index in places)
        says = (
            f"Enter US phone numbers, one on each line. Not valid: {wrong}."
            if wrong
            else f"Enter at most {MAX_NUMBERS} numbers."
        )
    except InvalidRequest as error:
        says = error.detail
    else:
        return RedirectResponse(f"/accounts/{ref}#critical", status_code=303)
    return await _page(request, services, access, ref, "overview", typed=(numbers, listed), error=says)


async def _page(
    request: Request,
    services: Services,
    access: Access,
    ref: str,
    tab: str,
    *,
    typed: tuple[str, str] | None = None,
    error: str = "",
) -> Response:
    """`typed` are the critical numbers as they were entered, and as they were before, if there is an `error`."""
    dashboard = await operations.dashboard(services, access.for_right(Right.ACCOUNT_READ), ref)
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
        "can_protect": access.is_allowed(Right.ACCOUNT_PROTECT),
        "typed": typed,
        "error": error,
    }
    return await render_page(
        request, services, access, "accounts/account.html", context, status_code=422 if error else 200
    )
