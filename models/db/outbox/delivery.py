"""The outbox table: what is to be said to workflows, claimed once and settled once."""

from datetime import datetime, timedelta
from typing import Any

from pydantic_core import to_jsonable_python
from sqlalchemy import ColumnElement, func, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from models.db.outbox.tables import OutboxRow
from models.db.session import UNSEEN, Session, utc_now
from models.order import OrderRef
from models.timers import TimerInput, TimerRef

CHANNEL = "outbox"
# What a relay's listening connection calls itself, so that its absence can be seen.
LISTENER = "dialtone relay"


async def add(session: Session, row: OutboxRow) -> bool:
    """Put a message into the outbox; False when the action id is known already.

    The relay is woken at commit for what is due; what is due later it finds by itself.
    """
    values = row.model_dump(exclude={"position"})
    added = insert(OutboxRow).values(values).on_conflict_do_nothing().returning(col(OutboxRow.id))
    if row.next_attempt_at <= utc_now():
        added = added.returning(func.pg_notify(CHANNEL, ""))
    return (await session.exec(added)).first() is not None


async def add_signal(session: Session, ref: OrderRef, *, action_id: str, name: str, payload: dict[str, Any]) -> bool:
    """Put a signal to an order's workflow into the outbox."""
    return await _add(session, ref, ref.workflow_id, kind="signal", id=action_id, name=name, payload=payload)


async def add_timer_start(session: Session, plan: TimerInput, *, name: str) -> bool:
    """Put the start of a clock's workflow into the outbox; its action id is the clock's own."""
    payload = to_jsonable_python(plan)
    return await _add(
        session, plan.order, plan.ref.workflow_id, kind="start", id=plan.ref.id, name=name, payload=payload
    )


async def add_timer_stop(session: Session, clock: TimerRef, order: OrderRef) -> bool:
    """Tell a clock's workflow, by the outbox, that there is nothing left to wait for."""
    return await _add(session, order, clock.workflow_id, kind="signal", id=f"stop:{clock.id}", name="stop", payload={})


async def _add(session: Session, order: OrderRef, workflow_id: str, **said: Any) -> bool:
    """Write down what nobody delivers right after the commit: the relay does, at once."""
    now = utc_now()
    row = OutboxRow(
        tenant=order.tenant, order_id=order.id, workflow_id=workflow_id, created_at=now, next_attempt_at=now, **said
    )
    return await add(session, row)


async def claim(session: Session, action_id: str, *, lease: timedelta) -> OutboxRow | None:
    """Take one waiting message for delivery; for the length of the lease nobody else delivers it.

    One that nobody has tried yet can be taken before its time: whoever wrote it has the first try.
    """
    now = utc_now()
    claimed = (
        update(OutboxRow)
        .where(
            col(OutboxRow.id) == action_id,
            col(OutboxRow.state) == "waiting",
            (col(OutboxRow.next_attempt_at) <= now) | (col(OutboxRow.attempts) == 0),
        )
        .values(attempts=col(OutboxRow.attempts) + 1, next_attempt_at=now + lease)
        .returning(OutboxRow)
        .execution_options(**UNSEEN)
    )
    return (await session.exec(claimed)).scalars().first()


async def due(session: Session, *, limit: int) -> list[str]:
    """Action ids of waiting messages whose time has come, oldest first."""
    rows = await session.exec(
        select(col(OutboxRow.id))
        .where(col(OutboxRow.state) == "waiting", col(OutboxRow.next_attempt_at) <= utc_now())
        .order_by(col(OutboxRow.position))
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return list(rows.all())


async def complete(session: Session, row: OutboxRow, *, state: str, result: dict[str, Any] | None = None) -> None:
    """The message was taken (`done`), refused by the workflow, or can never be delivered (`dead`)."""
    await session.exec(
        update(OutboxRow)
        .where(col(OutboxRow.id) == row.id)
        .values(state=state, result=result, done_at=utc_now(), last_error=None)
        .execution_options(**UNSEEN)
    )


async def reschedule(session: Session, row: OutboxRow, *, until: datetime, error: str) -> None:
    """The message could not be delivered now; try again then."""
    await session.exec(
        update(OutboxRow).where(col(OutboxRow.id) == row.id).values(next_attempt_at=until, last_error=error[:500])
    )


async def find(session: Session, action_id: str) -> OutboxRow | None:
    """A message by its action id."""
    return await session.get(OutboxRow, action_id)


async def requeue(session: Session, row: OutboxRow) -> None:
    """Have a message that was given up delivered after all."""
    await _requeue(session, col(OutboxRow.id) == row.id, col(OutboxRow.state) == "dead")


async def requeue_start(session: Session, ref: OrderRef) -> None:
    """Have an order's start said once more, to an engine that has forgotten it."""
    await _requeue(session, col(OutboxRow.id) == ref.id, col(OutboxRow.tenant) == ref.tenant)


async def requeue_timer_start(session: Session, plan: TimerInput) -> None:
    """Have a clock's start said once more, with this plan, and then what nobody heard meanwhile."""
    this = (col(OutboxRow.id) == plan.ref.id, col(OutboxRow.tenant) == plan.ref.tenant)
    await session.exec(update(OutboxRow).where(*this).values(payload=to_jsonable_python(plan)))
    await _requeue(session, *this)
    await requeue_undelivered(session, plan.order, plan.ref.workflow_id)


async def requeue_undelivered(session: Session, ref: OrderRef, workflow_id: str | None = None) -> None:
    """Have what a closed workflow, the order's own or its clock's, could not hear said again.

    Those who got an answer were told so.
    """
    await _requeue(
        session,
        *_of(ref, workflow_id),
        col(OutboxRow.kind) == "signal",
        col(OutboxRow.state) == "refused",
        col(OutboxRow.result)["code"].as_string() == "ORDER_CLOSED",
    )


async def discard_pending(session: Session, ref: OrderRef, detail: str) -> None:
    """What waits to be said to an order will be heard by nobody."""
    await session.exec(
        update(OutboxRow)
        .where(*_of(ref), col(OutboxRow.state).in_(["waiting", "dead"]))
        .values(state="refused", result={"code": "ORDER_CLOSED", "detail": detail}, done_at=utc_now())
    )


async def was_delivered(session: Session, action_id: str) -> bool:
    """Whether a message was taken by whom it is for."""
    row = await find(session, action_id)
    return row is not None and row.state == "done"


async def last_accepted(session: Session, ref: OrderRef, workflow_id: str, name: str) -> OutboxRow | None:
    """The latest message of this name to a workflow, the order's own or its clock's, delivered or not."""
    found = await session.exec(
        select(OutboxRow)
        .where(
            col(OutboxRow.tenant) == ref.tenant,
            col(OutboxRow.order_id) == ref.id,
            col(OutboxRow.workflow_id) == workflow_id,
            col(OutboxRow.name) == name,
        )
        .order_by(col(OutboxRow.position).desc())
        .limit(1)
    )
    return found.first()


async def oldest_waiting(session: Session) -> datetime | None:
    """When the oldest message that is still waiting was written; None when nothing waits."""
    return await session.scalar(select(func.min(col(OutboxRow.created_at))).where(col(OutboxRow.state) == "waiting"))


def _of(ref: OrderRef, workflow_id: str | None = None) -> tuple[ColumnElement[bool], ...]:
    """What is said to the order itself, not to its clocks; or to that one of them."""
    return (
        col(OutboxRow.tenant) == ref.tenant,
        col(OutboxRow.order_id) == ref.id,
        col(OutboxRow.workflow_id) == (workflow_id or ref.workflow_id),
    )


async def _requeue(session: Session, *which: ColumnElement[bool]) -> None:
    again = {"state": "waiting", "attempts": 0, "next_attempt_at": utc_now(), "done_at": None, "result": None}
    await session.exec(update(OutboxRow).where(*which).values(again))
    await session.exec(select(func.pg_notify(CHANNEL, "")))
