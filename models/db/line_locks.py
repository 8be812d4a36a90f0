"""Which order may change which aspect of a line: claims from submit, the whole line from placing to inventory."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from operator import itemgetter

from sqlalchemy import delete, func
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from models.db.inventory.tables import LineLockRow
from models.db.orders.tables import OrderRow
from models.db.outbox import delivery
from models.db.session import Session, new_id
from models.errors import LineHasOpenOrder, OrderClosed
from models.lifecycle import Status
from models.order import Item, Order, OrderRef
from models.order_type import OrderType, in_the_way

HOLD = "hold"


async def take(session: Session, order: Order, at: datetime) -> None:
    """Claim the aspects the order's type touches, on each of its lines.

    Raises LineHasOpenOrder naming the order in the way; the caller's transaction then claims nothing.
    """
    for item, line_id in _lines(order) if order.type.touches else ():
        await _lock_line(session, order, line_id)
        _refuse_what_is_claimed(order.type, await claims_on(session, order.tenant, line_id, besides=order.id))
        await _insert(session, order, item, sorted(set(order.type.touches)), at)


async def look(session: Session, tenant: str, kind: OrderType, line_ids: Iterable[str]) -> None:
    """Raise what `take` would raise now, and claim nothing."""
    for line_id in line_ids:
        _refuse_what_is_claimed(kind, await claims_on(session, tenant, line_id))


def _refuse_what_is_claimed(kind: OrderType, taken: Mapping[str, str]) -> None:
    found = in_the_way(kind.touches, taken)
    if found is not None:
        aspect, number = found
        raise LineHasOpenOrder(
            f"Order {number} already changes this line ({aspect}).", field="line", facts={"order": number}
        )


async def hold(session: Session, order: Order, at: datetime) -> str | None:
    """Hold the whole of each of the order's lines; returns the number of the order in the way, if one is.

    Raises OrderClosed for an order that has ended: nobody would release what comes too late.
    """
    await _lock_open_order(session, order)
    for _, line_id in _lines(order):
        await _lock_line(session, order, line_id)
        holder = (await claims_on(session, order.tenant, line_id, besides=order.id)).get(HOLD)
        if holder is not None:
            return holder
    for item, _ in _lines(order):
        await _insert(session, order, item, [HOLD], at)
    return None


async def release(session: Session, order: Order, *, item_id: str | None = None) -> None:
    """Let go of the order's lines (or one item's), and wake the orders that wait for them."""
    mine = [col(LineLockRow.tenant) == order.tenant, col(LineLockRow.order_id) == order.id]
    if item_id is not None:
        mine.append(col(LineLockRow.item_id) == item_id)
    freed = (await session.exec(delete(LineLockRow).where(*mine).returning(col(LineLockRow.line_id)))).all()
    lines = {line_id for (line_id,) in freed}
    if lines:
        await _wake(session, order, lines)


async def claims_on(session: Session, tenant: str, line_id: str, *, besides: str = "") -> dict[str, str]:
    """The aspects of a line that orders claim, `besides` one of them, each with the order's number."""
    rows = await session.exec(
        select(col(LineLockRow.aspect), col(OrderRow.number))
        .join(
            OrderRow,
            (col(LineLockRow.tenant) == col(OrderRow.tenant)) & (col(LineLockRow.order_id) == col(OrderRow.id)),
        )
        .where(
            col(LineLockRow.tenant) == tenant,
            col(LineLockRow.line_id) == line_id,
            col(LineLockRow.order_id) != besides,
        )
    )
    return dict(rows.all())


async def _wake(session: Session, order: Order, lines: set[str]) -> None:
    waiting = await session.exec(
        select(col(OrderRow.id))
        .join(
            LineLockRow,
            (col(LineLockRow.tenant) == col(OrderRow.tenant)) & (col(LineLockRow.order_id) == col(OrderRow.id)),
        )
        .where(
            col(OrderRow.tenant) == order.tenant,
            col(OrderRow.status).in_([Status.ON_HOLD, Status.SUBMITTING, Status.APPROVED]),
            col(LineLockRow.line_id).in_(lines),
        )
        .distinct()
    )
    for order_id in waiting.all():
        ref = OrderRef(tenant=order.tenant, id=order_id)
        await delivery.add_signal(session, ref, action_id=new_id(), name="line_released", payload={})


def _lines(order: Order) -> list[tuple[Item, str]]:
    """The items that have a line, with it; in the same sequence for every order, so that none waits in a circle."""
    return sorted(((item, item.line_id) for item in order.items if item.line_id), key=itemgetter(1))


async def _lock_open_order(session: Session, order: Order) -> None:
    """The order may end only after the transaction."""
    row = await session.get_one(
        OrderRow, (order.tenant, order.id), with_for_update={"key_share": True}, populate_existing=True
    )
    if row.closed_at is not None:
        raise OrderClosed(f"Order {order.number} has ended: {row.status}.")


async def _lock_line(session: Session, order: Order, line_id: str) -> None:
    """Two orders that look at the same line look one after the other, till the end of the transaction."""
    key = func.hashtextextended(f"{order.tenant}/{line_id}", 0)
    await session.exec(select(func.pg_advisory_xact_lock(key)))


async def _insert(session: Session, order: Order, item: Item, aspects: Iterable[str], at: datetime) -> None:
    rows = [
        {
            "tenant": order.tenant,
            "line_id": item.line_id,
            "aspect": str(aspect),
            "order_id": order.id,
            "item_id": item.id,
            "taken_at": at,
        }
        for aspect in aspects
    ]
    await session.exec(insert(LineLockRow).values(rows).on_conflict_do_nothing())
