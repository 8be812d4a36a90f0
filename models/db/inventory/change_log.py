"""Changes that orders make to the inventory: each kind once per item, stored with before and after."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum

from pydantic_core import to_jsonable_python
from sqlmodel import col, select

from models.db.inventory import values
from models.db.inventory.tables import DeviceRow, InventoryChangeRow, InventoryRow, LineRow, SimRow
from models.db.orders.tables import ItemRow
from models.db.session import Session
from models.errors import ActionNotAllowed
from models.inventory import InventoryState
from models.inventory_effects import Effect
from models.order import OrderRef


class ChangeKind(StrEnum):
    RESERVE = "reserve"
    APPLY = "apply"
    UNDO = "undo"
    END_SUSPENSION = "end_suspension"


@dataclass(frozen=True, kw_only=True)
class InventoryChange:
    """A change that was just made."""

    before: InventoryState
    after: InventoryState


async def lock_item(session: Session, ref: OrderRef, item_id: str) -> ItemRow:
    """The item's row, locked until the transaction ends, so that concurrent changes of an item queue up."""
    found = await session.exec(
        select(ItemRow)
        .where(col(ItemRow.tenant) == ref.tenant, col(ItemRow.order_id) == ref.id, col(ItemRow.id) == item_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return found.one()


async def perform(
    session: Session, item: ItemRow, kind: ChangeKind, change: Callable[[InventoryState], InventoryState], at: datetime
) -> InventoryChange | None:
    """Apply `change` to the inventory of a locked item; None if this kind of change was made before.

    Raises ActionNotAllowed for an item that was undone: an activity that comes too late changes nothing.
    """
    earlier = await _kinds_of(session, item)
    if kind in earlier:
        return None
    if ChangeKind.UNDO in earlier:
        raise ActionNotAllowed("This item was already released.")
    before = await _load_state(session, item)
    after = change(before)
    await _save(session, item.tenant, before, after)
    item.line_id = after.line.id if after.line else item.line_id
    session.add(
        InventoryChangeRow(
            tenant=item.tenant,
            order_id=item.order_id,
            item_id=item.id,
            kind=kind,
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
    earlier = await _kinds_of(session, item)
    if ChangeKind.APPLY not in earlier:
        change = effect.reservation.undo if ChangeKind.RESERVE in earlier and effect.reservation else _unchanged
        await perform(session, item, ChangeKind.UNDO, change, at)


def _unchanged(before: InventoryState) -> InventoryState:
    return before


async def _kinds_of(session: Session, item: ItemRow) -> list[str]:
    """The kinds of changes already made for this item."""
    return await session.all(
        select(InventoryChangeRow.kind).where(
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
    return InventoryState(line=values.line_of(line), device=values.device_of(device), sim=values.sim_of(sim))


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
