"""What orders do to the inventory: each effect of each item exactly once, with before and after kept."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import cast

from pydantic import TypeAdapter
from pydantic_core import to_jsonable_python
from sqlalchemy import update
from sqlmodel import col, select

from models.db.inventory.tables import DeviceRow, InventoryChangeRow, LineRow, SimRow
from models.db.orders.tables import ItemRow
from models.db.session import Session
from models.errors import IllegalTransition
from models.inventory import Device, Effect, InventoryState, Line, Sim
from models.order import OrderRef

RESERVE, APPLY, UNDO, CLOCK = "reserve", "apply", "undo", "clock"


@dataclass(frozen=True, kw_only=True)
class Performed:
    """What an effect has just changed."""

    before: InventoryState
    after: InventoryState


_LINE, _DEVICE, _SIM = TypeAdapter(Line), TypeAdapter(Device), TypeAdapter(Sim)


async def lock_item(session: Session, ref: OrderRef, item_id: str) -> ItemRow:
    """The item's row, locked till the end of the transaction so that deliveries of one effect queue up."""
    found = await session.exec(
        select(ItemRow)
        .where(col(ItemRow.tenant) == ref.tenant, col(ItemRow.order_id) == ref.id, col(ItemRow.id) == item_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return found.one()


async def done(session: Session, item: ItemRow, effect: str) -> bool:
    """Whether this item's effect has been performed."""
    return await session.get(InventoryChangeRow, (item.tenant, item.order_id, item.id, effect)) is not None


async def perform(
    session: Session, item: ItemRow, effect: str, change: Callable[[InventoryState], InventoryState], at: datetime
) -> Performed | None:
    """Turn what the (locked) item holds into what `change` makes of it; None where that was done before.

    Raises IllegalTransition for an item that was taken back: an activity that comes too late changes nothing.
    """
    earlier = await _performed(session, item)
    if effect in earlier:
        return None
    if UNDO in earlier:
        raise IllegalTransition(f"Item {item.id} was taken back; it is too late to {effect} it.")
    before = await _holding(session, item)
    after = change(before)
    await _save(session, item.tenant, before, after)
    line_id = after.line.id if after.line else item.line_id
    session.add(
        InventoryChangeRow(
            tenant=item.tenant,
            order_id=item.order_id,
            item_id=item.id,
            effect=effect,
            line_id=line_id,
            before=to_jsonable_python(before),
            after=to_jsonable_python(after),
            at=at,
        )
    )
    if line_id != item.line_id:
        await _give_line(session, item, line_id)
    return Performed(before=before, after=after)


async def _performed(session: Session, item: ItemRow) -> set[str]:
    """The effects this item has had."""
    found = await session.exec(
        select(InventoryChangeRow.effect).where(
            col(InventoryChangeRow.tenant) == item.tenant,
            col(InventoryChangeRow.order_id) == item.order_id,
            col(InventoryChangeRow.item_id) == item.id,
        )
    )
    return set(found.all())


async def _give_line(session: Session, item: ItemRow, line_id: str | None) -> None:
    await session.exec(
        update(ItemRow)
        .where(col(ItemRow.tenant) == item.tenant, col(ItemRow.order_id) == item.order_id, col(ItemRow.id) == item.id)
        .values(line_id=line_id)
    )


async def take_back(session: Session, item: ItemRow, effect: Effect, at: datetime) -> None:
    """Undo what was reserved for the (locked) item and not applied.

    Also noted where nothing is reserved: a reservation that comes late must find that it is too late.
    """
    if not await done(session, item, APPLY):
        reserved = await done(session, item, RESERVE)
        undo = effect.reservation.undo if reserved and effect.reservation else _nothing
        await perform(session, item, UNDO, undo, at)


def _nothing(before: InventoryState) -> InventoryState:
    return before


async def _holding(session: Session, item: ItemRow) -> InventoryState:
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
    """Write what changed; devices and SIMs first, for lines point at them."""
    if after.device is not None and after.device != before.device:
        await _put(session, DeviceRow(tenant=tenant, **asdict(after.device)))
    if after.sim is not None and after.sim != before.sim:
        await _put(session, SimRow(tenant=tenant, **asdict(after.sim)))
    if after.line is not None and after.line != before.line:
        await _put(session, LineRow(tenant=tenant, **asdict(after.line)))


async def _put(session: Session, row: DeviceRow | SimRow | LineRow) -> None:
    known = cast("DeviceRow | SimRow | LineRow | None", await session.get(type(row), (row.tenant, row.id)))
    if known is None:
        session.add(row)
    else:
        row.version = known.version + 1
        await session.merge(row)
    await session.flush()
