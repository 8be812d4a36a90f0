"""What happens as time passes while a device goes back: reminders, a charge, and tasks that end each wait."""

from datetime import datetime
from functools import partial
from typing import Any

from temporalio import workflow

from activities.device_returns import ReturnActivities, ReturnEventInput
from models.events.returns import CHARGEBACK, RETURN_REMINDER, RETURN_STILL_OUT, RETURN_STUCK, TRACE_UNANSWERED
from models.events.waiting import SILENT_CARRIER
from models.lifecycle import Action, has_shipped
from models.order import Item, ItemUpdate, OrderEvent
from models.returns import NOT_SENT_STATES, ReturnState
from models.step import Receive
from workflows.activity_options import RETRY_FOREVER, db_activity
from workflows.order_clock import RunningWait
from workflows.state import ItemProgress, OrderState
from workflows.wait_notices import Notice, open_task, times_of

Schedule = list[tuple[datetime, Notice]]


def send_by(state: OrderState, item: Item) -> datetime:
    """By when a device must be on its way, or with the telecom desk."""
    return _moments(state, item)[-1]


def until_sent(state: OrderState, items: tuple[Item, ...]) -> Schedule:
    """Remind its user, and charge the device if it isn't sent in time; from then on the desk is asked for it."""
    now, times, (item,) = workflow.now(), times_of(state), items
    asked, extensions = state.progress[item.id].times_asked, times.return_extensions
    if asked:
        days = extensions[min(asked, len(extensions)) - 1]
        return [(again, partial(_ask_again, item)) for again in times.after_days(now, days)]
    *reminders, due_at = _moments(state, item)
    later = [(at, partial(_remind, item)) for at in reminders if at > now]
    return [*later, (max(due_at, now), partial(_have_charged, item))]


def until_arrived(state: OrderState, _: tuple[Item, ...]) -> Schedule:
    """Have it looked for if it doesn't arrive."""
    times = times_of(state)
    (end,) = times.after_calendar_days(workflow.now(), times.return_transit_days)
    return [(end, open_task(RETURN_STUCK, days=times.return_transit_days))]


def unanswered(state: OrderState, item: Item) -> Notice:
    """The task if the carrier says nothing: someone can say what has become of the parcel, or of the device."""
    if any(isinstance(step, Receive) for step in state.order.steps_of(item)):
        return open_task(TRACE_UNANSWERED)
    is_sent = was_sent(state.progress[item.id])
    return open_task(RETURN_STUCK, variant="silent") if is_sent else open_task(SILENT_CARRIER)


def was_sent(progress: ItemProgress) -> bool:
    """Whether a device that goes back has left its user, whatever has happened since."""
    states = [progress.state, *filter(None, (progress.before_setback, progress.resume_state))]
    return has_shipped(states) or (progress.return_state or ReturnState.REQUESTED) not in NOT_SENT_STATES


def ask_what_became_of(state: OrderState, item: Item, update: ItemUpdate) -> None:
    """The carrier gives up a device that was sent: the desk is asked at once, unless it is asked already."""
    state.follow_waits()
    for running in [running for running in state.waits.values() if item in running.items and running.task is None]:
        running.later.clear()
        if running.alarm is not None:
            state.clock.take_off(running.alarm)
        open_task(RETURN_STUCK, variant="declined", code=update.code, detail=update.detail)(state, running)


def _moments(state: OrderState, item: Item) -> tuple[datetime, ...]:
    """Those of the reminders, then by when it must be sent: the same ones, however often that is waited for."""
    progress, times = state.progress[item.id], times_of(state)
    progress.send_from = progress.send_from or workflow.now()
    return times.after_calendar_days(progress.send_from, *times.returning)


def _remind(item: Item, state: OrderState, running: RunningWait) -> None:
    state.record(RETURN_REMINDER, item_id=item.id, count=running.number, ends_at=send_by(state, item).isoformat())


def _have_charged(item: Item, state: OrderState, running: RunningWait) -> None:
    """Its price is charged once: later the desk is only asked."""
    asked = _asked(state, item, running)
    state.run_beside(state.publisher.write(partial(_charge, state, item, running, asked)))


async def _charge(
    state: OrderState, item: Item, running: RunningWait, asked: dict[str, Any], earlier: tuple[OrderEvent, ...]
) -> None:
    """Tried until it succeeds: nothing tries again beside the steps. What is sent by then isn't charged."""
    event = state.next_event(CHARGEBACK, state.status, **asked)
    running.task = event.seq
    was_recorded = await workflow.execute_activity_method(
        ReturnActivities.charge,
        ReturnEventInput(ref=state.order.ref, item_id=item.id, event=event, earlier_events=earlier),
        **db_activity("charge a device", retry_policy=RETRY_FOREVER),
    )
    if not was_recorded:
        running.task, running.asks = None, False
        state.publisher.release(event)


def _ask_again(item: Item, state: OrderState, running: RunningWait) -> None:
    state.record(RETURN_STILL_OUT, variant="again", **_asked(state, item, running))
    running.task = state.publisher.seq


def _asked(state: OrderState, item: Item, running: RunningWait) -> dict[str, Any]:
    """What the desk is asked about a device that isn't on its way. It can't have the order wait forever."""
    progress = state.progress[item.id]
    progress.times_asked += 1
    running.asks = progress.times_asked <= len(times_of(state).return_extensions)
    choices = [
        *([Action.KEEP_WAITING.value] if running.asks else []),
        *([] if progress.at_desk else [ReturnState.RECEIVED.value, ReturnState.LOST.value]),
        Action.CANCEL.value,
    ]
    return {"item_id": item.id, "thing": f"{state.order.id}:{item.id}", "choices": choices}
