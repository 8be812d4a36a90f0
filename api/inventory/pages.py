"""Pages of lines and devices: lists one can narrow, and one of each with what can be ordered for it."""

from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query, Request, Response

from api.deps import Access, Needs, ServicesDep
from api.http.layout import show
from api.http.paging import older
from api.inventory import operations
from api.inventory.routes import DeviceRef, LineRef
from api.orders.listing import OrderQuery, list_orders
from models.inventory import DeviceStatus, LineStatus
from policies.access import Right

router = APIRouter(include_in_schema=False)
ReadLine = Annotated[Access, Depends(Needs(Right.LINE_READ))]
ReadDevice = Annotated[Access, Depends(Needs(Right.DEVICE_READ))]
RECENT = 5
# What somebody looks for in each of the two lists; what never came to be is in neither.
LINES = (LineStatus.ACTIVE, LineStatus.SUSPENDED, LineStatus.PENDING, LineStatus.DISCONNECTED, LineStatus.TERMINATED)
DEVICES = (DeviceStatus.ACTIVE, DeviceStatus.IN_STOCK, DeviceStatus.UNCONFIRMED, DeviceStatus.PENDING_RETURN)


@router.get("/lines")
async def show_lines(
    request: Request,
    query: Annotated[operations.LineQuery, Query()],
    access: ReadLine,
    services: ServicesDep,
) -> Response:
    """Lines one may see, by status and by words."""
    listed = await operations.list_lines(services, access, query)
    scene = {"lines": listed.items, "query": query, "older": older(request, listed.next_cursor), "ways": _ways(LINES)}
    return await show(request, services, access, "inventory/lines.html", scene)


@router.get("/lines/{ref}")
async def show_line(ref: LineRef, request: Request, access: ReadLine, services: ServicesDep) -> Response:
    """One line: everything that is on it, its orders, and what can be ordered for it."""
    line = await operations.read_line(services, access, ref)
    reader = access.towards(Right.ORDER_READ)
    orders = await list_orders(services, reader, OrderQuery(line=line.id, limit=RECENT))
    actions = await operations.line_actions(services, access, ref)
    carrier = services.carriers.get(line.carrier)
    scene = {
        "line": line,
        "carrier": carrier.name if carrier else line.carrier,
        "orders": orders.items,
        "actions": [one for one in actions if one.code != "NOT_FOR_A_LINE"],
    }
    return await show(request, services, access, "inventory/line.html", scene)


@router.get("/devices")
async def show_devices(
    request: Request,
    query: Annotated[operations.DeviceQuery, Query()],
    access: ReadDevice,
    services: ServicesDep,
) -> Response:
    """Devices one may see, by status and by words; those in stock wait to be used."""
    listed = await operations.list_devices(services, access, query)
    scene = {
        "devices": listed.items,
        "query": query,
        "older": older(request, listed.next_cursor),
        "ways": _ways(DEVICES),
    }
    return await show(request, services, access, "inventory/devices.html", scene)


@router.get("/devices/{ref}")
async def show_device(ref: DeviceRef, request: Request, access: ReadDevice, services: ServicesDep) -> Response:
    """One device."""
    device = await operations.read_device(services, access, ref)
    return await show(request, services, access, "inventory/device.html", {"device": device})


def _ways(statuses: tuple[Any, ...]) -> list[tuple[str, str, str]]:
    words = ((status.value, status.value.replace("_", " ").capitalize()) for status in statuses)
    return [("", "?", "All"), *((status, f"?{urlencode({'status': status})}", said) for status, said in words)]
