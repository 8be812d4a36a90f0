"""Lines and devices, and what can be ordered for them."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query

from api.deps import Access, Needs, ServicesDep
from api.http.paging import Page
from api.http.problems import documented
from api.inventory import operations
from policies.access import Right

router = APIRouter(tags=["inventory"])
LineRef = Annotated[str, Path(max_length=40, description="The line's id, or its telephone number in any spelling.")]
DeviceRef = Annotated[str, Path(max_length=40, description="The device's id or IMEI.")]
ReadLine = Annotated[Access, Depends(Needs(Right.LINE_READ))]
ReadDevice = Annotated[Access, Depends(Needs(Right.DEVICE_READ))]


@router.get("/lines", responses=documented(401, 422, 503))
async def get_lines(
    query: Annotated[operations.LineQuery, Query()], access: ReadLine, services: ServicesDep
) -> Page[operations.LineView]:
    """Lines you may see: your own, your team's, your accounts'."""
    return await operations.list_lines(services, access, query)


@router.get("/lines/{ref}", responses=documented(401, 404, 503))
async def get_line(ref: LineRef, access: ReadLine, services: ServicesDep) -> operations.LineWhole:
    """One line: number, holder, device, SIM, plan, features, and its suspension."""
    return await operations.read_line(services, access, ref)


@router.get("/lines/{ref}/actions", responses=documented(401, 404, 503))
async def get_line_actions(ref: LineRef, access: ReadLine, services: ServicesDep) -> list[operations.LineActionView]:
    """Which orders can be placed for this line, and why the others cannot."""
    return await operations.line_actions(services, access, ref)


@router.get("/devices", responses=documented(401, 422, 503))
async def get_devices(
    query: Annotated[operations.DeviceQuery, Query()], access: ReadDevice, services: ServicesDep
) -> Page[operations.DeviceView]:
    """Devices you may see: your own, your team's, your accounts'."""
    return await operations.list_devices(services, access, query)


@router.get("/devices/{ref}", responses=documented(401, 404, 503))
async def get_device(ref: DeviceRef, access: ReadDevice, services: ServicesDep) -> operations.DeviceView:
    """One device."""
    return await operations.read_device(services, access, ref)
