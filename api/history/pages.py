"""Pages for admins: all orders, and one order's whole history."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request, Response

from api.deps import Access, Needs, ServicesDep
from api.history.audit_timeline import order_history
from api.http.layout import show
from api.http.paging import older
from api.orders.listing import list_orders
from api.orders.order_filters import OrderFilterForm
from api.orders.routes import Ref
from models.db.people import tenants
from models.lifecycle import Status
from policies.access import Right

router = APIRouter(include_in_schema=False)
Source = Literal["all", "order", "repair", "mail", "message", "engine"]


@router.get("/admin/orders")
async def show_orders(
    request: Request,
    *,
    access: Annotated[Access, Depends(Needs(Right.ORDER_HISTORY))],
    services: ServicesDep,
    sought: Annotated[OrderFilterForm, Query()],
) -> Response:
    """All orders of the tenant, filtered, or those somebody should look at."""
    async with services.database.transaction() as session:
        house = await tenants.tenant_context(session, access.person, services.now())
    listed = await list_orders(services, access, sought.query(house.time_zone))
    scene = {
        "orders": listed.items,
        "older": older(request, listed.next_cursor),
        "sought": sought,
        "statuses": [(status.value, status.replace("_", " ").capitalize()) for status in Status],
        "types": sorted((one.code, one.title) for one in services.catalog.values()),
        "carriers": sorted((carrier.code, carrier.name) for carrier in services.carriers.values()),
    }
    return await show(request, services, access, "history/orders.html", scene, house=house)


@router.get("/admin/orders/{ref}")
async def show_history(
    ref: Ref,
    request: Request,
    *,
    access: Annotated[Access, Depends(Needs(Right.ORDER_HISTORY))],
    services: ServicesDep,
    source: Annotated[Source, Query()] = "all",
    live: Annotated[bool, Query()] = False,
    done: Annotated[str, Query(max_length=40)] = "",
) -> Response:
    """Everything that happened around an order; `live` reloads it every few seconds."""
    told = await order_history(services, access, ref)
    moments = [moment for moment in told.moments if source in {"all", moment.source}]
    scene = {"told": told, "moments": moments, "source": source, "live": live, "done": done, "refused": None}
    return await show(request, services, access, "history/order_history.html", scene)
