"""Locks: orders claim aspects of a line or device at submit, and hold all of it while they are at the carrier.

A lock is a row that only one order can have. An order that wants it waits for transactions that take it or give it up.
All rows are locked in the sequence (kind, id, aspect), so that no transactions deadlock.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ARRAY,
    FromClause,
    and_,
    any_,
    case,
    column,
    delete,
    func,
    literal,
    null,
    or_,
    tuple_,
    union,
    union_all,
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
from models.db.statement import Statement, param
from models.formatting import PLANNED_CHANGE
from models.lock import HOLD, Thing, conflict, field_of, named_by
from models.order import Item, Order, OrderRef, WorkflowMessage
from models.order_type import Aspect, ThingKind
from models.timers import TimerRef

_SEQUENCE = ("kind", "id", "aspect")
_KEY = ("tenant", *_SEQUENCE)
_OF_ORDER = (col(LockRow.tenant) == param("tenant"), col(LockRow.order_id) == param("order_id"))


def holder() -> Any:
    """The number of the order whose item has a lock, or PLANNED_CHANGE: a timer has an id of its own."""
    items = select(ItemRow.id).where(matches(ItemRow.order_id, OrderRow.id), col(ItemRow.id) == col(LockRow.item_id))
    return case((items.exists(), OrderRow.number), else_=PLANNED_CHANGE)


def _named() -> Any:
    """The aspects of what items are about that a call names: the parameters of `_values`, as a table."""
    names = (*_SEQUENCE, "item_id")
    arrays = [param(f"{name}s", ARRAY(String)) for name in names]
    columns: list[Any] = [column(name, String) for name in names]
    unnested = func.unnest(*arrays, param("numbers", ARRAY(Integer)))
    return unnested.table_valued(*columns, column("number", Integer)).render_derived(name="named")


def _wanted() -> FromClause:
    """The named aspects, and the use of what is on the lines whose device is among them."""
    named = _named()
    changes_device = and_(named.c.kind == ThingKind.LINE.value, named.c.aspect == Aspect.DEVICE.value)
    use: list[Any] = [literal(ThingKind.DEVICE.value), LineRow.device_id, literal(Aspect.USE.value)]
    use += [named.c.item_id, named.c.number]
    of_devices = (
        select(*use)
        .join(named, changes_device & (col(LineRow.id) == named.c.id))
        .where(col(LineRow.tenant) == param("tenant"), col(LineRow.device_id).is_not(None))
    )
    return union_all(select(*named.c), of_devices).subquery("wanted")


def _lock(wanted: FromClause) -> Statement[tuple[str, str]]:
    """Insert the wanted locks that nobody has; returns the order and the item that have each of them then.

    The rows of those of others are locked, too, until the transaction ends.
    """
    key: list[Any] = [wanted.c[name] for name in _SEQUENCE]
    whose: list[Any] = [param("order_id", String), func.min(wanted.c.item_id), param("at", UTCDateTime())]
    columns: list[Any] = [param("tenant", String), *key, *whose]
    rows = select(*columns).group_by(*key).order_by(*key)
    return Statement(
        insert(LockRow)
        .from_select([*_KEY, "order_id", "item_id", "locked_at"], rows)
        .on_conflict_do_update(index_elements=_KEY, set_={"locked_at": col(LockRow.locked_at)})
        .returning(col(LockRow.order_id), col(LockRow.item_id))
    )


def _held() -> FromClause:
    """The named aspects, and a hold of everything of which the order locks something."""
    claimed: list[Any] = [LockRow.kind, LockRow.id, literal(HOLD), LockRow.item_id, literal(0)]
    return union_all(select(*_named().c), select(*claimed).where(*_OF_ORDER)).subquery("wanted")


def _first_conflict() -> Statement[tuple[str, str, int]]:
    wanted = _wanted()
    return Statement(
        select(col(LockRow.kind), col(OrderRow.number), wanted.c.number)
        .join(wanted, and_(*(getattr(LockRow, name) == wanted.c[name] for name in _SEQUENCE)))
        .join(OrderRow, matches(OrderRow.id, LockRow.order_id))
        .where(col(LockRow.tenant) == param("tenant"), col(LockRow.order_id) != param("besides"))
        .order_by(wanted.c.number, wanted.c.kind.desc(), wanted.c.aspect)  # the item's line before the device on it
        .limit(1)
    )


def _release() -> Statement[tuple[str, str]]:
    """Delete the locks of the order's items, or those under one id; returns the kinds and ids of what they were on."""
    items = select(ItemRow.id).where(col(ItemRow.tenant) == param("tenant"), col(ItemRow.order_id) == param("order_id"))
    item_id = param("item_id", String)
    own = select(LockRow.kind, LockRow.id, LockRow.aspect).where(
        *_OF_ORDER, or_(and_(item_id.is_(None), col(LockRow.item_id).in_(items)), col(LockRow.item_id) == item_id)
    )
    locked = own.order_by(*(getattr(LockRow, name) for name in _SEQUENCE)).with_for_update().cte("locked")
    of_lock = tuple_(*(col(getattr(LockRow, name)) for name in _SEQUENCE))
    return Statement(
        delete(LockRow)
        .where(col(LockRow.tenant) == param("tenant"), of_lock.in_(select(*locked.c)))
        .returning(col(LockRow.kind), col(LockRow.id))
    )


def _waiting() -> Statement[tuple[str, str | None]]:
    """The other open orders that are about lines or devices, or lock an aspect of the devices; and timers.

    Those are the running ones of the lines that other orders have started: any of them can wait for a line. An order
    comes without the id of a timer.
    """
    lines, devices = param("line_ids", ARRAY(String)), param("device_ids", ARRAY(String))
    tenant, order_id = param("tenant", String), param("order_id", String)
    about = union(
        select(ItemRow.order_id).where(col(ItemRow.tenant) == tenant, col(ItemRow.line_id) == any_(lines)),
        select(ItemRow.order_id).where(col(ItemRow.tenant) == tenant, col(ItemRow.device_id) == any_(devices)),
        select(LockRow.order_id).where(
            col(LockRow.tenant) == tenant, col(LockRow.id) == any_(devices), col(LockRow.kind) == ThingKind.DEVICE
        ),
    ).subquery("about")
    orders = (
        select(col(OrderRow.id), null())
        .join(about, col(OrderRow.id) == about.c.order_id)
        .where(col(OrderRow.tenant) == tenant, col(OrderRow.id) != order_id, col(OrderRow.closed_at).is_(None))
    )
    timers = (
        select(col(LineTimerRow.order_id), col(LineTimerRow.id))
        .join(OutboxRow, col(OutboxRow.id) == col(LineTimerRow.id))
        .where(
            col(LineTimerRow.tenant) == tenant,
            col(LineTimerRow.line_id) == any_(lines),
            col(LineTimerRow.order_id) != order_id,
            col(LineTimerRow.state) == "running",
            col(OutboxRow.state) == "done",
        )
    )
    return Statement(union_all(orders, timers))


_CLAIM, _HOLD = _lock(_wanted()), _lock(_held())
_FIRST_CONFLICT = _first_conflict()
_RELEASE, _WAITING = _release(), _waiting()
_LOCKED = Statement[str](
    select(LockRow.id).where(
        col(LockRow.tenant) == param("tenant"),
        col(LockRow.id) == any_(param("ids", ARRAY(String))),
        col(LockRow.kind) == param("kind"),
    )
)
_CLAIMS_ON = Statement[tuple[str, str]](
    select(col(LockRow.aspect), holder())
    .join(OrderRow, matches(OrderRow.id, LockRow.order_id))
    .where(
        col(LockRow.tenant) == param("tenant"),
        or_(
            *(
                and_(col(LockRow.kind) == kind, col(LockRow.id) == any_(param(f"{kind}_ids", ARRAY(String))))
                for kind in ThingKind
            )
        ),
        col(LockRow.order_id) != param("besides"),
    )
    .order_by((col(LockRow.kind) == ThingKind.LINE).asc(), col(LockRow.aspect))
)


async def claim(session: Session, order: Order, at: datetime) -> None:
    """Claim the aspects that the order's type touches, of what its items are about, in one statement.

    Raises LineHasOpenOrder or DeviceReserved with the number of a conflicting order; the caller's transaction then
    claims nothing.
    """
    named = _values(order.items, order.type.touches)
    if not named["ids"]:
        return
    locked = await session.all(_CLAIM, tenant=order.tenant, order_id=order.id, at=at, **named)
    if any(order_id != order.id for order_id, _ in locked):
        await _refuse(session, order.tenant, order.items, named, besides=order.id)


async def check_claims(session: Session, tenant: str, items: Sequence[Item], touches: Collection[Aspect]) -> None:
    """Raise what `claim` would raise now, without claiming anything."""
    named = _values(items, touches)
    if named["ids"]:
        await _refuse(session, tenant, items, named)


async def hold(session: Session, row: OrderRow, order: Order, at: datetime) -> str | None:
    """Hold all that the order is about or locks; if something else holds some of it, return what, and hold none.

    That is the number of an order, or PLANNED_CHANGE if a timer of a line holds it.

    The caller has locked the order's row. Raises OrderClosed: a hold of a closed order would never be released.
    """
    order_rows.require_open(row)
    named = _values(order.items, [HOLD])
    if not named["ids"]:
        return None
    locked = await session.all(_HOLD, tenant=order.tenant, order_id=order.id, at=at, **named)
    others = [held for held in locked if held[0] != order.id]
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
    released = await session.all(_RELEASE, tenant=order.tenant, order_id=order.id, item_id=item_id)
    things = {Thing(kind=ThingKind(kind), id=thing_id) for kind, thing_id in released}
    if things:
        await _wake(session, order, things)


async def claims_on(session: Session, tenant: str, *things: Thing, besides: str = "") -> dict[str, str]:
    """The locked aspects of the things, except those locked by the order `besides`, with what has locked them.

    That is the number of an order, or PLANNED_CHANGE; if an aspect of a line and of a device is locked, the line's.
    """
    return dict(await session.all(_CLAIMS_ON, tenant=tenant, besides=besides, **_ids(things)))


async def locked(session: Session, tenant: str, kind: ThingKind, ids: Collection[str]) -> frozenset[str]:
    """Those of the things on which open orders, or timers that ask the carrier, have a lock."""
    if not ids:
        return frozenset()
    return frozenset(await session.all(_LOCKED, tenant=tenant, kind=kind, ids=[*ids]))


def _values(items: Iterable[Item], aspects: Collection[str]) -> dict[str, list[Any]]:
    """The aspects of what the items are about, as parameters."""
    named = [(thing, aspect, item) for item in items for aspect in aspects if (thing := named_by(item)) is not None]
    return {
        "kinds": [thing.kind.value for thing, _, _ in named],
        "ids": [thing.id for thing, _, _ in named],
        "aspects": [str(aspect) for _, aspect, _ in named],
        "item_ids": [item.id for _, _, item in named],
        "numbers": [item.number for _, _, item in named],
    }


async def _refuse(
    session: Session, tenant: str, items: Sequence[Item], named: Mapping[str, list[Any]], *, besides: str = ""
) -> None:
    """Raise the conflict with the first wanted lock that another order has."""
    found = await session.first(_FIRST_CONFLICT, tenant=tenant, besides=besides, **named)
    if found is not None:
        kind, number, position = found
        item = next(one for one in items if one.number == position)
        raise conflict(ThingKind(kind), number, field=field_of(item))


async def _wake(session: Session, order: Order | OrderRef, things: Collection[Thing]) -> None:
    for order_id, timer_id in await session.all(_WAITING, tenant=order.tenant, order_id=order.id, **_ids(things)):
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


def _ids(things: Collection[Thing]) -> dict[str, list[str]]:
    return {f"{kind}_ids": [thing.id for thing in things if thing.kind is kind] for kind in ThingKind}
