"""Recording an order event, with everything that follows from it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pydantic_core import to_jsonable_python
from sqlalchemy import ColumnElement, exists, true, update
from sqlmodel import col

from models.db import order_tasks
from models.db.approvals import approval_projection
from models.db.carriers import carrier_orders
from models.db.clauses import belongs_to_order
from models.db.due_dates import due_after
from models.db.locks import locks
from models.db.order_lock import lock_order
from models.db.orders import item_reports, order_rows, order_values, secret_answers
from models.db.orders.tables import EventRow, ItemRow, OrderRow
from models.db.outbox.messages import Message, MessageKind, enqueue
from models.db.returns import return_cases
from models.db.session import NO_SYNC, Session, new_id
from models.db.tasks.tables import TaskRow
from models.event import Event
from models.lifecycle import ItemState, Status
from models.order import Actor, ItemSnapshot, Order, OrderEvent, OrderRef
from models.order_messages import ItemReturn
from models.task import TaskStatus

# A trigger notifies this channel of every event, as "tenant order seq".
CHANNEL = "order_event"
# What an event is about, by names of its data.
_ABOUT = ("item_id", "thing", "step", "stage", "round")
_ENDED = tuple(state for state in ItemState if state.final)


class EventNumberTaken(Exception):
    """Another event is recorded under the number `taken`; `last` is the last number of the same author's events."""

    def __init__(self, *, taken: int, last: int) -> None:
        super().__init__(f"Number {taken} belongs to another event.")
        self.taken, self.last = taken, last


async def apply_event(session: Session, order: Order, event: OrderEvent) -> bool:
    """Append an event and update order, items, tasks, approvals and locks; False, without a change, if it was recorded.

    Raises EventNumberTaken if another event has its number.

    The event that ends the order also deletes its secret answers.

    Events can arrive out of order: an older event is appended but moves nothing back, and no event moves a closed
    order.
    """
    if not await _insert(session, order, event):
        return False
    has_open_tasks = await _move_order(session, order, event)
    for item in event.items:
        await _move_item(session, order, event, item)
    await approval_projection.project(session, order, event)
    if order.type.returns:
        await return_cases.project(session, order.ref, event)
    if event.status.final:
        await _cancel_open_items(session, order)
        await locks.release(session, order)
        if order.carrier is not None:
            await carrier_orders.close(session, order.ref)
        if order.type.returns:
            await _end_returns(session, order)
        await secret_answers.erase(session, order)
    await order_tasks.follow(session, order, event, has_moved=has_open_tasks)
    return True


async def _end_returns(session: Session, order: Order) -> None:
    """What was to come back and didn't, does not: the orders that wait with it continue."""
    for row in await return_cases.cancel(session, order.ref):
        if row.parent_order_id and row.parent_item_id:
            payload = ItemReturn(item_id=row.parent_item_id, number=order.number)
            ref = OrderRef(tenant=order.tenant, id=row.parent_order_id)
            message = Message(
                action_id=new_id(), ref=ref, kind=MessageKind.SIGNAL, name="return_ended", payload=payload
            )
            await enqueue(session, message, notify_relay=True)


async def append_outside(
    session: Session, ref: OrderRef, event: Event, *, actor: Actor, at: datetime, data: Mapping[str, Any]
) -> tuple[Order, OrderEvent]:
    """Append an event that is not by the order's workflow, which may have ended. It does not move the order."""
    row = await lock_order(session, ref)
    order = await order_values.load(session, ref)
    appended = OrderEvent(
        seq=await order_rows.next_outside_seq(session, ref),
        at=at,
        event=event.code,
        status=Status(row.status),
        actor=actor,
        data=tuple(data.items()),
    )
    await append_event(session, order, appended)
    return order, appended


async def append_event(session: Session, order: Order, event: OrderEvent) -> bool:
    """Append an event to the order's history and update its tasks; False if it is there already.

    Raises EventNumberTaken.
    """
    added = await _insert(session, order, event)
    if added:
        await order_tasks.follow(session, order, event, has_moved=False)
    return added


async def _insert(session: Session, order: Order, event: OrderEvent) -> bool:
    row = EventRow(
        tenant=order.tenant,
        order_id=order.id,
        seq=event.seq,
        at=event.at,
        event=event.event,
        status=event.status,
        actor_kind=event.actor.kind,
        actor_id=event.actor.id,
        actor_name=event.actor.name,
        channel=event.actor.channel,
        cause=event.cause,
        data=to_jsonable_python(dict(event.data)),
    )
    if await session.insert_once(row):
        return True
    recorded = await session.get_one(EventRow, (order.tenant, order.id, event.seq))
    if _identity(recorded) != _identity(row):
        raise EventNumberTaken(taken=event.seq, last=await order_rows.last_seq(session, order.ref, beside=event.seq))
    return False


def _identity(row: EventRow) -> tuple[Any, ...]:
    """What two records of one event have in common. A workflow that was set back decides again, at another time."""
    about = tuple(row.data.get(name) for name in _ABOUT)
    return (row.event, row.status, row.actor_kind, row.actor_id, row.cause, *about)


async def _move_order(session: Session, order: Order, event: OrderEvent) -> bool:
    """Returns whether the order has moved and has open tasks, which may be over then."""
    has_open_tasks = exists().where(belongs_to_order(TaskRow, order), col(TaskRow.state) == TaskStatus.OPEN)
    values: dict[str, Any] = {
        "status": event.status,
        "seq": event.seq,
        "due_at": await due_after(session, order, event),
        "updated_at": event.at,
        "closed_at": event.at if event.status.final else None,
    }
    starts_at = dict(event.data).get("effective_at")
    if event.status is Status.SCHEDULED and starts_at is not None:
        values["effective_at"] = datetime.fromisoformat(starts_at)
    moved = (
        update(OrderRow)
        .where(
            col(OrderRow.tenant) == order.tenant,
            col(OrderRow.id) == order.id,
            true() if event.status.final else col(OrderRow.seq) < event.seq,
            col(OrderRow.closed_at).is_(None),
        )
        .values(values)
        .returning(has_open_tasks)
        .execution_options(**NO_SYNC)
    )
    return bool((await session.exec(moved)).scalar_one_or_none())


async def _move_item(session: Session, order: Order, event: OrderEvent, item: ItemSnapshot) -> None:
    """Set the item's state, and the identifiers that a person entered.

    An item that has ended does not reopen; one that was canceled with its order can still be reported to have ended.
    """
    await session.exec(
        update(ItemRow)
        .where(
            belongs_to_order(ItemRow, order),
            col(ItemRow.id) == item.item_id,
            col(ItemRow.seq) < event.seq,
            true() if item.state in _ENDED else _still_open(),
        )
        .values(state=item.state, seq=event.seq, detail=dict(event.data).get("detail"))
        .execution_options(**NO_SYNC)
    )
    known = item.identifiers.known if item.identifiers else {}
    if known:
        await item_reports.report(session, order.ref, item.item_id, known, at=event.at, by=event.actor.channel)


async def _cancel_open_items(session: Session, order: Order) -> None:
    await session.exec(
        update(ItemRow).where(belongs_to_order(ItemRow, order), _still_open()).values(state=ItemState.CANCELED)
    )


def _still_open() -> ColumnElement[bool]:
    return col(ItemRow.state).not_in(_ENDED)
