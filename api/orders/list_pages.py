"""The lists of orders: those a person has access to, and the admin's list with its filters."""

from collections.abc import Mapping
from operator import itemgetter
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from api.accounts.operations import account_options
from api.deps import Access, Services, ServicesDep
from api.history.routes import HistoryAccess
from api.http.layout import render_page
from api.http.paging import download_url, next_page_url
from api.orders.order_filters import OrderFilterForm
from api.orders.order_list import list_orders
from api.orders.routes import ReadAccess
from models.db import tenant_context
from models.lifecycle import Status
from models.status_labels import label
from policies.access import Right

router = APIRouter(include_in_schema=False)
# Both statuses are "Canceled" elsewhere.
_STATUS_NAMES = {Status.WITHDRAWN: "Canceled before approval", Status.CANCELED: "Canceled after approval"}


@router.get("/orders")
async def show_orders(
    request: Request, *, access: ReadAccess, services: ServicesDep, filters: Annotated[OrderFilterForm, Query()]
) -> Response:
    """The orders that the person can see, or those that match the filters; owners also choose an account."""
    can_choose = access.is_allowed(Right.ACCOUNT_LIST)
    accounts = await account_options(services, access) if can_choose else []
    return await _page(
        request, services, access, filters=filters, template="orders/list.html", choices={"accounts": accounts}
    )


@router.get("/admin/orders")
async def show_all_orders(
    request: Request, *, access: HistoryAccess, services: ServicesDep, filters: Annotated[OrderFilterForm, Query()]
) -> Response:
    """All orders of the tenant, or those that match the filters."""
    choices = {"carriers": sorted(services.carrier_names.items())}
    return await _page(request, services, access, filters=filters, template="orders/admin_list.html", choices=choices)


async def _page(
    request: Request,
    services: Services,
    access: Access,
    *,
    filters: OrderFilterForm,
    template: str,
    choices: Mapping[str, list[tuple[str, str]] | None],
) -> Response:
    """`choices` are the options of the filters that not every list has; None if there are too many."""
    async with services.database.read() as session:
        tenant = await tenant_context.load(session, access.person, services.now())
    listed = await list_orders(services, access, filters.query(tenant.time_zone))
    context = {
        "orders": listed.items,
        "next_page": next_page_url(request, listed.next_cursor),
        "download": download_url(request),
        "filters": filters,
        "statuses": [(status.value, _STATUS_NAMES.get(status) or label(status)) for status in Status],
        "types": sorted(((kind.code, kind.texts.title) for kind in services.order_types.values()), key=itemgetter(1)),
        **choices,
    }
    return await render_page(request, services, access, template, context, tenant=tenant)
