"""Changes that orders make to the inventory: each effect of each item once, stored with before and after."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime

from pydantic import TypeAdapter
from pydantic_core import to_jsonable_python
from sqlmodel import col, select

from models.db.inventory.tables import DeviceRow, InventoryChangeRow, InventoryRow, LineRow, SimRow
from models.db.orders.tables import ItemRow
from models.db.session import Session
from models.errors import IllegalTransition
from models.inventory import Device, InventoryState, Line, Sim
from models.inventory_effects import Effect
from models.order import OrderRef

RESERVE, APPLY, UNDO, END_SUSPENSION = "reserve", "apply", "undo", "end_suspension"
_LINE, _DEVICE, _SIM = TypeAdapter(Line), TypeAdapter(Device), TypeAdapter(Sim)


@dataclass(frozen=True, kw_only=True)
class InventoryChange:
    """An effect that was just applied."""

    before: InventoryState
    after: InventoryState


async def lock_item(session: Session, ref: OrderRef, item_id: str) -> ItemRow:
    """The item's row, locked until the transaction ends, so that concurrent deliveries of an effect queue up."""
    found = await session.exec(
        select(ItemRow)
        .where(col(ItemRow.tenant) == ref.tenant, col(ItemRow.order_id) == ref.id, col(ItemRow.id) == item_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return found.one()


async def perform(
    session: Session, item: ItemRow, effect: str, change: Callable[[InventoryState], InventoryState], at: datetime
) -> InventoryChange | None:
    """Apply `change` to the inventory of a locked item; None if this effect was applied before.

    Raises IllegalTransition for an item that was undone: an activity that comes too late changes nothing.
    """
    earlier = await _effects_of(session, item)
    if effect in earlier:
        return None
    if UNDO in earlier:
        raise IllegalTransition(f"This item was released, so it's too late to {effect} it.")
    before = await _load_state(session, item)
    after = change(before)
    await _save(session, item.tenant, before, after)
    item.line_id = after.line.id if after.line else item.line_id
    session.add(
        InventoryChangeRow(
            tenant=item.tenant,
            order_id=item.order_id,
            item_id=item.id,
            effect=effect,
            line_id=item.line_id,
            before=to_jsonable_python(before),
            after=to_jsonable_python(after),
            at=at,
        )
    )
    return InventoryChange(before=before, after=after)


async def undo(session: Session, item: ItemRow, effect: Effect, at: datetime) -> None:
    """Undo what was reserved for a locked item, unless it was applied.

    The undo is stored even if nothing was reserved, so that a reservation that comes later finds it is too late.
    """
    earlier = await _effects_of(session, item)
    if APPLY not in earlier:
        change = effect.reservation.undo if RESERVE in earlier and effect.reservation else _unchanged
        await perform(session, item, UNDO, change, at)


def _unchanged(before: InventoryState) -> InventoryState:
    return before


async def _effects_of(session: Session, item: ItemRow) -> list[str]:
    """The effects already applied for this item."""
    return await session.all(
        select(InventoryChangeRow.effect).where(
            col(InventoryChangeRow.tenant) == item.tenant,
            col(InventoryChangeRow.order_id) == item.order_id,
            col(InventoryChangeRow.item_id) == item.id,
        )
    )


async def _load_state(session: Session, item: ItemRow) -> InventoryState:
    """The item's line with its device and SIM, all locked."""
    tenant = item.tenant
    if item.line_id is None:
        return InventoryState()
    line = await session.get_one(LineRow, (tenant, item.line_id), with_for_update=True)
    device = await session.get(DeviceRow, (tenant, line.device_id), with_for_update=True) if line.device_id else None
    sim = await session.get(SimRow, (tenant, line.sim_id), with_for_update=True) if line.sim_id else None
    return InventoryState(
        line=_LINE.validate_python(line.model_dump()),
        device=_DEVICE.validate_python(device.model_dump()) if device else None,
        sim=_SIM.validate_python(sim.model_dump()) if sim else None,
    )


async def _save(session: Session, tenant: str, before: InventoryState, after: InventoryState) -> None:
    """Write what changed; devices and SIMs first, because lines reference them."""
    changes = (
        (DeviceRow, before.device, after.device),
        (SimRow, before.sim, after.sim),
        (LineRow, before.line, after.line),
    )
    for table, old, new in changes:
        if new is not None and new != old:
            stored: InventoryRow | None = await session.get(table, (tenant, new.id))
            version = stored.version + 1 if stored else 0
            await session.merge(table(tenant=tenant, version=version, **asdict(new)))
            await session.flush()
