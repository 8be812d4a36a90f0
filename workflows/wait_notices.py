"""What happens at the moments of a wait: reminders, questions to people and to the carrier, tasks, ends."""

from collections.abc import Callable
from typing import Any

from temporalio import workflow
from temporalio.exceptions import ActivityError, is_cancelled_exception

from activities.carrier_status import AskAgainInput, CarrierStatusActivities
from models.event import Event
from models.events.fulfillment import ACTIVATION_NEEDED, ACTIVATION_OVERDUE
from models.events.operations import CARRIER_ASKED
from models.events.waiting import (
    CORRECTION_EXPIRED,
    QUESTION_UNANSWERED,
)
from models.lifecycle import ItemState, has_shipped
from models.order import SYSTEM
from models.order_messages import Cancellation
from models.waiting import WaitTimes
from workflows.activity_options import FEW_TRIES, carrier_activity
from workflows.carrier_cancel import begin_canceling
from workflows.order_clock import RunningWait
from workflows.state import OrderState

Notice = Callable[[OrderState, RunningWait], None]


def times_of(state: OrderState) -> WaitTimes:
    """Known once the order was evaluated: nothing waits before that."""
    assert state.wait_times is not None
    return state.wait_times


def remind(event: Event) -> Notice:
    def notice(state: OrderState, running: RunningWait) -> None:
        state.record(event, count=running.number, **_about(state, running))

    return notice


def ask(event: Event) -> Notice:
    """Ask whether to wait longer."""

    def notice(state: OrderState, running: RunningWait) -> None:
        again = running.asks
        running.asks = True
        state.record(event, count=running.number if again else None, **_about(state, running))

    return notice


def open_task(event: Event, **more: Any) -> Notice:
    """Give an operator a task, on which they can have the order wait longer. `more` is data of the event."""

    def notice(state: OrderState, running: RunningWait) -> None:
        running.asks, running.latest = True, notice
        about = _about(state, running)
        thing = f"{state.order.id}:{about['item_id']}" if about["item_id"] else state.order.id
        references = f"{state.order.id}:{state.round}" if state.round else None
        by = next((one.number for item in running.items if (one := state.progress[item.id].returned_by)), state.held_by)
        state.record(event, round=state.round, references=references, by=by, thing=thing, **(about | more))
        running.task = state.publisher.seq

    return notice


def _about(state: OrderState, running: RunningWait) -> dict[str, str | int | None]:
    """The item, if it is one, and what is known about it."""
    (item,) = running.items if len(running.items) == 1 else (None,)
    expected = [at for one in running.items if (at := state.progress[one.id].expected_at) is not None]
    return {
        "item_id": item.id if item else None,
        "item": item.number if item else None,
        "detail": state.progress[item.id].question if item else None,
        "expected_at": max(expected).isoformat() if expected else None,
        "ends_at": running.ends_at.isoformat(),
    }


def ask_carrier(state: OrderState, _: RunningWait) -> None:
    state.run_beside(_have_it_report(state))


async def _have_it_report(state: OrderState) -> None:
    """If it has a date that is still to come, it has time until then."""
    try:
        expected = await workflow.execute_activity_method(
            CarrierStatusActivities.ask_again,
            AskAgainInput(ref=state.order.ref),
            **carrier_activity(state.order.carrier, "ask the carrier for a date", retry_policy=FEW_TRIES),
        )
    except ActivityError as error:
        if is_cancelled_exception(error):
            raise
        return
    later = {item_id: at for item_id, at in expected.by_item if at > workflow.now()}
    for item_id, at in later.items():
        state.progress[item_id].expected_at = at
    if later and not state.closing:
        state.record(CARRIER_ASKED)


def give_up(state: OrderState, running: RunningWait) -> None:
    """Cancel at the carrier what it has not fulfilled.

    An operator decides instead if something has shipped, or if the carrier has declined that before.
    """
    shipped = has_shipped([progress.state for progress in state.progress.values()])
    if shipped or state.cancellation is not None or state.failures or state.has_given_up:
        open_task(QUESTION_UNANSWERED)(state, running)
        return
    state.has_given_up = True
    days = times_of(state).question[-1]
    reason = f"The carrier needed information, and no one answered within {days} business days."
    state.cancellation = Cancellation(action_id=f"{state.order.id}:unanswered", actor=SYSTEM, reason=reason)
    begin_canceling(state, state.cancellation)


def decline(state: OrderState, running: RunningWait) -> None:
    """What was not corrected ends as the carrier has declined it."""
    for item in running.items:
        progress = state.progress[item.id]
        progress.state, state.last_decline = ItemState.DECLINED, dict(progress.refusal)
    items = state.item_snapshots(*running.items)
    state.transition(state.recompute_status(), CORRECTION_EXPIRED, items=items, **state.last_decline)


def stop_asking(state: OrderState, running: RunningWait) -> None:
    """Nobody has accepted the new number of a line: its step fails, and an operator gets the task."""
    for item in running.items:
        state.progress[item.id].is_number_open = False


def remind_to_activate(state: OrderState, running: RunningWait) -> None:
    """The last reminder also asks whether the device will be returned."""
    last, (item,) = len(running.later) == 0, running.items
    state.record(ACTIVATION_NEEDED, item_id=item.id, reminder=running.number, last=last)


def open_overdue(days: int, state: OrderState, running: RunningWait) -> None:
    (item,), running.asks = running.items, True
    thing = f"{state.order.id}:{item.id}"
    state.record(ACTIVATION_OVERDUE, item_id=item.id, item=item.number, days=days, thing=thing)
    running.task = state.publisher.seq


def ask_to_cancel(state: OrderState, _: RunningWait) -> None:
    state.cancel_asks += 1
