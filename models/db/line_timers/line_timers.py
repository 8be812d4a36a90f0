"""Timers of lines: started when a line's status changes, ended once; suspensions count against the carrier's limit."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import func
from sqlmodel import col, or_, select

from models.db.carriers import carrier_orders
from models.db.clauses import belongs_to_order, matches
from models.db.inventory.inventory_values import value_of
from models.db.inventory.tables import LineRow
from models.db.line_timers.tables import LineTimerRow
from models.db.locks import locks
from models.db.order_lock import lock_order
from models.db.orders.tables import EventRow, ItemRow
from models.db.outbox import delivery
from models.db.outbox.messages import Message, MessageKind, enqueue
from models.db.outbox.tables import OutboxRow
from models.db.session import Session
from models.db.tasks import tasks
from models.inventory import Line
from models.lock import Thing
from models.order import OrderRef, WorkflowMessage
from models.order_type import ThingKind
from models.timers import (
    EVENTS_PER_ITEM,
    EVENTS_PER_TIMER,
    FEATURES_ENDING,
    RECOVERING,
    SUSPENSION,
    YEAR,
    SuspensionPeriod,
    TimerInput,
    TimerRef,
)

RUNNING, ENDED = "running", "ended"
# What the task that a timer opened says of its end.
_OVER = "timer_ended"
_INPUT = TypeAdapter(TimerInput)


@dataclass(frozen=True, kw_only=True)
class RunningTimer:
    """A timer that runs according to its row, with its order, its item and the number of its last event."""

    ref: TimerRef
    order: OrderRef
    item_number: int
    seq: int


async def stop(session: Session, row: LineTimerRow, *, by: OrderRef, outcome: str, at: datetime) -> None:
    """End a timer, because an order changed what it follows."""
    row.ended_by = by.id
    await end(session, row, outcome, at)
    message = Message(
        action_id=f"stop:{row.id}",
        ref=_order(row),
        kind=MessageKind.SIGNAL,
        name="stop",
        payload=WorkflowMessage(),
        workflow_id=_ref(row).workflow_id,
    )
    await enqueue(session, message, notify_relay=True)


async def features_ending(session: Session, ref: TimerRef) -> dict[str, tuple[str, ...]]:
    """The features of the timer that its line still has with their last day, by the timer's item."""
    row = await session.get(LineTimerRow, (ref.tenant, ref.id))
    if row is None:
        return {}
    line = await session.get_one(LineRow, (ref.tenant, row.line_id))
    return {row.item_id: value_of(Line, line).ending(row.features, row.last_day)}


async def running_on(session: Session, tenant: str, line_id: str) -> list[LineTimerRow]:
    """The timers that run on a line: that of its status, and those of its features."""
    return await session.all(
        select(LineTimerRow).where(
            col(LineTimerRow.tenant) == tenant,
            col(LineTimerRow.line_id) == line_id,
            col(LineTimerRow.state) == RUNNING,
        )
    )


async def next_seq_offset(session: Session, ref: OrderRef, item: ItemRow) -> int:
    """The `seq` before that of the first event of the item's next timer."""
    known = select(func.count()).where(belongs_to_order(LineTimerRow, ref), col(LineTimerRow.item_id) == item.id)
    return EVENTS_PER_ITEM * item.number + EVENTS_PER_TIMER * (await session.first(known) or 0)


async def add(session: Session, row: LineTimerRow) -> None:
    session.add(row)


async def latest(session: Session, tenant: str, line_id: str) -> LineTimerRow | None:
    """The timer that a suspended or disconnected line got last, running or ended."""
    of_line = (
        col(LineTimerRow.tenant) == tenant,
        col(LineTimerRow.line_id) == line_id,
        col(LineTimerRow.kind) != FEATURES_ENDING,
    )
    return await session.first(
        select(LineTimerRow).where(*of_line).order_by(col(LineTimerRow.began_at).desc()).limit(1)
    )


async def lock(session: Session, ref: TimerRef) -> tuple[LineTimerRow, LineRow]:
    """A timer and its line, locked until the transaction ends, after the order that started the timer."""
    row = await session.get_one(LineTimerRow, (ref.tenant, ref.id))
    await lock_order(session, _order(row))
    line = await session.get_one(LineRow, (ref.tenant, row.line_id), with_for_update=True, populate_existing=True)
    await session.refresh(row, with_for_update=True)
    return row, line


async def list_running(session: Session, *, after: str, limit: int) -> list[RunningTimer]:
    """Running timers whose workflow was started, by id, after the timer `after`."""
    rows = await session.all(_started().where(col(LineTimerRow.id) > after).order_by(col(LineTimerRow.id)).limit(limit))
    return [_running(*row) for row in rows]


async def running_of(session: Session, ref: TimerRef) -> RunningTimer | None:
    """The timer as `list_running` has it; None once it has ended, or is to be started."""
    row = await session.first(_started().where(col(LineTimerRow.id) == ref.id))
    return _running(*row) if row is not None else None


def _started() -> Any:
    """Running timers whose workflow was started, with the number of their item and that of their last event."""
    offset = col(LineTimerRow.seq_offset)
    last = (
        select(func.max(col(EventRow.seq)))
        .where(
            matches(EventRow.order_id, LineTimerRow.order_id),
            col(EventRow.seq) > offset,
            col(EventRow.seq) < offset + EVENTS_PER_TIMER,
        )
        .scalar_subquery()
    )
    return (
        select(LineTimerRow, col(ItemRow.number), func.coalesce(last, offset))
        .join(OutboxRow, col(OutboxRow.id) == col(LineTimerRow.id))
        .join(ItemRow, matches(ItemRow.id, LineTimerRow.item_id))
        .where(col(LineTimerRow.state) == RUNNING, col(OutboxRow.state) == "done")
    )


def _running(row: LineTimerRow, item_number: int, seq: int) -> RunningTimer:
    return RunningTimer(ref=_ref(row), order=_order(row), item_number=item_number, seq=seq)


async def restart(session: Session, ref: TimerRef) -> bool:
    """Restart a timer's workflow where its events end; False if the timer has ended."""
    row, _ = await lock(session, ref)
    start = await delivery.find(session, ref.id)
    if row.state != RUNNING or start is None:
        return False
    timer = _INPUT.validate_python(start.payload)
    events = await session.all(
        select(EventRow).where(
            col(EventRow.tenant) == row.tenant,
            col(EventRow.order_id) == row.order_id,
            col(EventRow.seq) > row.seq_offset,
            col(EventRow.seq) < row.seq_offset + EVENTS_PER_TIMER,
        )
    )
    written = max((event.seq - row.seq_offset for event in events), default=0)
    recorded = [(event.event, event.data.get("days")) for event in events]
    await delivery.requeue_timer_start(session, timer.continued(written=written, recorded=recorded))
    return True


async def set_problem(session: Session, row: LineTimerRow, problem: str | None) -> None:
    """Set the problem an operator has to fix; None once it is fixed. Meanwhile orders can have the line."""
    row.problem = problem
    await session.flush()
    if problem is not None:
        await locks.release(session, _order(row), item_id=row.id)


async def end(session: Session, row: LineTimerRow, outcome: str, at: datetime) -> None:
    """End a timer: its task is over, orders can have its line, and what the carrier still reports to it is ignored."""
    row.state, row.outcome, row.ended_at, row.problem = ENDED, outcome, at, None
    await session.flush()
    await tasks.close_thing(session, row.tenant, row.id, outcome=_OVER, at=at)
    await carrier_orders.close_for_timer(session, _ref(row))
    await locks.release(session, _order(row), item_id=row.id)


async def hold_line(session: Session, row: LineTimerRow, at: datetime) -> str | None:
    """Hold the timer's line as an order does; if something else holds it, return the number of its order."""
    return await locks.hold_thing(session, _order(row), Thing(kind=ThingKind.LINE, id=row.line_id), row.id, at)


async def periods(
    session: Session, tenant: str, line_ids: Collection[str], *, until: datetime
) -> dict[str, tuple[SuspensionPeriod, ...]]:
    """When each line was suspended in the year before `until`; a suspension that still runs ends at `until`."""
    rows = await session.all(
        select(LineTimerRow)
        .where(
            col(LineTimerRow.tenant) == tenant,
            col(LineTimerRow.line_id).in_(line_ids),
            col(LineTimerRow.kind) == SUSPENSION,
            col(LineTimerRow.began_at) < until,
            or_(col(LineTimerRow.ended_at).is_(None), col(LineTimerRow.ended_at) > until - YEAR),
        )
        .order_by(col(LineTimerRow.began_at))
    )
    found: dict[str, tuple[SuspensionPeriod, ...]] = {}
    for row in rows:
        ended = min(row.ended_at or until, until)
        period = SuspensionPeriod(began=row.began_at, ended=ended, reason=row.reason or "")
        found[row.line_id] = (*found.get(row.line_id, ()), period)
    return found


async def last_recovering(session: Session, tenant: str, line_ids: Collection[str]) -> dict[str, LineTimerRow]:
    """By line, the timer that was started last when it was disconnected, running or ended."""
    if not line_ids:
        return {}
    rows = await session.all(
        select(LineTimerRow)
        .where(
            col(LineTimerRow.tenant) == tenant,
            col(LineTimerRow.line_id).in_(line_ids),
            col(LineTimerRow.kind) == RECOVERING,
        )
        .order_by(col(LineTimerRow.began_at))
    )
    return {row.line_id: row for row in rows}


async def last_days_after(session: Session, ref: OrderRef) -> dict[str, date | None]:
    """By line that this order has disconnected, the last day on which it can be reconnected; None if not known."""
    rows = await session.all(
        select(LineTimerRow).where(
            col(LineTimerRow.tenant) == ref.tenant,
            col(LineTimerRow.order_id) == ref.id,
            col(LineTimerRow.kind) == RECOVERING,
        )
    )
    return {row.line_id: row.last_day for row in rows}


def _order(row: LineTimerRow) -> OrderRef:
    return OrderRef(tenant=row.tenant, id=row.order_id)


def _ref(row: LineTimerRow) -> TimerRef:
    return TimerRef(tenant=row.tenant, id=row.id)
