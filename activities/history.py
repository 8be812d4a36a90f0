"""Recording an order's events, with the emails they cause."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from datetime import datetime

import structlog
from temporalio import activity

from models.db import facts
from models.db.order_events import append_event, apply_event
from models.db.orders import order_values
from models.db.session import Database, Session
from models.order import Deadlines, Order, OrderEvent, OrderRef, Stage
from notifications.enqueue import enqueue_emails
from policies import deadlines

log = structlog.get_logger()


@dataclass(frozen=True, kw_only=True)
class RecordInput:
    """Events of one order, oldest first."""

    ref: OrderRef
    events: tuple[OrderEvent, ...]


@dataclass(frozen=True, kw_only=True)
class OpenStageInput:
    """The activity completes `event` with the approvers and deadlines, and records `earlier_events` before it."""

    ref: OrderRef
    stage: Stage
    round: int
    event: OrderEvent
    earlier_events: tuple[OrderEvent, ...] = ()


@dataclass(frozen=True, kw_only=True)
class OpenQuestionInput:
    """The activity completes `question` with the deadline, and records `earlier_events` before it."""

    ref: OrderRef
    question: OrderEvent
    earlier_events: tuple[OrderEvent, ...] = ()


async def append_events(session: Session, order: Order, events: Iterable[OrderEvent]) -> None:
    """Record events and enqueue their emails, in the caller's transaction. Events already recorded are skipped."""
    structlog.contextvars.bind_contextvars(order=order.number)
    for event in events:
        if await apply_event(session, order, event):
            await _notify(session, order, event)


async def append_timer_event(session: Session, order: Order, event: OrderEvent) -> None:
    """The same for an event of a timer, which does not change the order: it may have ended."""
    structlog.contextvars.bind_contextvars(order=order.number, order_id=order.id)
    if await append_event(session, order, event):
        await _notify(session, order, event)


async def _notify(session: Session, order: Order, event: OrderEvent) -> None:
    await enqueue_emails(session, order, event)
    log.info("order_event_recorded", event_type=event.event, seq=event.seq, status=event.status, actor=event.actor.id)


def approval_needed(event: OrderEvent, stage: Stage, times: Deadlines, round_number: int) -> OrderEvent:
    """The event that asks a stage's approvers to decide."""
    return replace(
        event,
        due_at=times.reminders[0] if times.reminders else times.escalation,
        data=(
            ("round", round_number),
            ("stage", stage.number),
            ("label", stage.label),
            ("why", stage.why),
            ("approvers", [asdict(approver) for approver in stage.approvers]),
            ("reminders", [moment.isoformat() for moment in times.reminders]),
            ("escalation", times.escalation.isoformat()),
            ("expiry", times.expiry.isoformat()),
            *event.data,
        ),
    )


class HistoryActivities:
    """All are idempotent: an event is recorded once."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @activity.defn
    async def record(self, request: RecordInput) -> None:
        async with self._database.transaction() as session:
            await append_events(session, await order_values.load(session, request.ref), request.events)

    @activity.defn
    async def open_stage(self, request: OpenStageInput) -> Deadlines:
        """Ask a stage's approvers to decide; returns the deadlines, in business hours."""
        async with self._database.transaction() as session:
            order = await order_values.load(session, request.ref)
            times = deadlines.stage_deadlines(await facts.policy_of(session, order.tenant), request.event.at)
            asked = approval_needed(request.event, request.stage, times, request.round)
            await append_events(session, order, (*request.earlier_events, asked))
        return times

    @activity.defn
    async def open_question(self, request: OpenQuestionInput) -> datetime:
        """Ask the requester; returns the deadline for an answer, in business hours."""
        async with self._database.transaction() as session:
            order = await order_values.load(session, request.ref)
            expiry = deadlines.info_expiry(await facts.policy_of(session, order.tenant), request.question.at)
            asked = replace(request.question, due_at=expiry)
            await append_events(session, order, (*request.earlier_events, asked))
        return expiry
