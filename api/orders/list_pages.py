"""The lists of orders: those a person has access to, and the admin's list with its filters."""

from operator import itemgetter
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from api.deps import ServicesDep
from api.history.routes import HistoryAccess
from api.http.layout import render_page
from api.http.paging import next_page_url
from api.orders.order_filters import OrderFilterForm, OrderQuery
from api.orders.order_list import list_orders
from api.orders.routes import ReadAccess
from models.db import tenant_context
from models.lifecycle import Status
from models.status_labels import label

router = APIRouter(include_in_schema=False)
# Both statuses are "Canceled" elsewhere.
_STATUS_NAMES = {Status.WITHDRAWN: "Canceled before approval", Status.CANCELED: "Canceled after approval"}


@router.get("/orders")
async def show_orders(
    request: Request, query: Annotated[OrderQuery, Query()], access: ReadAccess, services: ServicesDep
) -> Response:
    listed = await list_orders(services, access, query)
    context = {"orders": listed.items, "next_page": next_page_url(request, listed.next_cursor)}
    return await render_page(request, services, access, "orders/list.html", context)


@router.get("/admin/orders")
async def show_all_orders(
    request: Request, *, access: HistoryAccess, services: ServicesDep, filters: Annotated[OrderFilterForm, Query()]
) -> Response:
    """All orders of the tenant, or those that match the filters."""
    async with services.database.read() as session:
        tenant = await tenant_context.load(session, access.person, services.now())
    listed = await list_orders(services, access, filters.query(tenant.time_zone))
    context = {
        "orders": listed.items,
        "next_page": next_page_url(request, listed.next_cursor),
        "filters": filters,
        "statuses": [(status.value, _STATUS_NAMES.get(status) or label(status)) for status in Status],
        "types": sorted(((kind.code, kind.texts.title) for kind in services.order_types.values()), key=itemgetter(1)),
        "carriers": sorted(services.carrier_names.items()),
    }
    return await render_page(request, services, access, "orders/admin_list.html", context, tenant=tenant)
