"""Changes that orders make to the inventory: each kind once per item, stored with before and after."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from functools import partial
from typing import Any, TypeVar

from pydantic import TypeAdapter
from pydantic_core import to_jsonable_python
from sqlalchemy import ARRAY, TEXT, any_, insert, literal, update
from sqlalchemy.orm.attributes import set_committed_value
from sqlmodel import col, select

from models.db.inventory import inventory_values
from models.db.inventory.tables import ENDED_LINE_STATUSES, InventoryChangeRow, LineRow
from models.db.orders.tables import ItemRow
from models.db.session import Session
from models.db.statement import Statement, param
from models.effect import Effect, EffectInput, Reservation
from models.errors import ActionNotAllowed
from models.inventory import Device, InventoryState, Line, Sim
from models.order import OrderRef
from models.returns import ReturnCase

_LINE: TypeAdapter[Line] = TypeAdapter(Line)
_STATE = TypeAdapter(InventoryState)
R = TypeVar("R", Line, Device, Sim)


class ChangeKind(StrEnum):
    RESERVE = "reserve"
    APPLY = "apply"
    UNDO = "undo"
    ACCEPT = "accept"
    TIMER = "timer"
    CORRECT = "correct"


# By which the inventory has an item as ordered.
KEPT = frozenset({ChangeKind.APPLY, ChangeKind.ACCEPT})


_OF_ITEM = (
    col(InventoryChangeRow.tenant) == param("tenant"),
    col(InventoryChangeRow.order_id) == param("order_id"),
    col(InventoryChangeRow.item_id) == param("item_id"),
)
_OF_ORDER = (
    col(ItemRow.tenant) == param("tenant"),
    col(ItemRow.order_id) == param("order_id"),
)
_LOCK_ITEMS = Statement[ItemRow](
    select(ItemRow)
    .where(*_OF_ORDER, col(ItemRow.id) == any_(param("ids", ARRAY(TEXT))))
    .order_by(col(ItemRow.id))
    .with_for_update(),
    ItemRow,
)
_SET_LINE = Statement[None](
    update(ItemRow).where(*_OF_ORDER, col(ItemRow.id) == param("item_id")).values(line_id=param("line_id"))
)
_RESULTS = Statement[tuple[str, Mapping[str, Any]]](
    select(InventoryChangeRow.kind, InventoryChangeRow.after).where(*_OF_ITEM)
)
_BEFORE = Statement[Mapping[str, Any]](
    select(InventoryChangeRow.before).where(
        *_OF_ITEM, col(InventoryChangeRow.kind) == any_(param("kinds", ARRAY(TEXT)))
    )
)
_RECORD = Statement[None](
    insert(InventoryChangeRow).values({name: param(name) for name in InventoryChangeRow.model_fields})
)
_LINE_WITH = Statement[str](
    select(LineRow.id)
    .where(col(LineRow.tenant) == param("tenant"), col(LineRow.device_id) == param("device_id"))
    .order_by(col(LineRow.status) == any_(literal([*ENDED_LINE_STATUSES], ARRAY(TEXT))), col(LineRow.id).desc())
    .limit(1)
)


@dataclass(frozen=True, kw_only=True)
class InventoryChange:
    """A change that was just made."""

    before: InventoryState
    after: InventoryState


async def lock_item(session: Session, ref: OrderRef, item_id: str) -> ItemRow:
    """The item's row, locked until the transaction ends, so that concurrent changes of an item queue up."""
    (row,) = await lock_items(session, ref, [item_id])
    return row


async def lock_items(session: Session, ref: OrderRef, item_ids: Collection[str]) -> list[ItemRow]:
    """As `lock_item`, by id."""
    return await session.all(_LOCK_ITEMS, tenant=ref.tenant, order_id=ref.id, ids=[*item_ids])


async def perform(
    session: Session,
    item: ItemRow,
    kind: ChangeKind,
    change: Callable[[InventoryState], InventoryState],
    at: datetime,
    *,
    return_case: ReturnCase | None = None,
) -> InventoryChange | None:
    """Apply `change` to the inventory of a locked item; None if this kind of change was made before.

    The caller stores what becomes of the `return_case`, if the item has one.

    Raises ActionNotAllowed for an item that was undone: an activity that comes too late changes nothing.
    """
    earlier = await _results_of(session, item)
    if kind in earlier:
        return None
    if ChangeKind.UNDO in earlier:
        raise ActionNotAllowed("This item was already released.")
    before = await _load_state(session, item, earlier.get(ChangeKind.RESERVE))
    before = replace(before, return_case=return_case)
    return await _write(session, item, kind, before, change(before), at)


async def change_by_timer(
    session: Session, item: ItemRow, key: str, change: Callable[[InventoryState], InventoryState], at: datetime
) -> InventoryChange | None:
    """Apply `change` to the line of a locked item, as it is now; None if a timer did so before under this key."""
    kind, earlier = f"{ChangeKind.TIMER}:{key}", await _results_of(session, item)
    if kind in earlier:
        return None
    before = await _load_state(session, item, None)
    return await _write(session, item, kind, before, change(before), at)


async def accept(
    session: Session, item: ItemRow, effect: Effect, params: EffectInput, at: datetime
) -> InventoryChange | None:
    """Perform the effect of a locked item that was refused; None if it was performed before.

    What was reserved for it has been released, so new records are made.
    """
    earlier = await _results_of(session, item)
    if earlier.keys() & KEPT:
        return None
    reserved = None if ChangeKind.UNDO in earlier else earlier.get(ChangeKind.RESERVE)
    if effect.reservation is not None and reserved is None:
        before = InventoryState()
        after = effect.apply(effect.reservation.make(before, params), params)
    else:
        before = await _load_state(session, item, reserved)
        after = effect.apply(before, params)
    return await _write(session, item, ChangeKind.ACCEPT, before, after, at)


async def correct(
    session: Session, item: ItemRow, task: int, change: Callable[[InventoryState], InventoryState], at: datetime
) -> InventoryChange | None:
    """Apply `change` to what a locked item has left in the inventory; None if it was applied for this task before."""
    kind, earlier = f"{ChangeKind.CORRECT}:{task}", await _results_of(session, item)
    if kind in earlier:
        return None
    left = next((after for one, after in earlier.items() if one in KEPT), None)
    before = await _load_state(session, item, left)
    return await _write(session, item, kind, before, change(before), at)


async def lines_before(session: Session, ref: OrderRef) -> dict[str, Line]:
    """The lines of the order's items as they were before the order changed them, by item id."""
    rows = await session.all(
        select(InventoryChangeRow.item_id, InventoryChangeRow.before).where(
            col(InventoryChangeRow.tenant) == ref.tenant,
            col(InventoryChangeRow.order_id) == ref.id,
            col(InventoryChangeRow.kind).in_(KEPT),
        )
    )
    return {item_id: _LINE.validate_python(before["line"]) for item_id, before in rows if before["line"]}


async def kept_items(session: Session, ref: OrderRef) -> set[str]:
    """The ids of the order's items that the inventory has as ordered."""
    items = select(InventoryChangeRow.item_id).where(
        col(InventoryChangeRow.tenant) == ref.tenant,
        col(InventoryChangeRow.order_id) == ref.id,
        col(InventoryChangeRow.kind).in_(KEPT),
    )
    return {*await session.all(items)}


async def _write(  # noqa: PLR0917 - a change is all of these
    session: Session, item: ItemRow, kind: str, before: InventoryState, after: InventoryState, at: datetime
) -> InventoryChange:
    await _save(session, item.tenant, before, after)
    if item.device_id is None and after.line is not None and item.line_id != after.line.id:
        await session.affected(_SET_LINE, **_key(item), line_id=after.line.id)
        set_committed_value(item, "line_id", after.line.id)
    await session.affected(
        _RECORD,
        tenant=item.tenant,
        order_id=item.order_id,
        item_id=item.id,
        kind=kind,
        line_id=after.line.id if after.line else item.line_id,
        before=to_jsonable_python(before),
        after=to_jsonable_python(after),
        at=at,
    )
    return InventoryChange(before=before, after=after)


async def undo(session: Session, item: ItemRow, effect: Effect, at: datetime) -> InventoryChange | None:
    """Undo what was reserved for a locked item, unless it was applied or accepted; None if it was undone before.

    The undo is stored even if nothing was reserved, so that a reservation that comes later finds it is too late.
    """
    earlier = await _results_of(session, item)
    if earlier.keys() & KEPT:
        return None
    change = _unchanged
    if effect.reservation is not None and ChangeKind.RESERVE in earlier:
        change = partial(_undone, effect.reservation, await _state_before(session, item))
    return await perform(session, item, ChangeKind.UNDO, change, at)


async def device_before(session: Session, item: ItemRow) -> str | None:
    """The id of the device that was on the item's line before the item was applied."""
    before = await session.first(_BEFORE, **_key(item), kinds=sorted(KEPT))
    device = _STATE.validate_python(before).device if before else None
    return device.id if device else None


def _unchanged(before: InventoryState) -> InventoryState:
    return before


def _undone(reservation: Reservation, before: InventoryState, now: InventoryState) -> InventoryState:
    return reservation.undo(now, before)


async def _state_before(session: Session, item: ItemRow) -> InventoryState:
    """The inventory before the item's reservation."""
    return _STATE.validate_python(await session.first(_BEFORE, **_key(item), kinds=[ChangeKind.RESERVE]))


async def _results_of(session: Session, item: ItemRow) -> Mapping[str, Mapping[str, Any]]:
    """What the item's changes so far have left, by their kind."""
    return dict(await session.all(_RESULTS, **_key(item)))


def _key(item: ItemRow) -> dict[str, str]:
    return {"tenant": item.tenant, "order_id": item.order_id, "item_id": item.id}


async def _load_state(session: Session, item: ItemRow, reserved: Mapping[str, Any] | None) -> InventoryState:
    """What the item's reservation left, else its line with the device and SIM on it; all locked.

    Of an item about a device it is the device, with the line that it is on.
    """
    if item.device_id is not None:
        line = await _locked(session, Line, item.tenant, await _line_with(session, item.tenant, item.device_id))
        return InventoryState(line=line, device=await _locked(session, Device, item.tenant, item.device_id))
    if reserved is not None:
        return await _reserved_state(session, item.tenant, reserved)
    line = await _locked(session, Line, item.tenant, item.line_id)
    if line is None:
        return InventoryState()
    return InventoryState(
        line=line,
        device=await _locked(session, Device, item.tenant, line.device_id),
        sim=await _locked(session, Sim, item.tenant, line.sim_id),
    )


async def _line_with(session: Session, tenant: str, device_id: str) -> str | None:
    """The id of the line that a device is on; one that has ended only if there is no other."""
    return await session.first(_LINE_WITH, tenant=tenant, device_id=device_id)


async def _reserved_state(session: Session, tenant: str, reserved: Mapping[str, Any]) -> InventoryState:
    """The records of a reservation as they are now. A device or SIM that it made can be on no line yet."""
    ids = {name: record["id"] for name, record in reserved.items() if record}
    return InventoryState(
        line=await _locked(session, Line, tenant, ids.get("line")),
        device=await _locked(session, Device, tenant, ids.get("device")),
        sim=await _locked(session, Sim, tenant, ids.get("sim")),
        released_device=await _locked(session, Device, tenant, ids.get("released_device")),
        released_sim=await _locked(session, Sim, tenant, ids.get("released_sim")),
    )


async def _locked(session: Session, shape: type[R], tenant: str, record_id: str | None) -> R | None:
    if record_id is None:
        return None
    return await inventory_values.lock(session, shape, tenant, record_id)


async def _save(session: Session, tenant: str, before: InventoryState, after: InventoryState) -> None:
    """Write what changed: what is on a line before the line, which references it, and what comes off it last."""
    earlier = {(type(record), record.id): record for record in before.records}
    for record in after.records:
        if earlier.get((type(record), record.id)) != record:
            await inventory_values.save(session, tenant, record)
