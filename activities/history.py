"""Recording an order's events, with the emails they cause."""

from collections.abc import Iterable
from dataclasses import dataclass

import structlog
from temporalio import activity

from models.db.order_events import append_event, apply_event
from models.db.orders import order_values
from models.db.session import Database, Session
from models.order import Order, OrderEvent, OrderRef
from notifications.enqueue import enqueue_emails

log = structlog.get_logger()


@dataclass(frozen=True, kw_only=True)
class StepInput:
    """`earlier_events` are recorded before the activity's own events."""

    ref: OrderRef
    earlier_events: tuple[OrderEvent, ...] = ()


@dataclass(frozen=True, kw_only=True)
class RecordInput:
    """Events of one order, oldest first."""

    ref: OrderRef
    events: tuple[OrderEvent, ...]


async def append_events(session: Session, order: Order, events: Iterable[OrderEvent]) -> None:
    """Record events and enqueue their emails, in the caller's transaction. Events already recorded are skipped."""
    structlog.contextvars.bind_contextvars(order=order.number)
    for event in events:
        if await apply_event(session, order, event):
            await _notify(session, order, event)


async def append_timer_event(session: Session, order: Order, event: OrderEvent) -> None:
    """Record an event of a timer likewise. It does not change the order, which may have ended."""
    structlog.contextvars.bind_contextvars(order=order.number, order_id=order.id)
    if await append_event(session, order, event):
        await _notify(session, order, event)


async def _notify(session: Session, order: Order, event: OrderEvent) -> None:
    await enqueue_emails(session, order, event)
    log.info("order_event_recorded", event_type=event.event, seq=event.seq, status=event.status, actor=event.actor.id)


class HistoryActivities:
    def __init__(self, database: Database) -> None:
        self._database = database

    @activity.defn
    async def record(self, request: RecordInput) -> None:
        """Idempotent: an event is recorded once."""
        async with self._database.transaction() as session:
            await append_events(session, await order_values.lock(session, request.ref), request.events)
