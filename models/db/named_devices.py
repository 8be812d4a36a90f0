"""The devices of the inventory that a request names, by id or by IMEI in any format."""

from collections.abc import Iterator, Mapping

from sqlmodel import col, or_, select, true

from models.db.catalog.tables import ProductRow
from models.db.clauses import device_name, matches
from models.db.exclusive_answers import given
from models.db.inventory.inventory_values import value_of
from models.db.inventory.tables import ENDED_DEVICE_STATUSES, ENDED_LINE_STATUSES, DeviceRow, LineRow
from models.db.session import Session
from models.db.visibility import InventoryViewer
from models.facts import NamedDevice
from models.inventory import Device, Line
from models.order import OrderRequest
from models.questions.device import DEVICE_HELD


async def load(
    session: Session, request: OrderRequest, viewer: InventoryViewer | None = None
) -> Mapping[str, NamedDevice]:
    """The devices that a request names, by id and by IMEI, each with the line that it is on.

    Of several devices with an IMEI, the one in use, else the newest. People are not loaded: each device is without its
    holder's record and managers. Devices that the viewer doesn't see are left out, as if they didn't exist.
    """
    said = list(dict.fromkeys(given(DEVICE_HELD, request))) if request.type.about_devices else []
    if not said:
        return {}
    on_line = matches(LineRow.device_id, DeviceRow.id) & col(LineRow.status).not_in(ENDED_LINE_STATUSES)
    rows = await session.all(
        select(DeviceRow, device_name(DeviceRow, ProductRow), LineRow)
        .select_from(DeviceRow)
        .outerjoin(ProductRow, matches(ProductRow.sku, DeviceRow.sku))
        .outerjoin(LineRow, on_line)
        .where(
            col(DeviceRow.tenant) == request.tenant,
            or_(*(col(column).in_(said) for column in (DeviceRow.id, DeviceRow.imei, DeviceRow.imei2))),
            viewer.sees(DeviceRow) if viewer else true(),
        )
        .order_by(
            col(DeviceRow.status).in_(ENDED_DEVICE_STATUSES).desc(), col(DeviceRow.id), col(LineRow.id).nulls_first()
        )
    )
    found = [
        NamedDevice(
            device=value_of(Device, device),
            name=name,
            line=value_of(Line, line) if line is not None else None,
        )
        for device, name, line in rows
    ]
    known = {name: one for one in found for name in _names(one.device)}
    wanted = {known[name].device.id for name in said if name in known}
    return {name: one for name, one in known.items() if one.device.id in wanted}


def _names(device: Device) -> Iterator[str]:
    yield device.id
    yield from (imei for imei in (device.imei, device.imei2) if imei)
