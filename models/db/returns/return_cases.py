"""How far the returns of devices are, and what they cost."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlmodel import col, select

from models.db.catalog.tables import ProductRow
from models.db.clauses import belongs_to_order, device_name, matches
from models.db.inventory.tables import DeviceRow, LineRow
from models.db.orders.tables import ItemRow, OrderRow
from models.db.returns.tables import ReturnCaseRow
from models.db.session import Session
from models.db.statement import Statement, param
from models.events.returns import DEVICE_RECEIVED, PARCEL_TRACED
from models.lifecycle import ItemState
from models.order import OrderEvent, OrderRef
from models.returns import OPEN_STATES, DeviceCondition, ReturnCase, ReturnCause, ReturnDetails, ReturnState

_OPEN = tuple(OPEN_STATES)
_SETTLED = ("state", "condition", "received_at", "refund", "chargeback", "late_charge", "charged_at")
_OF_ORDER = Statement[ReturnCaseRow](
    select(ReturnCaseRow).where(
        col(ReturnCaseRow.tenant) == param("tenant"), col(ReturnCaseRow.order_id) == param("order_id")
    ),
    ReturnCaseRow,
)
_OPEN_OF_ITEMS = Statement[tuple[ReturnCaseRow, str]](
    select(ReturnCaseRow, col(OrderRow.number))
    .join(OrderRow, matches(OrderRow.id, ReturnCaseRow.order_id))
    .where(
        col(ReturnCaseRow.tenant) == param("tenant"),
        col(ReturnCaseRow.parent_order_id) == param("parent_id"),
        col(OrderRow.closed_at).is_(None),
    ),
    ReturnCaseRow,
    None,
)


async def add(session: Session, row: ReturnCaseRow) -> None:
    session.add(row)
    await session.flush()


async def of_order(session: Session, ref: OrderRef) -> dict[str, ReturnCaseRow]:
    """By the id of the order's item."""
    rows = await session.all(_OF_ORDER, tenant=ref.tenant, order_id=ref.id)
    return {row.item_id: row for row in rows}


async def get(session: Session, ref: OrderRef, item_id: str) -> ReturnCaseRow:
    """That of an item of an order that returns devices."""
    return await session.get_one(ReturnCaseRow, (ref.tenant, ref.id, item_id))


async def open_of_devices(
    session: Session, tenant: str, device_ids: Collection[str], *, besides: str | None = None
) -> dict[str, str]:
    """The numbers of the open orders that return these devices, but for the order `besides`, by device."""
    rows = await session.all(
        select(col(ReturnCaseRow.device_id), col(OrderRow.number))
        .join(OrderRow, matches(OrderRow.id, ReturnCaseRow.order_id))
        .where(
            col(ReturnCaseRow.tenant) == tenant,
            col(ReturnCaseRow.device_id).in_(device_ids),
            col(ReturnCaseRow.order_id) != (besides or ""),
            col(OrderRow.closed_at).is_(None),
        )
    )
    return dict(rows)


@dataclass(frozen=True, kw_only=True)
class ReturnedDevice:
    """What a device is called, and its price; None if its product costs nothing, so that nothing is charged."""

    name: str
    price: Decimal | None


async def device_of(session: Session, tenant: str, device_id: str) -> ReturnedDevice:
    """A device that the tenant has."""
    found = await session.first(
        select(device_name(DeviceRow, ProductRow), col(ProductRow.one_time))
        .select_from(DeviceRow)
        .outerjoin(ProductRow, matches(ProductRow.sku, DeviceRow.sku))
        .where(col(DeviceRow.tenant) == tenant, col(DeviceRow.id) == device_id)
    )
    name, price = found or ("Device", None)
    return ReturnedDevice(name=name, price=price or None)


@dataclass(frozen=True, kw_only=True)
class DeviceOfItem:
    """What the device of an item is called, and the item's answers."""

    name: str
    answers: Mapping[str, Any]


async def device_of_item(session: Session, ref: OrderRef, item_id: str) -> DeviceOfItem:
    found = await session.exec(
        select(col(ItemRow.answers), device_name(DeviceRow, ProductRow))
        .select_from(ItemRow)
        .outerjoin(DeviceRow, matches(DeviceRow.id, ItemRow.device_id))
        .outerjoin(ProductRow, matches(ProductRow.sku, DeviceRow.sku))
        .where(belongs_to_order(ItemRow, ref), col(ItemRow.id) == item_id)
    )
    answers, name = found.one()
    return DeviceOfItem(name=name, answers=answers)


@dataclass(frozen=True, kw_only=True)
class OpenReturn:
    """The open order that takes an item back, or looks for it."""

    number: str
    is_traced: bool


async def open_of_items(session: Session, parent: OrderRef) -> dict[str, OpenReturn]:
    """By the id of the item of this order that they are about."""
    rows = await session.all(_OPEN_OF_ITEMS, tenant=parent.tenant, parent_id=parent.id)
    return {
        row.parent_item_id: OpenReturn(number=number, is_traced=row.cause == ReturnCause.NOT_RECEIVED)
        for row, number in rows
        if row.parent_item_id
    }


async def devices_on_way(session: Session, ref: OrderRef) -> dict[str, str]:
    """The ids of the devices that come with the items of an order, by item."""
    rows = await session.all(
        select(col(ItemRow.id), col(LineRow.device_id))
        .join(LineRow, matches(LineRow.id, ItemRow.line_id))
        .where(belongs_to_order(ItemRow, ref), col(LineRow.device_id).is_not(None))
    )
    return {item_id: device_id for item_id, device_id in rows if device_id}


async def follows(session: Session, parent: OrderRef, device_id: str) -> bool:
    """Whether an order that follows this one returns the device."""
    query = (
        select(col(ReturnCaseRow.order_id))
        .join(OrderRow, matches(OrderRow.id, ReturnCaseRow.order_id))
        .where(
            col(OrderRow.tenant) == parent.tenant,
            col(OrderRow.parent_id) == parent.id,
            col(ReturnCaseRow.device_id) == device_id,
        )
    )
    return await session.first(query) is not None


async def report(
    session: Session, ref: OrderRef, item_id: str, state: ReturnState | None, details: ReturnDetails | None
) -> None:
    """Store what the carrier says about a return. It doesn't go back to an earlier state. The order is locked."""
    row = await session.get(ReturnCaseRow, (ref.tenant, ref.id, item_id))
    if row is None:
        return
    if state is not None and row.state in OPEN_STATES and state.rank > ReturnState(row.state).rank:
        row.state = state
    for name, value in vars(details).items() if details else ():
        if value is not None:
            setattr(row, name, value)


async def project(session: Session, ref: OrderRef, event: OrderEvent) -> None:
    """Keep what an event says that the telecom desk knows of a device, or of a parcel."""
    data = dict(event.data)
    if event.event not in {DEVICE_RECEIVED.code, PARCEL_TRACED.code}:
        return
    row = await get(session, ref, data["item_id"])
    if event.event == DEVICE_RECEIVED.code:
        receive(row, condition=data["condition"], at=event.at)
    else:
        row.state = ReturnState(data["outcome"])


def receive(row: ReturnCaseRow, *, condition: str | None, at: datetime) -> None:
    """The device is back; stored with the transaction."""
    row.state = ReturnState.INSPECTED if condition else ReturnState.RECEIVED
    row.condition = condition or row.condition
    row.received_at = row.received_at or at


def settled_part(row: ReturnCaseRow) -> dict[str, Any]:
    """What the effect of the item settles."""
    known = row.model_dump(include=set(_SETTLED))
    return known | {
        "state": ReturnState(row.state),
        "condition": DeviceCondition(row.condition) if row.condition else None,
    }


async def settle(session: Session, ref: OrderRef, case: ReturnCase) -> ReturnCaseRow:
    """Keep what the effect of the item has settled."""
    row = await get(session, ref, case.id)
    for name in _SETTLED:
        setattr(row, name, getattr(case, name))
    return row


async def charge(session: Session, ref: OrderRef, item_id: str, amount: Decimal, at: datetime) -> None:
    """The device did not come back in time. It is charged once."""
    row = await session.get_one(ReturnCaseRow, (ref.tenant, ref.id, item_id))
    if row.charged_at is None:
        row.late_charge, row.charged_at = amount, at


async def cancel(session: Session, ref: OrderRef) -> list[ReturnCaseRow]:
    """The order has ended: its open returns whose items are not completed are canceled; returns them."""
    done = select(ItemRow.id).where(belongs_to_order(ItemRow, ref), col(ItemRow.state) == ItemState.DONE)
    rows = await session.all(
        select(ReturnCaseRow).where(
            belongs_to_order(ReturnCaseRow, ref),
            col(ReturnCaseRow.state).in_(_OPEN),
            col(ReturnCaseRow.item_id).not_in(done),
        )
    )
    for row in rows:
        row.state = ReturnState.CANCELED
    return rows
