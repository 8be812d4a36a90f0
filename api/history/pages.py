from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response

from api.deps import ServicesDep
from api.history.operations import order_history
from api.history.routes import HistoryAccess
from api.http.layout import render_page
from api.http.paging import next_page_url
from api.orders.order_filters import OrderFilterForm
from api.orders.order_list import list_orders
from api.orders.routes import Ref
from models.db.people import tenants
from models.lifecycle import Status

router = APIRouter(include_in_schema=False)
SourceTab = Literal["all", "order", "operator", "email", "message", "temporal"]


@router.get("/admin/orders")
async def show_orders(
    request: Request, *, access: HistoryAccess, services: ServicesDep, filters: Annotated[OrderFilterForm, Query()]
) -> Response:
    """All orders of the tenant, or those that match the filters."""
    async with services.database.transaction() as session:
        tenant = await tenants.tenant_context(session, access.person, services.now())
    listed = await list_orders(services, access, filters.query(tenant.time_zone))
    context = {
        "orders": listed.items,
        "next_page": next_page_url(request, listed.next_cursor),
        "filters": filters,
        "statuses": [(status.value, status.replace("_", " ").capitalize()) for status in Status],
        "types": sorted((order_type.code, order_type.title) for order_type in services.catalog.values()),
        "carriers": sorted((carrier.code, carrier.name) for carrier in services.carriers.values()),
    }
    return await render_page(request, services, access, "history/orders.html", context, tenant=tenant)


@router.get("/admin/orders/{ref}")
async def show_history(
    ref: Ref,
    request: Request,
    *,
    access: HistoryAccess,
    services: ServicesDep,
    source: Annotated[SourceTab, Query()] = "all",
    live: Annotated[bool, Query()] = False,
    done: Annotated[str, Query(max_length=40)] = "",
) -> Response:
    """The history of an order; with `live` the page reloads every few seconds."""
    history = await order_history(services, access, ref)
    items = [item for item in history.items if source in {"all", item.source}]
    context = {"history": history, "items": items, "source": source, "live": live, "done": done, "rejected": None}
    return await render_page(request, services, access, "history/order_history.html", context)
