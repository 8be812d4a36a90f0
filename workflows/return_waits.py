"""What happens as time passes while a device is to go back: reminders, a charge, and a task if it gets lost."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

from temporalio import workflow

from activities.device_returns import ReturnActivities, ReturnEventInput
from models.events.returns import CHARGEBACK, RETURN_REMINDER, RETURN_STUCK
from models.order import Item, OrderEvent
from models.returns import DUE
from workflows.activity_options import db_activity
from workflows.operator_retry import run_step
from workflows.order_clock import RunningWait
from workflows.state import OrderState

# Since its user could send it.
REMINDERS = (timedelta(days=3), timedelta(days=7), timedelta(days=14))
# Since it was sent.
LONGEST_WAY = timedelta(days=14)

Schedule = list[tuple[datetime, Callable[[OrderState, RunningWait], None]]]


def until_sent(_: OrderState, items: tuple[Item, ...]) -> Schedule:
    """Remind its user; charge the device if it isn't sent, or with the telecom desk, by the due date."""
    now, (item,) = workflow.now(), items
    reminders = ((now + delay, partial(_remind, item, now + DUE)) for delay in REMINDERS)
    return [*reminders, (now + DUE, partial(_have_charged, item))]


def until_arrived(_: OrderState, items: tuple[Item, ...]) -> Schedule:
    """Have it looked for if it doesn't arrive."""
    (item,) = items
    return [(workflow.now() + LONGEST_WAY, partial(_open_task, item))]


def _remind(item: Item, due_at: datetime, state: OrderState, running: RunningWait) -> None:
    state.record(RETURN_REMINDER, item_id=item.id, count=running.number, ends_at=due_at.isoformat())


def _open_task(item: Item, state: OrderState, running: RunningWait) -> None:
    running.asks = True
    references, thing = f"{state.order.id}:{state.round}", f"{state.order.id}:{item.id}"
    state.record(RETURN_STUCK, item_id=item.id, days=LONGEST_WAY.days, references=references, thing=thing)
    running.task = state.publisher.seq


def _have_charged(item: Item, state: OrderState, _: RunningWait) -> None:
    state.run_beside(run_step(state, CHARGEBACK.code.upper(), partial(_charge, state, item), item=item))


async def _charge(state: OrderState, item: Item, earlier: tuple[OrderEvent, ...]) -> None:
    thing = f"{state.order.id}:{item.id}"
    event = state.next_event(CHARGEBACK, state.status, item_id=item.id, thing=thing)
    await workflow.execute_activity_method(
        ReturnActivities.charge,
        ReturnEventInput(ref=state.order.ref, item_id=item.id, event=event, earlier_events=earlier),
        **db_activity("charge a device"),
    )
