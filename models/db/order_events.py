"""Recording an order event, with everything that follows from it."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from pydantic_core import to_jsonable_python
from sqlalchemy import ARRAY, Boolean, Integer, String, all_, and_, any_, case, exists, func, literal, or_, update
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlmodel import col, select
from sqlmodel.sql.expression import Select
from sqlmodel.sql.sqltypes import UTCDateTime

from models.db import order_tasks
from models.db.approvals import approval_projection
from models.db.carriers import carrier_orders
from models.db.due_dates import due_after
from models.db.locks import locks
from models.db.orders import item_reports, order_rows, order_values, secret_answers
from models.db.orders.tables import EventRow, ItemRow, OrderRow
from models.db.outbox.messages import Message, MessageKind, enqueue
from models.db.returns import return_cases
from models.db.session import Session, new_id
from models.db.statement import Statement, param
from models.db.tasks.tables import TaskRow
from models.event import Event
from models.lifecycle import ItemState, Status
from models.order import FIRST_OUTSIDE_SEQ, Actor, Order, OrderEvent, OrderRef
from models.order_messages import ItemReturn
from models.task import TaskStatus
from models.timers import EVENTS_PER_ITEM

# A trigger notifies this channel of every event, as "tenant order seq".
CHANNEL = "order_event"
# What an event is about, by names of its data.
_ABOUT = ("item_id", "thing", "step", "stage", "round")
# All of an event's row but `position`, which the database gives it.
_COLUMNS = tuple(name for name in EventRow.model_fields if name != "position")


def _apply() -> Select[bool, bool]:
    """Insert an event and, if it is new, move its order and items. The event that ends the order cancels open items.

    Returns whether the event is new, and whether the order was moved and has open tasks, which may be over then.
    """
    is_end, seq, status, at = param("is_end", Boolean), param("seq", Integer), param("status"), param("at")
    due_at, unless_known = param("due_at", UTCDateTime()), param("unless_known", Boolean)
    added = _INSERT.returning(col(EventRow.tenant), col(EventRow.order_id)).cte("added")
    stays_due = and_(unless_known, col(OrderRow.status) == status)
    moved = (
        update(OrderRow)
        .where(
            col(OrderRow.tenant) == added.c.tenant,
            col(OrderRow.id) == added.c.order_id,
            or_(is_end, col(OrderRow.seq) < seq),
            col(OrderRow.closed_at).is_(None),
        )
        .values(
            status=status,
            seq=seq,
            due_at=case((stays_due, func.coalesce(OrderRow.due_at, due_at)), else_=due_at),
            effective_at=func.coalesce(param("starts_at", UTCDateTime()), OrderRow.effective_at),
            updated_at=at,
            closed_at=case((is_end, param("at", UTCDateTime()))),
        )
        .returning(col(OrderRow.id))
        .cte("moved")
    )
    said = func.jsonb_extract_path_text(param("states", JSONB), ItemRow.id, type_=String)
    is_open = col(ItemRow.state) != all_(_ENDED)
    counts = and_(said.is_not(None), col(ItemRow.seq) < seq, or_(said == any_(_ENDED), is_open))
    state = case((counts, said), else_=ItemRow.state)
    items = (
        update(ItemRow)
        .where(
            col(ItemRow.tenant) == added.c.tenant,
            col(ItemRow.order_id) == added.c.order_id,
            or_(counts, and_(is_end, is_open)),
        )
        .values(
            state=case((and_(is_end, state != all_(_ENDED)), literal(ItemState.CANCELED, String)), else_=state),
            seq=case((counts, seq), else_=ItemRow.seq),
            detail=case((counts, param("detail", String)), else_=ItemRow.detail),
        )
        .cte("items")
    )
    open_tasks = exists().where(
        col(TaskRow.tenant) == param("tenant"),
        col(TaskRow.order_id) == param("order_id"),
        col(TaskRow.state) == TaskStatus.OPEN,
    )
    return select(exists().select_from(added), exists().select_from(moved) & open_tasks).add_cte(items)


_ENDED = literal([state.value for state in ItemState if state.final], ARRAY(String))
_INSERT = insert(EventRow).values({name: param(name) for name in _COLUMNS}).on_conflict_do_nothing()
_APPEND = Statement[None](_INSERT)
# Under the number after that of the last event by neither the order's workflow nor a timer.
_NEXT_OUTSIDE = select(func.coalesce(func.max(EventRow.seq) + 1, FIRST_OUTSIDE_SEQ)).where(
    col(EventRow.tenant) == param("tenant"),
    col(EventRow.order_id) == param("order_id"),
    col(EventRow.seq).between(FIRST_OUTSIDE_SEQ, EVENTS_PER_ITEM - 1),
)
_APPEND_OUTSIDE = Statement[int](
    insert(EventRow)
    .values({name: param(name) for name in _COLUMNS} | {"seq": _NEXT_OUTSIDE.scalar_subquery()})
    .returning(col(EventRow.seq))
)
_APPLY = Statement[tuple[bool, bool]](_apply())


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
    order. An item that has ended does not reopen; one that was canceled with its order can still be reported to have
    ended.
    """
    row, data = _row(order, event), dict(event.data)
    due, starts_at = await due_after(session, order, event), data.get("effective_at")
    applied = await session.all(
        _APPLY,
        **_values(row),
        is_end=event.status.final,
        due_at=due.at,
        unless_known=due.unless_known,
        starts_at=datetime.fromisoformat(starts_at) if starts_at and event.status is Status.SCHEDULED else None,
        states={item.item_id: item.state for item in event.items},
        detail=data.get("detail"),
    )
    [(is_new, has_open_tasks)] = applied
    if not is_new:
        await _require_same(session, order, row)
        return False
    for item in event.items:
        if item.identifiers and (known := item.identifiers.known):
            await item_reports.report(session, order.ref, item.item_id, known, at=event.at, by=event.actor.channel)
    await approval_projection.project(session, order, event)
    if order.type.returns:
        await return_cases.project(session, order.ref, event)
    if event.status.final:
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
    row, items = await order_values.lock_rows(session, ref)
    order = order_values.from_rows(row, items)
    outside = OrderEvent(
        seq=FIRST_OUTSIDE_SEQ, at=at, event=event.code, status=Status(row.status), actor=actor, data=tuple(data.items())
    )
    values = _values(_row(order, outside))
    (seq,) = await session.all(_APPEND_OUTSIDE, **{name: value for name, value in values.items() if name != "seq"})
    appended = replace(outside, seq=seq)
    await order_tasks.follow(session, order, appended, has_moved=False)
    return order, appended


async def append_event(session: Session, order: Order, event: OrderEvent) -> bool:
    """Append an event to the order's history and update its tasks; False if it is there already.

    Raises EventNumberTaken.
    """
    row = _row(order, event)
    if not await session.affected(_APPEND, **_values(row)):
        await _require_same(session, order, row)
        return False
    await order_tasks.follow(session, order, event, has_moved=False)
    return True


def _row(order: Order, event: OrderEvent) -> EventRow:
    return EventRow(
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


def _values(row: EventRow) -> dict[str, Any]:
    return {name: getattr(row, name) for name in _COLUMNS}


async def _require_same(session: Session, order: Order, row: EventRow) -> None:
    """The event that is recorded under the number of this one is the same."""
    recorded = await session.get_one(EventRow, (order.tenant, order.id, row.seq))
    if _identity(recorded) != _identity(row):
        raise EventNumberTaken(taken=row.seq, last=await order_rows.last_seq(session, order.ref, beside=row.seq))


def _identity(row: EventRow) -> tuple[Any, ...]:
    """What two records of one event have in common. A workflow that was set back decides again, at another time."""
    about = tuple(row.data.get(name) for name in _ABOUT)
    return (row.event, row.status, row.actor_kind, row.actor_id, row.cause, *about)
