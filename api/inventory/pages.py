from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from api.deps import ServicesDep
from api.http.layout import render_page
from api.http.paging import download_url, next_page_url
from api.inventory import operations
from api.inventory.routes import DeviceAccess, DeviceRef, LineAccess, LineRef
from api.inventory.schemas import DeviceQuery, LineQuery
from api.orders.order_list import newest_orders
from api.reconciliations.operations import differences_of_line
from api.reconciliations.pages import KINDS
from models.db.orders.order_list import OrderFilters
from policies.access import Right

router = APIRouter(include_in_schema=False)
RECENT_ORDERS = 5


@router.get("/lines")
async def show_lines(
    request: Request,
    query: Annotated[LineQuery, Query()],
    access: LineAccess,
    services: ServicesDep,
) -> Response:
    listed = await operations.list_lines(services, access, query)
    return await render_page(
        request,
        services,
        access,
        "inventory/lines.html",
        {
            "lines": listed.items,
            "query": query,
            "next_page": next_page_url(request, listed.next_cursor),
            "download": download_url(request),
        },
    )


@router.get("/lines/{ref}")
async def show_line(ref: LineRef, request: Request, access: LineAccess, services: ServicesDep) -> Response:
    line = await operations.read_line(services, access, ref)
    orders = await newest_orders(
        services, access.for_right(Right.ORDER_READ), OrderFilters(line=line.id), limit=RECENT_ORDERS
    )
    actions = await operations.line_actions(services, access, ref)
    reads_reports = access.is_allowed(Right.RECONCILIATION_READ)
    context = {
        "line": line,
        "differences": await differences_of_line(services, access, line.id) if reads_reports else [],
        "kinds": KINDS,
        "names": services.carrier_names,
        "can_run": access.is_allowed(Right.RECONCILIATION_RUN),
        "features": await operations.feature_names(services, access, line),
        "carrier": services.carrier_names.get(line.carrier, line.carrier),
        "orders": orders.items,
        "actions": [action for action in actions if action.code != "NOT_FOR_A_LINE"],
    }
    return await render_page(request, services, access, "inventory/line.html", context)


@router.get("/devices")
async def show_devices(
    request: Request,
    query: Annotated[DeviceQuery, Query()],
    access: DeviceAccess,
    services: ServicesDep,
) -> Response:
    listed = await operations.list_devices(services, access, query)
    return await render_page(
        request,
        services,
        access,
        "inventory/devices.html",
        {
            "devices": listed.items,
            "query": query,
            "next_page": next_page_url(request, listed.next_cursor),
            "download": download_url(request),
        },
    )


@router.get("/devices/{ref}")
async def show_device(ref: DeviceRef, request: Request, access: DeviceAccess, services: ServicesDep) -> Response:
    device = await operations.read_device(services, access, ref)
    orders = await newest_orders(
        services, access.for_right(Right.ORDER_READ), OrderFilters(device=device.id), limit=RECENT_ORDERS
    )
    actions = await operations.device_actions(services, access, ref)
    context = {"device": device, "orders": orders.items, "actions": actions}
    return await render_page(request, services, access, "inventory/device.html", context)
