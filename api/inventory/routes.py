from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query

from api.deps import Access, Needs, ServicesDep
from api.http.paging import CursorPage
from api.http.problems import error_responses
from api.inventory import operations
from api.inventory.schemas import ActionView, DeviceQuery, DeviceView, LineDetails, LineQuery, LineView
from policies.access import Right

router = APIRouter(tags=["inventory"])
LineRef = Annotated[str, Path(max_length=40, description="The line's ID or phone number.")]
DeviceRef = Annotated[str, Path(max_length=40, description="The device's ID, IMEI, MEID or ESN.")]
LineAccess = Annotated[Access, Depends(Needs(Right.LINE_READ))]
DeviceAccess = Annotated[Access, Depends(Needs(Right.DEVICE_READ))]


@router.get("/lines", responses=error_responses(401, 422, 503))
async def get_lines(
    query: Annotated[LineQuery, Query()], access: LineAccess, services: ServicesDep
) -> CursorPage[LineView]:
    """Lines you have access to: your own and those of your team and accounts."""
    return await operations.list_lines(services, access, query)


@router.get("/lines/{ref}", responses=error_responses(401, 404, 503))
async def get_line(ref: LineRef, access: LineAccess, services: ServicesDep) -> LineDetails:
    """A line with its holder, device, SIM, plan, features and suspension."""
    return await operations.read_line(services, access, ref)


@router.get("/lines/{ref}/actions", responses=error_responses(401, 404, 503))
async def get_line_actions(ref: LineRef, access: LineAccess, services: ServicesDep) -> list[ActionView]:
    """The orders that can be placed for this line, and why the others can't."""
    return await operations.line_actions(services, access, ref)


@router.get("/devices", responses=error_responses(401, 422, 503))
async def get_devices(
    query: Annotated[DeviceQuery, Query()], access: DeviceAccess, services: ServicesDep
) -> CursorPage[DeviceView]:
    """Devices you have access to: your own and those of your team and accounts."""
    return await operations.list_devices(services, access, query)


@router.get("/devices/{ref}", responses=error_responses(401, 404, 503))
async def get_device(ref: DeviceRef, access: DeviceAccess, services: ServicesDep) -> DeviceView:
    """One device."""
    return await operations.read_device(services, access, ref)


@router.get("/devices/{ref}/actions", responses=error_responses(401, 404, 503))
async def get_device_actions(ref: DeviceRef, access: DeviceAccess, services: ServicesDep) -> list[ActionView]:
    """The orders that can be placed for this device, and why the others can't."""
    return await operations.device_actions(services, access, ref)
