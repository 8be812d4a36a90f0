"""Line locks: orders claim aspects of a line at submit, and hold the whole line while they are at the carrier."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from operator import itemgetter
from typing import Any

from sqlalchemy import delete, func
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from models.db.clauses import belongs_to_order, matches
from models.db.line_locks.tables import LineLockRow
from models.db.orders import order_rows
from models.db.orders.tables import ItemRow, OrderRow
from models.db.outbox.messages import Message, MessageKind, enqueue
from models.db.session import Session, new_id
from models.errors import LineHasOpenOrder
from models.order import Item, Order, OrderRef, WorkflowMessage
from models.order_type import FrozenType, in_the_way
from models.questions.line import LINE

HOLD = "hold"


async def claim(session: Session, order: Order, at: datetime) -> None:
    """Claim the aspects the order's type touches, on each of its lines.

    Raises LineHasOpenOrder with the number of a conflicting order; the caller's transaction then claims nothing.
    """
    await _serialize(session, order)
    for item, line_id in _lines(order) if order.type.touches else ():
        _check(order.type, await claims_on(session, order.tenant, line_id, besides=order.id))
        await _insert(session, order, item, sorted(set(order.type.touches)), at)


async def check_claims(session: Session, tenant: str, kind: FrozenType, line_ids: Iterable[str]) -> None:
    """Raise what `claim` would raise now, without claiming anything."""
    for line_id in line_ids:
        _check(kind, await claims_on(session, tenant, line_id))


def _check(kind: FrozenType, claims: Mapping[str, str]) -> None:
    conflict = in_the_way(kind.touches, claims)
    if conflict is not None:
        _, number = conflict
        raise LineHasOpenOrder(
            f"Order {number} is in progress for this line.", field=LINE.code, facts={"order": number}
        )


async def hold(session: Session, order: Order, at: datetime) -> str | None:
    """Hold all of the order's lines; if another order holds one of them, return its number and hold none.

    Raises OrderClosed: a hold of a closed order would never be released.
    """
    await order_rows.lock_open(session, order.ref)
    await _serialize(session, order)
    for _, line_id in _lines(order):
        holder = (await claims_on(session, order.tenant, line_id, besides=order.id)).get(HOLD)
        if holder is not None:
            return holder
    for item, _ in _lines(order):
        await _insert(session, order, item, [HOLD], at)
    return None


async def held_by(session: Session, order: Order, line_id: str) -> str | None:
    """The number of another order that holds the line; if there is none, none will until the transaction ends."""
    await _serialize_lines(session, order.tenant, [line_id])
    return (await claims_on(session, order.tenant, line_id, besides=order.id)).get(HOLD)


async def release(session: Session, order: Order, *, item_id: str | None = None) -> None:
    """Release the locks of the order, or of one item, and wake the open orders for the lines.

    An order finds out that a line is held before this transaction begins to release it, and is then woken whether its
    status already says that it waits or not; or after the commit, when the line is free.
    """
    own = [belongs_to_order(LineLockRow, order)]
    if item_id is not None:
        own.append(col(LineLockRow.item_id) == item_id)
    released = (await session.exec(delete(LineLockRow).where(*own).returning(col(LineLockRow.line_id)))).all()
    if released:
        await _serialize(session, order)
        await _wake(session, order, {line_id for (line_id,) in released})


async def claims_on(session: Session, tenant: str, line_id: str, *, besides: str = "") -> dict[str, str]:
    """The locked aspects of a line, except those locked by the order `besides`, with the number of the order."""
    return dict(
        await session.all(
            select(col(LineLockRow.aspect), col(OrderRow.number))
            .join(OrderRow, matches(OrderRow.id, LineLockRow.order_id))
            .where(
                col(LineLockRow.tenant) == tenant,
                col(LineLockRow.line_id) == line_id,
                col(LineLockRow.order_id) != besides,
            )
        )
    )


async def _wake(session: Session, order: Order, lines: set[str]) -> None:
    others = await session.all(
        select(col(OrderRow.id))
        .join(ItemRow, matches(ItemRow.order_id, OrderRow.id))
        .where(
            col(OrderRow.tenant) == order.tenant,
            col(OrderRow.id) != order.id,
            col(OrderRow.closed_at).is_(None),
            col(ItemRow.line_id).in_(lines),
        )
        .distinct()
    )
    for order_id in others:
        ref = OrderRef(tenant=order.tenant, id=order_id)
        message = Message(
            action_id=new_id(), ref=ref, kind=MessageKind.SIGNAL, name="line_released", payload=WorkflowMessage()
        )
        await enqueue(session, message, notify_relay=True)


def _lines(order: Order) -> list[tuple[Item, str]]:
    """The items that have a line, by line id: every order locks in the same sequence, so that none deadlocks."""
    return sorted(((item, item.line_id) for item in order.items if item.line_id), key=itemgetter(1))


async def _serialize(session: Session, order: Order) -> None:
    """Let one transaction at a time check, lock and release the order's lines."""
    await _serialize_lines(session, order.tenant, [line_id for _, line_id in _lines(order)])


async def _serialize_lines(session: Session, tenant: str, line_ids: Iterable[str]) -> None:
    names = [f"{tenant}/{line_id}" for line_id in line_ids]
    keys: Any = [func.pg_advisory_xact_lock(func.hashtextextended(name, 0)) for name in names]
    if keys:
        await session.exec(select(*keys))


async def _insert(session: Session, order: Order, item: Item, aspects: Iterable[str], at: datetime) -> None:
    rows = [
        {
            "tenant": order.tenant,
            "line_id": item.line_id,
            "aspect": str(aspect),
            "order_id": order.id,
            "item_id": item.id,
            "locked_at": at,
        }
        for aspect in aspects
    ]
    await session.exec(insert(LineLockRow).values(rows).on_conflict_do_nothing())
