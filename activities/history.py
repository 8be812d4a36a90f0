"""Writing an order's history, and opening what people must decide or answer."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

import structlog
from temporalio import activity

from models.db import facts
from models.db.order_events import append, record
from models.db.orders import order_values
from models.db.session import Database, Session
from models.order import Deadlines, Order, OrderEvent, OrderRef, Stage
from notifications.enqueue import enqueue_emails
from policies import deadlines

log = structlog.get_logger()


@dataclass(frozen=True, kw_only=True)
class Batch:
    """Entries of one order, oldest first, to be written down together."""

    ref: OrderRef
    entries: tuple[OrderEvent, ...]


@dataclass(frozen=True, kw_only=True)
class StageOpening:
    """A stage of the approval plan that begins: `entry` is completed with who is asked and until when."""

    ref: OrderRef
    stage: Stage
    round: int
    entry: OrderEvent
    earlier: tuple[OrderEvent, ...] = ()


@dataclass(frozen=True, kw_only=True)
class QuestionOpening:
    """A question put to the requester: `question` is completed with the deadline for an answer."""

    ref: OrderRef
    question: OrderEvent
    earlier: tuple[OrderEvent, ...] = ()


async def append_events(session: Session, order: Order, entries: Iterable[OrderEvent]) -> None:
    """Record each entry and announce what is new; both in the caller's transaction."""
    structlog.contextvars.bind_contextvars(order=order.number)
    for entry in entries:
        if await record(session, order, entry):
            await _tell(session, order, entry)


async def append_timer_event(session: Session, order: Order, entry: OrderEvent) -> None:
    """Record and announce what follows from an order without moving it: its clocks go on when it has ended."""
    structlog.contextvars.bind_contextvars(order=order.number, order_id=order.id)
    if await append(session, order, entry):
        await _tell(session, order, entry)


async def _tell(session: Session, order: Order, entry: OrderEvent) -> None:
    await enqueue_emails(session, order, entry)
    log.info("order_entry", entry=entry.event, seq=entry.seq, status=entry.status, actor=entry.actor.id)


def approval_needed(entry: OrderEvent, stage: Stage, clock: Deadlines, number: int) -> OrderEvent:
    """The entry that asks a stage's approvers to decide, in round `number`."""
    return replace(
        entry,
        due_at=clock.reminders[0] if clock.reminders else clock.escalation,
        data=(
            ("round", number),
            ("stage", stage.number),
            ("label", stage.label),
            ("why", stage.why),
            ("approvers", [{"person_id": asked.person_id, "name": asked.name} for asked in stage.approvers]),
            ("reminders", [moment.isoformat() for moment in clock.reminders]),
            ("escalation", clock.escalation.isoformat()),
            ("expiry", clock.expiry.isoformat()),
            *entry.data,
        ),
    )


class HistoryActivities:
    """Activities that write history; each is safe to run twice."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @activity.defn
    async def record(self, batch: Batch) -> None:
        """Write down what happened, with the mails that follow from it."""
        async with self._database.transaction() as session:
            await append_events(session, await order_values.load(session, batch.ref), batch.entries)

    @activity.defn
    async def open_stage(self, opening: StageOpening) -> Deadlines:
        """Ask a stage's approvers; returns when they are reminded, when it escalates and expires."""
        async with self._database.transaction() as session:
            order = await order_values.load(session, opening.ref)
            policy = await facts.policy_of(session, order.tenant)
            clock = deadlines.for_stage(policy, opening.entry.at)
            asked = approval_needed(opening.entry, opening.stage, clock, opening.round)
            await append_events(session, order, (*opening.earlier, asked))
        return clock

    @activity.defn
    async def open_question(self, opening: QuestionOpening) -> datetime:
        """Put a question to the requester; returns when waiting for the answer ends."""
        async with self._database.transaction() as session:
            order = await order_values.load(session, opening.ref)
            policy = await facts.policy_of(session, order.tenant)
            expiry = deadlines.info_expiry(policy, opening.question.at)
            asked = replace(opening.question, due_at=expiry)
            await append_events(session, order, (*opening.earlier, asked))
        return expiry
