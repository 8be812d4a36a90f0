from collections.abc import Collection, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlmodel import col, or_, select

from models.db.catalog.tables import ProductRow
from models.db.clauses import matches
from models.db.exclusive_answers import given
from models.db.fact_loader import FactLoader
from models.db.inventory.tables import DeviceRow, InventoryChangeRow, LineRow
from models.db.orders import order_rows
from models.db.orders.item_reports import delivered_at
from models.db.orders.tables import ItemRow, OrderRow
from models.db.returns import return_cases
from models.db.session import Session
from models.facts import NamedLine
from models.lifecycle import ItemState
from models.optional_facts.returns import DELIVERIES, DeviceDelivery
from models.order import OrderRef, OrderRequest
from models.questions.device import DEVICE_HELD
from models.questions.products import DEVICE
from models.questions.shipping import SHIP_TO

_WAITING = (ItemState.SHIPPED, ItemState.AWAITING_ACTIVATION)


async def _load(
    session: Session, request: OrderRequest, lines: Collection[NamedLine], now: datetime
) -> Mapping[str, DeviceDelivery]:
    del lines, now
    named = list(dict.fromkeys(given(DEVICE_HELD, request)))
    if not named:
        return {}
    devices = await session.all(
        select(DeviceRow, col(ProductRow.one_time))
        .outerjoin(ProductRow, matches(ProductRow.sku, DeviceRow.sku))
        .where(
            col(DeviceRow.tenant) == request.tenant,
            or_(*(col(column).in_(named) for column in (DeviceRow.id, DeviceRow.imei, DeviceRow.imei2))),
        )
    )
    ids = [device.id for device, _ in devices]
    returned = await return_cases.open_of_devices(session, request.tenant, ids, besides=request.order_id)
    return {
        device.id: await _delivery(session, device, price or Decimal("0.00"), returned.get(device.id))
        for device, price in devices
    }


async def _delivery(session: Session, device: DeviceRow, price: Decimal, open_return: str | None) -> DeviceDelivery:
    """The newest order that brought a device of this kind to the line that the device is on."""
    query: Any = (
        select(ItemRow, OrderRow)
        .join(LineRow, matches(LineRow.id, ItemRow.line_id))
        .join(OrderRow, matches(OrderRow.id, ItemRow.order_id))
        .where(
            col(LineRow.tenant) == device.tenant,
            col(LineRow.device_id) == device.id,
            col(ItemRow.answers)[DEVICE.code].as_string() == device.sku,
        )
        .order_by(col(OrderRow.id).desc())
        .limit(1)
    )
    found = await session.first(query) if device.sku is not None else None
    if found is None:
        return DeviceDelivery(price=price, carrier=await _last_carrier(session, device), open_return=open_return)
    item, order = found
    _, parcels = await order_rows.items_with_parcels(session, OrderRef(tenant=order.tenant, id=order.id))
    own = parcels[item.id]
    waits = order.closed_at is None and item.state in _WAITING
    return DeviceDelivery(
        price=price,
        carrier=order.carrier,
        shipped_at=min((parcel.shipped_at for parcel in own), default=None),
        delivered_at=delivered_at(item, own),
        tracking_number=own[0].tracking_number if own else None,
        order_id=order.id if waits else None,
        item_id=item.id if waits else None,
        open_return=open_return,
        ship_to=order.answers.get(SHIP_TO.code),
    )


async def _last_carrier(session: Session, device: DeviceRow) -> str | None:
    """The carrier of the line that a device on no line was on last, by the change that took it off."""
    device_id = col(InventoryChangeRow.before)["device", "id"].as_string()
    return await session.first(
        select(col(LineRow.carrier))
        .join(InventoryChangeRow, matches(InventoryChangeRow.line_id, LineRow.id))
        .where(col(InventoryChangeRow.tenant) == device.tenant, device_id == device.id)
        .order_by(col(InventoryChangeRow.at).desc())
        .limit(1)
    )


DELIVERIES_LOADER = FactLoader(fact=DELIVERIES, load=_load)
