"""Clocks on lines: begun with the order that needs one, ended once, and counted against a carrier's quota."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import update
from sqlmodel import col, or_, select

from models.db.carriers import carrier_orders
from models.db.inventory.tables import LineRow, SuspensionTimerRow
from models.db.orders.tables import EventRow
from models.db.outbox import delivery
from models.db.outbox.tables import OutboxRow
from models.db.session import Session
from models.lifecycle import Event
from models.order import OrderRef
from models.timers import ENTRIES_PER_ITEM, YEAR, Period, TimerInput, TimerOutcome, TimerRef

RUNNING, ENDED = "running", "ended"
_PLAN = TypeAdapter(TimerInput)


async def stop(session: Session, tenant: str, line_id: str, at: datetime) -> None:
    """End the clock that runs on a line, if one does: what it waits for has come about by other means."""
    row = await running_on(session, tenant, line_id)
    if row is None:
        return
    await end(session, row, TimerOutcome.STOPPED, at)
    await delivery.add_timer_stop(session, _ref(row), OrderRef(tenant=tenant, id=row.order_id))


async def running_on(session: Session, tenant: str, line_id: str) -> SuspensionTimerRow | None:
    """The clock that runs on a line."""
    found = await session.exec(
        select(SuspensionTimerRow).where(
            col(SuspensionTimerRow.tenant) == tenant,
            col(SuspensionTimerRow.line_id) == line_id,
            col(SuspensionTimerRow.state) == RUNNING,
        )
    )
    return found.first()


async def add(session: Session, row: SuspensionTimerRow) -> None:
    """Insert a timer that has begun."""
    session.add(row)


async def get(session: Session, ref: TimerRef) -> SuspensionTimerRow:
    """A timer that exists."""
    return await session.get_one(SuspensionTimerRow, (ref.tenant, ref.id))


async def lock(session: Session, ref: TimerRef) -> tuple[SuspensionTimerRow, LineRow]:
    """A clock and its line, locked till the end of the transaction; the line first, as orders lock it first, too."""
    row = await session.get_one(SuspensionTimerRow, (ref.tenant, ref.id))
    line = await session.get_one(LineRow, (ref.tenant, row.line_id), with_for_update=True, populate_existing=True)
    await session.refresh(row, with_for_update=True)
    return row, line


async def running(session: Session, *, after: str, limit: int) -> list[TimerRef]:
    """Running clocks whose start Temporal has taken, by their ids, those after this one."""
    found = await session.exec(
        select(SuspensionTimerRow)
        .join(OutboxRow, col(OutboxRow.id) == col(SuspensionTimerRow.id))
        .where(
            col(SuspensionTimerRow.state) == RUNNING, col(OutboxRow.state) == "done", col(SuspensionTimerRow.id) > after
        )
        .order_by(col(SuspensionTimerRow.id))
        .limit(limit)
    )
    return [_ref(row) for row in found.all()]


async def start_again(session: Session, ref: TimerRef) -> bool:
    """Have a clock's workflow started once more, to go on where its entries end; False when it runs no more."""
    row, _ = await lock(session, ref)
    started = await delivery.find(session, ref.id)
    if row.state != RUNNING or started is None:
        return False
    plan = _PLAN.validate_python(started.payload)
    first = plan.before_its_entries
    found = await session.exec(
        select(EventRow).where(
            col(EventRow.tenant) == row.tenant,
            col(EventRow.order_id) == row.order_id,
            col(EventRow.seq) > first,
            col(EventRow.seq) < first + ENTRIES_PER_ITEM,
        )
    )
    entries = found.all()
    written = max((entry.seq - first for entry in entries), default=0)
    told = [entry.data["days"] for entry in entries if entry.event == Event.SUSPENSION_ENDING]
    await delivery.requeue_timer_start(session, plan.going_on(written=written, told=told))
    return True


async def call_attention(session: Session, row: SuspensionTimerRow, problem: str | None) -> None:
    """Say what an operator has to mend, or that it is mended."""
    await _change(session, row, attention=problem)


async def end(session: Session, row: SuspensionTimerRow, outcome: TimerOutcome, at: datetime) -> None:
    """The clock has come to its end; the carrier is not listened to any more."""
    await _change(session, row, state=ENDED, outcome=outcome, ended_at=at, attention=None)
    await carrier_orders.close_of_clock(session, _ref(row))


async def periods(
    session: Session, tenant: str, line_ids: Collection[str], *, until: datetime
) -> dict[str, tuple[Period, ...]]:
    """When each of these lines was suspended in the year before `until`; one that still is, till then."""
    found = await session.exec(
        select(SuspensionTimerRow)
        .where(
            col(SuspensionTimerRow.tenant) == tenant,
            col(SuspensionTimerRow.line_id).in_(line_ids),
            col(SuspensionTimerRow.began_at) < until,
            or_(col(SuspensionTimerRow.ended_at).is_(None), col(SuspensionTimerRow.ended_at) > until - YEAR),
        )
        .order_by(col(SuspensionTimerRow.began_at))
    )
    known: dict[str, tuple[Period, ...]] = {}
    for row in found.all():
        period = Period(began=row.began_at, ended=min(row.ended_at or until, until))
        known[row.line_id] = (*known.get(row.line_id, ()), period)
    return known


def _ref(row: SuspensionTimerRow) -> TimerRef:
    return TimerRef(tenant=row.tenant, id=row.id)


async def _change(session: Session, row: SuspensionTimerRow, **values: Any) -> None:
    await session.exec(
        update(SuspensionTimerRow)
        .where(col(SuspensionTimerRow.tenant) == row.tenant, col(SuspensionTimerRow.id) == row.id)
        .values(**values)
    )
    await session.refresh(row)
