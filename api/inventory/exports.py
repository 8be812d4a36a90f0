"""The lists of lines and devices as CSV files, with what they show to the person."""

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse

from api.deps import ServicesDep
from api.http.csv_response import Columns, csv_of_list
from api.inventory import operations
from api.inventory.routes import DeviceAccess, LineAccess
from api.inventory.schemas import DeviceQuery, DeviceView, LineQuery, LineView
from models import formatting

router = APIRouter(include_in_schema=False)
LINES: Columns[LineView] = {
    "phone_number": lambda line: line.mdn and formatting.phone_number(line.mdn),
    "status": lambda line: line.status,
    "assigned_to": lambda line: line.holder.name,
    "account": lambda line: line.account.number,
    "account_name": lambda line: line.account.name,
    "cost_center": lambda line: line.cost_center,
    "carrier": lambda line: line.carrier,
    "carrier_account": lambda line: line.carrier_account,
    "plan": lambda line: line.plan.sku,
    "plan_name": lambda line: line.plan.name,
    "features": lambda line: " | ".join(line.features),
    "device": lambda line: line.device and line.device.name,
    "imei": lambda line: line.device and line.device.imei,
    "iccid": lambda line: line.sim and line.sim.iccid,
    "activated_on": lambda line: line.activated_on,
    "upgrade_on": lambda line: line.upgrade_on,
    "contract_until": lambda line: line.contract_until,
    "disconnected_on": lambda line: line.disconnected_on,
}
DEVICES: Columns[DeviceView] = {
    "name": lambda device: device.name,
    "sku": lambda device: device.sku,
    "status": lambda device: device.status,
    "assigned_to": lambda device: device.holder.name,
    "account": lambda device: device.account.number,
    "account_name": lambda device: device.account.name,
    "imei": lambda device: device.imei,
    "imei2": lambda device: device.imei2,
    "meid": lambda device: device.meid,
    "esn": lambda device: device.esn,
    "serial": lambda device: device.serial,
    "ownership": lambda device: device.ownership,
    "condition": lambda device: device.condition,
    "purchased_on": lambda device: device.purchased_on,
    "warranty_until": lambda device: device.warranty_until,
    "location": lambda device: device.location,
}


@router.get("/lines.csv")
async def export_lines(
    query: Annotated[LineQuery, Query()], access: LineAccess, services: ServicesDep
) -> StreamingResponse:
    return await csv_of_list(partial(operations.list_lines, services, access), query, LINES, "lines.csv")


@router.get("/devices.csv")
async def export_devices(
    query: Annotated[DeviceQuery, Query()], access: DeviceAccess, services: ServicesDep
) -> StreamingResponse:
    return await csv_of_list(partial(operations.list_devices, services, access), query, DEVICES, "devices.csv")
