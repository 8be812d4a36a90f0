"""Writing down what happens to an order: one entry, and everything that follows from it."""

from datetime import datetime
from typing import Any

from pydantic_core import to_jsonable_python
from sqlalchemy import func, true, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col

from models.db import line_locks
from models.db.approvals import approval_requests
from models.db.carriers import carrier_orders
from models.db.orders.tables import EventRow, ItemRow, OrderRow
from models.db.session import UNSEEN, Session
from models.lifecycle import ItemState
from models.order import ItemSnapshot, Order, OrderEvent

# Where a trigger tells of every entry, as "tenant order seq".
CHANNEL = "order_event"


async def record(session: Session, order: Order, entry: OrderEvent) -> bool:
    """Add an entry to the order's history and move order and items to where it says; once.

    Returns False, having changed nothing, when the entry is there already. Entries may arrive out of order: an
    older one adds its line of history and moves nothing back, and none moves an order that has ended.
    """
    if not await append(session, order, entry):
        return False
    await _move_order(session, order, entry)
    for mark in entry.items:
        await _move_item(session, order, entry, mark)
    await approval_requests.project(session, order, entry)
    if entry.status.final:
        await _end_items(session, order, entry)
        await line_locks.release(session, order)
        await carrier_orders.close(session, order.ref)
    return True


async def append(session: Session, order: Order, entry: OrderEvent) -> bool:
    """Add an entry to the order's history, once, and move nothing; False when it is there already."""
    row = {
        "tenant": order.tenant,
        "order_id": order.id,
        "seq": entry.seq,
        "at": entry.at,
        "event": entry.event,
        "status": entry.status,
        "actor_kind": entry.actor.kind,
        "actor_id": entry.actor.id,
        "actor_name": entry.actor.name,
        "channel": entry.actor.channel,
        "on_behalf_of": entry.actor.on_behalf_of,
        "data": to_jsonable_python(dict(entry.data)),
    }
    added = insert(EventRow).values(row).on_conflict_do_nothing().returning(col(EventRow.seq))
    return (await session.exec(added)).first() is not None


async def _move_order(session: Session, order: Order, entry: OrderEvent) -> None:
    values: dict[str, Any] = {
        "status": entry.status,
        "seq": entry.seq,
        "due_at": entry.due_at,
        "updated_at": entry.at,
        "closed_at": entry.at if entry.status.final else None,
    }
    await session.exec(
        update(OrderRow)
        .where(
            col(OrderRow.tenant) == order.tenant,
            col(OrderRow.id) == order.id,
            true() if entry.status.final else col(OrderRow.seq) < entry.seq,
            col(OrderRow.closed_at).is_(None),
        )
        .values(values)
        .execution_options(**UNSEEN)
    )


async def _move_item(session: Session, order: Order, entry: OrderEvent, mark: ItemSnapshot) -> None:
    """Move an item to where an entry says; what an older entry knows only fills the gaps in what is known."""
    of_item = (
        col(ItemRow.tenant) == order.tenant,
        col(ItemRow.order_id) == order.id,
        col(ItemRow.id) == mark.item_id,
    )
    data, known = dict(entry.data), _known(mark)
    values: dict[str, Any] = {
        "state": mark.state,
        "seq": entry.seq,
        "expected_at": _moment(data.get("expected_at")),
        "detail": data.get("detail"),
    }
    reported = {"reported_at": entry.at} if known else {}
    moved = await session.exec(
        update(ItemRow)
        .where(*of_item, col(ItemRow.seq) < entry.seq)
        .values(values | known | reported)
        .execution_options(**UNSEEN)
    )
    if known and not moved.rowcount:
        gaps = {name: func.coalesce(getattr(ItemRow, name), value) for name, value in known.items()}
        await session.exec(update(ItemRow).where(*of_item).values(gaps))


def _known(mark: ItemSnapshot) -> dict[str, Any]:
    said = vars(mark.identifiers) if mark.identifiers else {}
    return {name: value for name, value in said.items() if value is not None}


async def _end_items(session: Session, order: Order, entry: OrderEvent) -> None:
    """What an order has not brought by its end will not come."""
    await session.exec(
        update(ItemRow)
        .where(
            col(ItemRow.tenant) == order.tenant,
            col(ItemRow.order_id) == order.id,
            col(ItemRow.state).not_in([state for state in ItemState if state.final]),
        )
        .values(state=ItemState.CANCELED, seq=entry.seq)
    )


def _moment(value: Any) -> datetime | None:
    return datetime.fromisoformat(value) if isinstance(value, str) else value
