"""Recording an order's events, with the emails they cause."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import structlog
from temporalio import activity
from temporalio.exceptions import ApplicationError, ApplicationErrorCategory

from models.db.order_events import EventNumberTaken, append_event, apply_event
from models.db.orders import order_values
from models.db.session import Database, Session
from models.order import Order, OrderEvent, OrderRef
from notifications.enqueue import enqueue_emails

log = structlog.get_logger()

NUMBER_TAKEN = "NUMBER_TAKEN"
_EXPECTED = ApplicationErrorCategory.BENIGN  # not a defect: the SDK does not log it as one


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
    """Record events and enqueue their emails, in the caller's transaction. Events already recorded are skipped.

    Fails for good with NUMBER_TAKEN if another event has the number of one of them.
    """
    structlog.contextvars.bind_contextvars(order=order.number)
    with _numbers_checked():
        for event in events:
            if await apply_event(session, order, event):
                await _notify(session, order, event)


async def append_timer_event(session: Session, order: Order, event: OrderEvent) -> None:
    """Record an event of a timer likewise. It does not change the order, which may have ended."""
    structlog.contextvars.bind_contextvars(order=order.number, order_id=order.id)
    with _numbers_checked():
        if await append_event(session, order, event):
            await _notify(session, order, event)


@contextmanager
def _numbers_checked() -> Iterator[None]:
    """Tell the workflow the number that is taken, and the last one, above which it can write."""
    try:
        yield
    except EventNumberTaken as error:
        raise ApplicationError(
            str(error), error.taken, error.last, type=NUMBER_TAKEN, non_retryable=True, category=_EXPECTED
        ) from error


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
