"""Locks: orders claim aspects of a line or device at submit, and hold all of it while they are at the carrier.

A lock is a row that only one order can have. An order that wants it waits for transactions that take it or give it up.
All rows are locked in the sequence (kind, id, aspect), so that no transactions deadlock.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Values,
    and_,
    case,
    column,
    delete,
    func,
    literal,
    null,
    tuple_,
    union,
    union_all,
    values,
)
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Integer, String, col, select
from sqlmodel.sql.sqltypes import UTCDateTime

from models.db.clauses import belongs_to_order, matches
from models.db.inventory.tables import LineRow
from models.db.line_timers.tables import LineTimerRow
from models.db.locks.tables import LockRow
from models.db.orders import order_rows
from models.db.orders.tables import ItemRow, OrderRow
from models.db.outbox.messages import Message, MessageKind, enqueue
from models.db.outbox.tables import OutboxRow
from models.db.session import Session, new_id
from models.formatting import PLANNED_CHANGE
from models.lock import HOLD, Thing, conflict, field_of, named_by
from models.order import Item, Order, OrderRef, WorkflowMessage
from models.order_type import Aspect, ThingKind
from models.timers import TimerRef

_SEQUENCE = ("kind", "id", "aspect")


async def claim(session: Session, order: Order, at: datetime) -> None:
    """Claim the aspects that the order's type touches, of what its items are about, in one statement.

    Raises LineHasOpenOrder or DeviceReserved with the number of a conflicting order; the caller's transaction then
    claims nothing.
    """
    wanted = _wanted(order.tenant, order.items, order.type.touches)
    if wanted is not None and await _lock(session, order, wanted, at):
        await _refuse(session, order.tenant, order.items, wanted, besides=order.id)


async def check_claims(session: Session, tenant: str, items: Sequence[Item], touches: Collection[Aspect]) -> None:
    """Raise what `claim` would raise now, without claiming anything."""
    wanted = _wanted(tenant, items, touches)
    if wanted is not None:
        await _refuse(session, tenant, items, wanted)


async def hold(session: Session, order: Order, at: datetime) -> str | None:
    """Hold all that the order is about or locks; if something else holds some of it, return what, and hold none.

    That is the number of an order, or PLANNED_CHANGE if a timer of a line holds it.

    Raises OrderClosed: a hold of a closed order would never be released.
    """
    await order_rows.lock_open(session, order.ref)
    named = _named([(item, HOLD) for item in order.items])
    if named is None:
        return None
    columns: list[Any] = [LockRow.kind, LockRow.id, literal(HOLD), literal(0), LockRow.item_id]
    claimed = select(*columns).where(belongs_to_order(LockRow, order))
    others = await _lock(session, order, union_all(select(*named.c), claimed).subquery(), at)
    if not others:
        return None
    await session.exec(
        delete(LockRow).where(
            belongs_to_order(LockRow, order), col(LockRow.aspect) == HOLD, col(LockRow.locked_at) == at
        )
    )
    of_first = zip((LockRow.order_id, LockRow.item_id), others[0], strict=True)
    first = select(holder()).select_from(LockRow).join(OrderRow, matches(OrderRow.id, LockRow.order_id))
    return await session.first(
        first.where(col(LockRow.tenant) == order.tenant, *(col(column) == value for column, value in of_first)).limit(1)
    )


async def hold_thing(session: Session, ref: OrderRef, thing: Thing, item_id: str, at: datetime) -> str | None:
    """Hold a thing for an order that can have ended, under an id of its own, until that is released.

    If something else holds it, return what, as `hold` does. An own hold stays.
    """
    row = LockRow(
        tenant=ref.tenant, kind=thing.kind, id=thing.id, aspect=HOLD, order_id=ref.id, item_id=item_id, locked_at=at
    )
    known = (
        select(col(LockRow.item_id), holder())
        .join(OrderRow, matches(OrderRow.id, LockRow.order_id))
        .where(*(col(getattr(LockRow, name)) == getattr(row, name) for name in ("tenant", *_SEQUENCE)))
    )
    while not await session.insert_once(row):
        found = await session.first(known)
        if found is not None:  # else it has just been released
            return None if found[0] == item_id else found[1]
    return None


async def held_by(session: Session, order: Order, thing: Thing, at: datetime) -> str | None:
    """What else holds the thing, as `hold` returns it; if nothing does, nothing will until the transaction ends.

    For that a hold is inserted and deleted at once: until the transaction ends, nobody else can insert one.
    """
    row = LockRow(tenant=order.tenant, kind=thing.kind, id=thing.id, aspect=HOLD, order_id=order.id, item_id="",
                  locked_at=at)  # fmt: skip
    if await session.insert_once(row):
        await session.exec(delete(LockRow).where(belongs_to_order(LockRow, order), col(LockRow.item_id) == ""))
        return None
    return (await claims_on(session, order.tenant, thing, besides=order.id)).get(HOLD)


async def release(session: Session, order: Order | OrderRef, *, item_id: str | None = None) -> None:
    """Release the locks of the order's items, or of one, and wake the open orders and timers of what they were on.

    What a timer holds that the order has started has an id of its own, and stays held when the order ends.

    An order that finds out that a thing is held locks the row that says so. It is therefore woken whether its status
    already says that it waits or not; or it finds out after the commit that the thing is free.
    """
    items: Any = select(ItemRow.id).where(belongs_to_order(ItemRow, order)) if item_id is None else [item_id]
    own = select(LockRow.kind, LockRow.id, LockRow.aspect).where(
        belongs_to_order(LockRow, order), col(LockRow.item_id).in_(items)
    )
    locked = own.order_by(*(getattr(LockRow, name) for name in _SEQUENCE)).with_for_update().cte("locked")
    of_lock = tuple_(col(LockRow.kind), col(LockRow.id), col(LockRow.aspect))
    released = await session.exec(
        delete(LockRow)
        .where(col(LockRow.tenant) == order.tenant, of_lock.in_(select(*locked.c)))
        .returning(col(LockRow.kind), col(LockRow.id))
    )
    things = {Thing(kind=ThingKind(kind), id=thing_id) for kind, thing_id in released}
    if things:
        await _wake(session, order, things)


async def claims_on(session: Session, tenant: str, *things: Thing, besides: str = "") -> dict[str, str]:
    """The locked aspects of the things, except those locked by the order `besides`, with what has locked them.

    That is the number of an order, or PLANNED_CHANGE; if an aspect of a line and of a device is locked, the line's.
    """
    return dict(
        await session.all(
            select(col(LockRow.aspect), holder())
            .join(OrderRow, matches(OrderRow.id, LockRow.order_id))
            .where(
                col(LockRow.tenant) == tenant,
                tuple_(col(LockRow.kind), col(LockRow.id)).in_([(thing.kind, thing.id) for thing in things]),
                col(LockRow.order_id) != besides,
            )
            .order_by((col(LockRow.kind) == ThingKind.LINE).asc(), col(LockRow.aspect))
        )
    )


async def locked(session: Session, tenant: str, kind: ThingKind, ids: Collection[str]) -> frozenset[str]:
    """Those of the things on which open orders, or timers that ask the carrier, have a lock."""
    if not ids:
        return frozenset()
    query = select(LockRow.id).where(_is_one_of(LockRow, LockRow.id, tenant, ids), col(LockRow.kind) == kind)
    return frozenset(await session.all(query))


def _named(wanted: Iterable[tuple[Item, str]]) -> Values | None:
    """Aspects of what the items are about, as a table; None if there are none."""
    rows = [
        (thing.kind.value, thing.id, str(aspect), item.number, item.id)
        for item, aspect in wanted
        if (thing := named_by(item)) is not None
    ]
    columns: list[Any] = [column(name, String) for name in _SEQUENCE]
    columns += [column("number", Integer), column("item_id", String)]
    return values(*columns, name="named").data(rows) if rows else None


def _wanted(tenant: str, items: Iterable[Item], touches: Collection[Aspect]) -> FromClause | None:
    """The aspects that orders with these items claim: also the use of a device on a line whose device they change."""
    named = _named((item, aspect) for item in items for aspect in touches)
    if named is None:
        return None
    wanted: list[Any] = [select(*named.c)]
    if Aspect.DEVICE in touches:
        wanted.append(_use_of_devices(tenant, named))
    return union_all(*wanted).subquery("wanted")


def _use_of_devices(tenant: str, named: Values) -> Any:
    """The use of what is on the lines whose device is among the named aspects."""
    changes_device = and_(named.c.kind == ThingKind.LINE.value, named.c.aspect == Aspect.DEVICE.value)
    columns: list[Any] = [literal(ThingKind.DEVICE.value), LineRow.device_id, literal(Aspect.USE.value)]
    columns += [named.c.number, named.c.item_id]
    return (
        select(*columns)
        .join(named, changes_device & (col(LineRow.id) == named.c.id))
        .where(col(LineRow.tenant) == tenant, col(LineRow.device_id).is_not(None))
    )


def holder() -> Any:
    """The number of the order whose item has a lock, or PLANNED_CHANGE: a timer has an id of its own."""
    items = select(ItemRow.id).where(matches(ItemRow.order_id, OrderRow.id), col(ItemRow.id) == col(LockRow.item_id))
    return case((items.exists(), OrderRow.number), else_=PLANNED_CHANGE)


async def _lock(session: Session, order: Order, wanted: FromClause, at: datetime) -> list[tuple[str, str]]:
    """Insert the wanted locks that nobody has; returns the ids of the orders, and their items, that have the others.

    The rows of those are locked, too, until the transaction ends.
    """
    key: list[Any] = [wanted.c[name] for name in _SEQUENCE]
    whose: list[Any] = [literal(order.id), func.min(wanted.c.item_id), literal(at, UTCDateTime())]
    columns: list[Any] = [literal(order.tenant), *key, *whose]
    rows = select(*columns).group_by(*key).order_by(*key)
    names = ["tenant", *_SEQUENCE, "order_id", "item_id", "locked_at"]
    locked = (
        insert(LockRow)
        .from_select(names, rows)
        .on_conflict_do_update(index_elements=names[:4], set_={"locked_at": col(LockRow.locked_at)})
        .returning(col(LockRow.order_id), col(LockRow.item_id))
    )
    return [(order_id, item_id) for order_id, item_id in await session.exec(locked) if order_id != order.id]


async def _refuse(
    session: Session, tenant: str, items: Sequence[Item], wanted: FromClause, *, besides: str = ""
) -> None:
    """Raise the conflict with the first wanted lock that another order has."""
    same = and_(*(getattr(LockRow, name) == wanted.c[name] for name in _SEQUENCE), col(LockRow.tenant) == tenant)
    found = await session.first(
        select(col(LockRow.kind), col(OrderRow.number), wanted.c.number)
        .join(wanted, same)
        .join(OrderRow, matches(OrderRow.id, LockRow.order_id))
        .where(col(LockRow.order_id) != besides)
        .order_by(wanted.c.number, wanted.c.kind.desc(), wanted.c.aspect)  # the item's line before the device on it
        .limit(1)
    )
    if found is not None:
        kind, number, position = found
        item = next(one for one in items if one.number == position)
        raise conflict(ThingKind(kind), number, field=field_of(item))


async def _wake(session: Session, order: Order | OrderRef, things: Collection[Thing]) -> None:
    waiting = union(*_about(order.tenant, things)).subquery("waiting")
    orders = (
        select(col(OrderRow.id), null())
        .join(waiting, col(OrderRow.id) == waiting.c.order_id)
        .where(col(OrderRow.tenant) == order.tenant, col(OrderRow.id) != order.id, col(OrderRow.closed_at).is_(None))
    )
    query: Any = union_all(orders, _timers_on(order, things))
    for order_id, timer_id in await session.all(query):
        timer = TimerRef(tenant=order.tenant, id=timer_id) if timer_id else None
        message = Message(
            action_id=new_id(),
            ref=OrderRef(tenant=order.tenant, id=order_id),
            kind=MessageKind.SIGNAL,
            name="lock_released",
            payload=WorkflowMessage(),
            workflow_id=timer.workflow_id if timer else None,
        )
        await enqueue(session, message, notify_relay=True)


def _timers_on(order: Order | OrderRef, things: Collection[Thing]) -> Any:
    """The running timers of the lines that other orders have started: any of them can wait for a line."""
    line_ids = [thing.id for thing in things if thing.kind is ThingKind.LINE]
    return (
        select(col(LineTimerRow.order_id), col(LineTimerRow.id))
        .join(OutboxRow, col(OutboxRow.id) == col(LineTimerRow.id))
        .where(
            _is_one_of(LineTimerRow, LineTimerRow.line_id, order.tenant, line_ids),
            col(LineTimerRow.order_id) != order.id,
            col(LineTimerRow.state) == "running",
            col(OutboxRow.state) == "done",
        )
    )


def _about(tenant: str, things: Collection[Thing]) -> Iterable[Any]:
    """Queries of the ids of orders that are about the things, or lock an aspect of a device on a line of theirs."""
    ids = {kind: [thing.id for thing in things if thing.kind is kind] for kind in ThingKind}
    yield select(ItemRow.order_id).where(_is_one_of(ItemRow, ItemRow.line_id, tenant, ids[ThingKind.LINE]))
    if devices := ids[ThingKind.DEVICE]:
        yield select(ItemRow.order_id).where(_is_one_of(ItemRow, ItemRow.device_id, tenant, devices))
        locks = _is_one_of(LockRow, LockRow.id, tenant, devices)
        yield select(LockRow.order_id).where(locks, col(LockRow.kind) == ThingKind.DEVICE)


def _is_one_of(table: Any, wanted: Any, tenant: str, ids: Collection[str]) -> ColumnElement[bool]:
    return and_(col(table.tenant) == tenant, col(wanted).in_(ids))
