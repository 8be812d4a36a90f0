"""Delivery of the outbox: messages are claimed for a lease, completed once, and queued again where needed."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

from pydantic_core import to_jsonable_python
from sqlalchemy import ColumnElement, Integer, Interval, and_, cast, func, update
from sqlmodel import col, select
from sqlmodel.sql.expression import SelectOfScalar
from sqlmodel.sql.sqltypes import UTCDateTime

from models.db.clauses import belongs_to_order, claiming, commits_async
from models.db.outbox.tables import OutboxRow
from models.db.session import Session
from models.db.statement import Statement, param
from models.order import OrderRef
from models.timers import TimerInput

CHANNEL = "outbox"
CARRIER_UPDATE = "carrier_update"
# The writer of a message delivers it right after the commit, to answer with the result. This is more than a delivery
# takes with the largest `update_timeout_seconds`; afterwards the relay tries.
WRITER_LEASE = timedelta(seconds=15)
_WAITING: Mapping[str, Any] = MappingProxyType({"state": "waiting", "attempts": 0, "done_at": None, "result": None})
# The application name of a relay's listening connection, by which running relays are counted.
RELAY_APPLICATION_NAME = "dialtone relay"


_CLAIM = Statement[OutboxRow](
    update(OutboxRow)
    .where(
        col(OutboxRow.id) == param("id"),
        col(OutboxRow.state) == "waiting",
        (col(OutboxRow.next_attempt_at) <= func.now()) | (col(OutboxRow.attempts) == 0),
        commits_async(),
    )
    .values(attempts=col(OutboxRow.attempts) + 1, next_attempt_at=func.now() + param("lease", Interval))
    .returning(OutboxRow),
    OutboxRow,
)
_CLAIM_DUE = Statement[OutboxRow](claiming(OutboxRow, OutboxRow.position, limit=param("limit", Integer)), OutboxRow)


def _complete(*more: ColumnElement[bool]) -> Statement[None]:
    return Statement(
        update(OutboxRow)
        .where(col(OutboxRow.id) == param("message_id"), col(OutboxRow.state) == param("known_state"), *more)
        .values(state=param("state"), result=param("result"), done_at=func.now(), last_error=None)
    )


_COMPLETE, _COMPLETE_REPEATABLE = _complete(), _complete(commits_async())
_RESCHEDULE = Statement[None](
    update(OutboxRow)
    .where(col(OutboxRow.id) == param("message_id"), commits_async())
    .values(next_attempt_at=func.now() + param("delay", Interval), last_error=param("error"))
)
_FIND = Statement[OutboxRow](select(OutboxRow).where(col(OutboxRow.id) == param("id")), OutboxRow)


async def claim(session: Session, action_id: str, *, lease: timedelta) -> OutboxRow | None:
    """Claim one waiting message for the length of the lease; None if it is claimed, completed or unknown.

    A message that was never tried can be claimed before it is due: by the caller for whom it was queued again.
    """
    return await session.first(_CLAIM, id=action_id, lease=lease)


async def claim_due(session: Session, *, limit: int, lease: timedelta) -> list[OutboxRow]:
    """Claim the messages that are due, oldest first, for the length of the lease."""
    return sorted(await session.all(_CLAIM_DUE, limit=limit, lease=lease), key=lambda row: row.position or 0)


async def complete(
    session: Session, row: OutboxRow, *, state: str, result: dict[str, Any] | None = None, repeatable: bool = False
) -> bool:
    """Set the final state: `done`, `rejected` by the workflow, or `dead` (it can never be delivered).

    If the message is `repeatable`, the state may be lost in a crash of the database. False if the message is no longer
    in the state of `row`, because another process has completed it meanwhile.
    """
    statement = _COMPLETE_REPEATABLE if repeatable else _COMPLETE
    return bool(await session.affected(statement, message_id=row.id, known_state=row.state, state=state, result=result))


async def reschedule(session: Session, row: OutboxRow, *, delay: timedelta, error: str) -> None:
    """Try again later, because of this error."""
    await session.affected(_RESCHEDULE, message_id=row.id, delay=delay, error=error[:500])


async def find(session: Session, action_id: str) -> OutboxRow | None:
    return await session.first(_FIND, id=action_id)


async def requeue(session: Session, row: OutboxRow) -> None:
    """Queue a dead message again."""
    await _requeue(session, col(OutboxRow.id) == row.id, col(OutboxRow.state) == "dead")


async def received(session: Session, ref: OrderRef) -> list[str]:
    """Ids of the messages that the order's workflow has received, or missed because it didn't run; oldest first."""
    return await session.all(
        select(col(OutboxRow.id))
        .where(*_sent_to(ref), (col(OutboxRow.state) == "done") | (_is_signal() & _was_missed()))
        .order_by(col(OutboxRow.position))
    )


async def requeue_for_caller(session: Session, action_id: str) -> None:
    """Queue a message again that the caller delivers now; the relay delivers it if the caller doesn't."""
    again = {**_WAITING, "next_attempt_at": func.now() + WRITER_LEASE}
    await session.exec(update(OutboxRow).where(col(OutboxRow.id) == action_id).values(again))


async def requeue_timer_start(session: Session, timer: TimerInput) -> None:
    """Queue a timer's start again, with this input, and then the signals that its workflow has received or missed.

    A signal that the timer knows has no effect.
    """
    start = (col(OutboxRow.id) == timer.ref.id, col(OutboxRow.tenant) == timer.ref.tenant)
    await session.exec(update(OutboxRow).where(*start).values(payload=to_jsonable_python(timer)))
    await _requeue(session, *start)
    signals = *_sent_to(timer.order, timer.ref.workflow_id), _is_signal()
    await _requeue(session, *signals, (col(OutboxRow.state) == "done") | _was_missed())


async def requeue_undelivered(session: Session, ref: OrderRef) -> None:
    """Queue signals again that the order's workflow did not receive, because it was closed.

    Updates are left alone: their callers received an error.
    """
    await _requeue(session, *_sent_to(ref), _is_signal(), _was_missed())


async def undelivered(session: Session, ref: OrderRef) -> list[OutboxRow]:
    """The waiting and dead messages to an order's workflow, oldest first."""
    return await session.all(
        select(OutboxRow)
        .where(*_sent_to(ref), col(OutboxRow.state).in_(["waiting", "dead"]))
        .order_by(col(OutboxRow.position))
    )


async def was_enqueued(session: Session, ref: OrderRef, name: str, *, since: datetime) -> bool:
    """Whether an order was sent a message of this name since then, whatever became of it."""
    query = select(OutboxRow.id).where(
        belongs_to_order(OutboxRow, ref), col(OutboxRow.name) == name, col(OutboxRow.created_at) >= since
    )
    return await session.first(query.limit(1)) is not None


async def was_delivered(session: Session, action_id: str) -> bool:
    row = await find(session, action_id)
    return row is not None and row.state == "done"


def newest_carrier_update(client_ref: Any, *which: ColumnElement[bool]) -> SelectOfScalar[OutboxRow]:
    """The newest of these updates about the submission with this reference, delivered or not.

    An update without the carrier's time is as new as its message.
    """
    said_at = cast(col(OutboxRow.payload)["at"].as_string(), UTCDateTime())
    return (
        select(OutboxRow)
        .where(
            *which,
            col(OutboxRow.name) == CARRIER_UPDATE,
            col(OutboxRow.payload)["client_ref"].as_string() == client_ref,
        )
        .order_by(func.coalesce(said_at, col(OutboxRow.created_at)).desc(), col(OutboxRow.position).desc())
        .limit(1)
    )


async def messages_of(session: Session, ref: OrderRef) -> list[OutboxRow]:
    """The messages to the order's workflow and its timers' workflows, oldest first."""
    return await session.all(
        select(OutboxRow).where(belongs_to_order(OutboxRow, ref)).order_by(col(OutboxRow.position))
    )


async def oldest_waiting(session: Session) -> datetime | None:
    """When the oldest waiting message was written; None if none waits."""
    return await session.scalar(select(func.min(col(OutboxRow.created_at))).where(col(OutboxRow.state) == "waiting"))


def _sent_to(ref: OrderRef, workflow_id: str | None = None) -> tuple[ColumnElement[bool], ...]:
    """Messages about an order, to the order's own workflow or to this one."""
    return (
        col(OutboxRow.tenant) == ref.tenant,
        col(OutboxRow.order_id) == ref.id,
        col(OutboxRow.workflow_id) == (workflow_id or ref.workflow_id),
    )


def _was_missed() -> ColumnElement[bool]:
    """Messages that came when the workflow didn't run."""
    code = col(OutboxRow.result)["code"].as_string()
    return and_(col(OutboxRow.state) == "rejected", code == "ORDER_CLOSED")


def _is_signal() -> ColumnElement[bool]:
    return col(OutboxRow.kind) == "signal"


async def _requeue(session: Session, *which: ColumnElement[bool]) -> None:
    again = {**_WAITING, "next_attempt_at": func.now()}
    await session.exec(update(OutboxRow).where(*which).values(again))
    await session.exec(select(func.pg_notify(CHANNEL, "")))
