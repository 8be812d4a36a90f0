"""What an order waits for, and what happens as time passes: reminders, and an end.

An order waits for its carrier, its people or another order. Each wait has the moments at which something happens,
computed when it begins from the policy (`WaitTimes`); the order's clock rings at the next one. The last moment ends
the wait: an operator gets a task, or the order ends. A wait is over when its items have moved on.
"""

from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from types import MappingProxyType

from temporalio import workflow

from models.errors import ActionNotAllowed
from models.events.fulfillment import NEW_NUMBER_REMINDER
from models.events.waiting import (
    ARRIVAL_ASKED,
    ARRIVAL_UNKNOWN,
    BACKORDER_DECISION,
    BACKORDER_REMINDER,
    BACKORDER_UNDECIDED,
    CANCELLATION_UNANSWERED,
    CORRECTION_REMINDER,
    KEPT_WAITING,
    QUESTION_REMINDER,
    SILENT_CARRIER,
    STILL_HELD,
    STILL_RETURNING,
    WAIT_OVER,
)
from models.lifecycle import Action, ItemState, Status
from models.order import Item
from models.order_messages import Extension
from models.returns import ReturnState
from workflows.order_clock import Alarm, RunningWait
from workflows.return_waits import unanswered, until_arrived, until_sent
from workflows.state import ItemProgress, OrderState
from workflows.wait_notices import (
    Notice,
    ask,
    ask_carrier,
    ask_to_cancel,
    decline,
    give_up,
    open_overdue,
    open_task,
    remind,
    remind_to_activate,
    stop_asking,
    times_of,
)

Schedule = list[tuple[datetime, Notice]]

# What the carrier answers when it is asked can take a while to arrive.
_ANSWERED_WITHIN = timedelta(minutes=15)
# When a carrier that hasn't decided about a cancellation is asked again.
_ASKED_AGAIN_AFTER = (timedelta(minutes=15), timedelta(hours=1), timedelta(hours=4))
# Until a task is opened, if the policy has no reminders.
_LONGEST_ACTIVATION = 14


def _reported(progress: ItemProgress) -> Hashable:
    return progress.state, progress.expected_at


@dataclass(frozen=True, kw_only=True)
class _Wait:
    """What some items wait for, each on its own if `per_item`. It begins anew if `key` of an item changes."""

    code: str
    schedule: Callable[[OrderState, tuple[Item, ...]], Schedule]
    per_item: bool = False
    key: Callable[[ItemProgress], Hashable] = _reported


@dataclass(frozen=True, kw_only=True)
class _Wanted:
    wait: _Wait
    key: Hashable
    items: tuple[Item, ...]


def follow(state: OrderState) -> None:
    """Begin the waits that the state of the order calls for, and end the others.

    Only then their tasks are closed, since every event that is recorded calls this again.
    """
    is_over = state.closing or state.status.final
    wanted = {} if state.wait_times is None or is_over else dict(_wanted(state))
    outdated = [name for name, one in state.waits.items() if name not in wanted or wanted[name].key != one.key]
    ended = [_end(state, name) for name in outdated]
    for name, one in wanted.items():
        if name not in state.waits:
            _begin(state, name, one)
    for running in ended:
        if running.task is not None and not is_over:
            state.record(WAIT_OVER, task=running.task)


def can_wait_longer(state: OrderState) -> bool:
    """Whether someone is asked if the order is to wait longer."""
    return any(running.asks for running in state.waits.values())


def check_can_wait(state: OrderState, _: Extension) -> None:
    """Raises ActionNotAllowed."""
    if not can_wait_longer(state):
        raise ActionNotAllowed("This order keeps waiting already.")


def wait_longer(state: OrderState, message: Extension) -> None:
    """Begin the waits anew about which someone is asked. A carrier that didn't answer is asked again at once."""
    ended = {name: _end(state, name) for name in [name for name, running in state.waits.items() if running.asks]}
    follow(state)
    for name, running in ended.items():
        chosen = {"task": running.task, "choice": Action.KEEP_WAITING.value, "evidence": message.reason}
        state.record(KEPT_WAITING, actor=message.actor, **chosen, **_for_how_long(state, name, running))
    state.cancel_asks += 1


def _for_how_long(state: OrderState, name: str, ended: RunningWait) -> dict[str, str | None]:
    """The item, if it is one, and when someone is asked again if nothing happens."""
    anew = state.waits.get(name)
    return {
        "item_id": ended.items[0].id if len(ended.items) == 1 else None,
        "until": anew.ends_at.isoformat() if anew else None,
    }


def first_due(state: OrderState, moment: datetime) -> datetime | None:
    """When the carrier is asked about what it gets at this moment."""
    times = state.wait_times
    return times.after_hours(moment, times.carrier_hours) if times else None


# --- how waits begin, go on and end --------------------------------------------


def _begin(state: OrderState, name: str, wanted: _Wanted) -> None:
    later = wanted.wait.schedule(state, wanted.items)
    running = RunningWait(key=wanted.key, ends_at=later[-1][0], items=wanted.items, later=later)
    state.waits[name] = running
    _set_alarm(state, name, running)


def _end(state: OrderState, name: str) -> RunningWait:
    running = state.waits.pop(name)
    if running.alarm is not None:
        state.clock.take_off(running.alarm)
    return running


def _set_alarm(state: OrderState, name: str, running: RunningWait) -> None:
    running.alarm = None
    if running.later:
        moment, notice = running.later.pop(0)
        running.alarm = state.clock.set(Alarm(at=moment, ring=partial(_ring, state, name, running, notice)))


def _ring(state: OrderState, name: str, running: RunningWait, notice: Notice) -> None:
    """The next alarm is set first, so that the event of this one says when it is."""
    follow(state)
    if state.waits.get(name) is running:
        running.number += 1
        running.latest = notice
        _set_alarm(state, name, running)
        notice(state, running)


def ask_again(state: OrderState) -> None:
    """Open again the tasks of the waits, and ask again whether to wait longer: the database may have neither."""
    for running in [one for one in state.waits.values() if one.task is not None or one.asks]:
        if running.task is not None:
            state.record(WAIT_OVER, task=running.task)
            running.task = None
        if running.latest is not None:
            running.latest(state, running)


# --- what the order waits for ---------------------------------------------------


def _wanted(state: OrderState) -> Iterator[tuple[str, _Wanted]]:
    """By name."""
    if state.status is Status.ON_HOLD and state.hold is None:
        yield _OTHER_ORDER.code, _Wanted(wait=_OTHER_ORDER, key=state.held_by, items=())
    waiting: dict[str, tuple[_Wait, list[Item]]] = {}
    for item in state.open_items():
        wait = _wait_of(state.progress[item.id], returns=state.order.type.returns)
        if wait is not None:
            name = f"{wait.code} {item.id}" if wait.per_item else wait.code
            waiting.setdefault(name, (wait, []))[1].append(item)
    for name, (wait, items) in waiting.items():
        yield name, _Wanted(wait=wait, key=_key(state, wait, items), items=tuple(items))


def _wait_of(progress: ItemProgress, *, returns: bool) -> _Wait | None:
    """What goes back does not arrive at its user, who does not activate it."""
    if progress.is_number_open:
        return _NUMBER
    if progress.fulfilled:
        return None
    if progress.returned_by is not None:
        return _RETURN
    if progress.state in _WITH_RETURN and (progress.at_desk or progress.return_state in _GOING_BACK):
        return _GOING_BACK.get(progress.return_state) if progress.return_state else None
    is_the_carriers = progress.activation is not None or progress.is_answered
    wait = _BY_STATE.get(progress.state)
    if wait in {_ACTIVATION, _ARRIVAL, _QUESTION} and is_the_carriers:
        wait = _CARRIER
    return _RETURN_AT_CARRIER if returns and wait in {_CARRIER, _BACKORDER, _ACTIVATION, _ARRIVAL} else wait


def _key(state: OrderState, wait: _Wait, items: list[Item]) -> Hashable:
    return tuple((item.id, wait.key(state.progress[item.id])) for item in items)


def _question(progress: ItemProgress) -> Hashable:
    return progress.needs or progress.question


def _return_state(progress: ItemProgress) -> Hashable:
    return progress.return_state


def _state(progress: ItemProgress) -> Hashable:
    """A carrier that keeps moving its date does not begin it anew."""
    return progress.state


def _expected(state: OrderState, item: Item, otherwise: datetime) -> datetime:
    """The date that the carrier has given, if it is still to come."""
    return max(state.progress[item.id].expected_at or otherwise, otherwise)


def _of_carrier(state: OrderState, items: tuple[Item, ...]) -> Schedule:
    """It is asked first. What comes of that can take a while."""
    now, times = workflow.now(), times_of(state)
    due = min(times.after_hours(_expected(state, item, now), times.carrier_hours) for item in items)
    return [(due, ask_carrier), (due + _ANSWERED_WITHIN, open_task(SILENT_CARRIER))]


def _of_return_at_carrier(state: OrderState, items: tuple[Item, ...]) -> Schedule:
    (asked, (end, _)), (item,) = _of_carrier(state, items), items
    return [asked, (end, unanswered(state, item))]


def _of_question(state: OrderState, _: tuple[Item, ...]) -> Schedule:
    now, times = workflow.now(), times_of(state)
    reminders, end = times.after_days(now, *times.question[:-1]), times.question_ends(now)
    return [*((moment, remind(QUESTION_REMINDER)) for moment in reminders), (end, give_up)]


def _of_correction(state: OrderState, _: tuple[Item, ...]) -> Schedule:
    *reminders, end = times_of(state).after_days(workflow.now(), *times_of(state).decision)
    return [*((moment, remind(CORRECTION_REMINDER)) for moment in reminders), (end, decline)]


def _of_number(state: OrderState, _: tuple[Item, ...]) -> Schedule:
    *reminders, end = times_of(state).after_days(workflow.now(), *times_of(state).decision)
    return [*((moment, remind(NEW_NUMBER_REMINDER)) for moment in reminders), (end, stop_asking)]


def _of_backorder(state: OrderState, _: tuple[Item, ...]) -> Schedule:
    times = times_of(state)
    *reminders, asked = times.after_days(workflow.now(), *times.backorder)
    *asked_again, end = times.after_days(asked, *times.decision)
    return [
        *((moment, remind(BACKORDER_REMINDER)) for moment in reminders),
        *((moment, ask(BACKORDER_DECISION)) for moment in (asked, *asked_again)),
        (end, open_task(BACKORDER_UNDECIDED)),
    ]


def _of_arrival(state: OrderState, items: tuple[Item, ...]) -> Schedule:
    times, (item,) = times_of(state), items
    now, expected = workflow.now(), state.progress[item.id].expected_at
    if expected is None or expected < now:
        expected = times.expected_arrival(now)
    after, *later = times.arrival
    (asked,) = times.after_days(expected, after)
    *asked_again, end = times.after_days(asked, *later)
    moments = (asked, *asked_again)
    return [*((moment, remind(ARRIVAL_ASKED)) for moment in moments), (end, open_task(ARRIVAL_UNKNOWN))]


def _of_activation(state: OrderState, _: tuple[Item, ...]) -> Schedule:
    """After twice the time of the last reminder, someone gets a task."""
    now, times = workflow.now(), times_of(state)
    overdue = 2 * max(times.activation) if times.activation else _LONGEST_ACTIVATION
    moments = [times.after_hours(now + timedelta(days=days), 0) for days in (*times.activation, overdue)]
    reminders = [(moment, remind_to_activate) for moment in moments[:-1]]
    return [*reminders, (moments[-1], partial(open_overdue, overdue))]


def _of_cancellation(state: OrderState, _: tuple[Item, ...]) -> Schedule:
    now = workflow.now()
    (end,) = times_of(state).after_days(now, times_of(state).cancellation_days)
    asks = [now + delay for delay in _ASKED_AGAIN_AFTER if now + delay < end]
    return [*((moment, ask_to_cancel) for moment in asks), (end, open_task(CANCELLATION_UNANSWERED))]


def _of_return(state: OrderState, _: tuple[Item, ...]) -> Schedule:
    """The return has reminders of its own."""
    (end,) = times_of(state).after_days(workflow.now(), times_of(state).return_order_days)
    return [(end, open_task(STILL_RETURNING))]


def _of_other_order(state: OrderState, _: tuple[Item, ...]) -> Schedule:
    (end,) = times_of(state).after_days(workflow.now(), times_of(state).other_order_days)
    return [(end, open_task(STILL_HELD))]


_CARRIER = _Wait(code="carrier", schedule=_of_carrier)
_QUESTION = _Wait(code="question", schedule=_of_question, key=_question)
_BACKORDER = _Wait(code="backorder", schedule=_of_backorder, key=_state)
_ARRIVAL = _Wait(code="arrival", schedule=_of_arrival, per_item=True)
_ACTIVATION = _Wait(code="activation", schedule=_of_activation, per_item=True)
_CANCELLATION = _Wait(code="cancellation", schedule=_of_cancellation)
_CORRECTION = _Wait(code="correction", schedule=_of_correction, key=_state)
_NUMBER = _Wait(code="number", schedule=_of_number, per_item=True, key=_state)
_RETURN = _Wait(code="return", schedule=_of_return, per_item=True)
_SENDING = _Wait(code="sending", schedule=until_sent, per_item=True, key=_return_state)
_WAY_BACK = _Wait(code="way_back", schedule=until_arrived, per_item=True, key=_return_state)
_RETURN_AT_CARRIER = _Wait(code="return_at_carrier", schedule=_of_return_at_carrier, per_item=True)
_OTHER_ORDER = _Wait(code="other_order", schedule=_of_other_order)
_BY_STATE: Mapping[ItemState, _Wait] = MappingProxyType(
    {
        ItemState.PLACED: _CARRIER,
        ItemState.IN_FULFILLMENT: _CARRIER,
        ItemState.INFO_REQUIRED: _QUESTION,
        ItemState.REFUSED: _CORRECTION,
        ItemState.BACKORDERED: _BACKORDER,
        ItemState.SHIPPED: _ARRIVAL,
        ItemState.AWAITING_ACTIVATION: _ACTIVATION,
        ItemState.CANCELING: _CANCELLATION,
    }
)
# In any other state, an item waits for something else than its device.
_WITH_RETURN = frozenset({ItemState.PLACED, ItemState.IN_FULFILLMENT, ItemState.SHIPPED})
# How far a device is that goes back.
_GOING_BACK: Mapping[ReturnState, _Wait] = MappingProxyType(
    {
        ReturnState.LABEL_SENT: _SENDING,
        ReturnState.TO_STOCK: _SENDING,
        ReturnState.IN_TRANSIT: _WAY_BACK,
        ReturnState.RECEIVED: _RETURN_AT_CARRIER,
        ReturnState.INSPECTED: _RETURN_AT_CARRIER,
    }
)
