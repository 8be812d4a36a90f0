"""What happens while a device goes back, or a parcel is looked for, and nobody says anything; no engine runs."""

import asyncio
from typing import Any

import pytest
from temporalio import workflow

from models.errors import ActionNotAllowed, AlreadyDecided
from models.lifecycle import Action, ItemState, Status
from models.order import OrderEvent
from models.order_messages import Extension, OperatorAction
from models.returns import ReturnState
from models.task import opened_by
from tests.workflows.test_waits import ADMIN, Sample, sample
from workflows.order_type_registry import order_type
from workflows.state import OrderState

__all__ = ["sample"]  # the fixture
pytestmark = pytest.mark.fault("34")
TRACED: dict[str, Any] = {"return_cause": "not_received"}
KEEP_WAITING = Extension(action_id="k", actor=ADMIN, reason="Ann sends it.")


def _place(one: Sample, state: ItemState, return_state: ReturnState | None = None, **answers: Any) -> None:
    one.place(ItemState.PLACED, kind=order_type("RETURN").resolve(answers))
    one.report(one.state.order.items[0], state, return_state=return_state)
    one.events()


def _task(one: Sample) -> int | None:
    """The event that opened the task about what the order waits for."""
    (running,) = one.state.waits.values()
    return running.task


def _names(one: Sample, days: int = 20) -> list[str]:
    return [event for event, _ in one.pass_time(days)]


@pytest.mark.parametrize(
    ("state", "return_state", "answers", "event"),
    [
        (ItemState.IN_FULFILLMENT, None, {}, "silent_carrier"),
        (ItemState.IN_FULFILLMENT, None, TRACED, "trace_unanswered"),
        (ItemState.BACKORDERED, None, TRACED, "trace_unanswered"),
        (ItemState.SHIPPED, ReturnState.IN_TRANSIT, {}, "return_stuck"),
        (ItemState.SHIPPED, None, {}, "return_stuck"),
        (ItemState.SHIPPED, ReturnState.RECEIVED, {}, "return_stuck"),
        (ItemState.SHIPPED, ReturnState.INSPECTED, {}, "return_stuck"),
    ],
)
def test_a_silent_carrier_is_a_task_again_and_again_which_someone_can_end(
    sample: Sample, state: ItemState, return_state: ReturnState | None, answers: dict[str, Any], event: str
) -> None:
    _place(sample, state, return_state, **answers)
    assert _names(sample) == [event]
    sample.act(Action.KEEP_WAITING, KEEP_WAITING)
    assert [one.event for one in sample.events()] == ["kept_waiting"]
    assert _names(sample) == [event]
    kind = opened_by(event)
    assert kind is not None
    ends = {choice.code for choice in kind.choices if choice.sends in {Action.RECEIVE, Action.CANCEL}}
    if event == "silent_carrier":
        assert ends == {"cancel"}  # nothing was sent, so the order can be canceled
        return
    said = OperatorAction(action_id="r", actor=ADMIN, choice=min(ends), evidence="Case 7", task=_task(sample))
    sample.act(Action.RECEIVE, said)
    progress = sample.state.progress["i1"]
    assert (progress.fulfilled, sample.state.waits) == (True, {})
    (recorded,) = sample.events()
    assert recorded.event in {"parcel_traced", "device_received"}
    assert dict(recorded.data)["task"] == said.task
    with pytest.raises(AlreadyDecided):
        sample.act(Action.RECEIVE, said)


def test_who_promises_a_device_is_asked_again_a_few_times_and_it_is_charged_once(sample: Sample) -> None:
    _place(sample, ItemState.IN_FULFILLMENT, ReturnState.LABEL_SENT)
    assert sample.days(sample.pass_time(25)) == [
        ("return_reminder", "11-27 15:00"),
        ("return_reminder", "11-30 17:00"),
        ("return_reminder", "12-07 17:00"),
    ]
    assert sample.asked == 1  # the charge
    for _ in range(3):
        sample.act(Action.KEEP_WAITING, KEEP_WAITING)
        sample.events()
        assert _names(sample) == ["return_still_out"]
    with pytest.raises(ActionNotAllowed):
        sample.act(Action.KEEP_WAITING, KEEP_WAITING)
    assert _names(sample, 90) == []
    assert sample.asked == 1


def test_a_question_in_between_neither_starts_the_time_to_send_it_anew_nor_charges_it_again(sample: Sample) -> None:
    _place(sample, ItemState.IN_FULFILLMENT, ReturnState.LABEL_SENT)
    (item,) = sample.state.order.items
    assert _names(sample, 10) == ["return_reminder"] * 2
    sample.report(item, ItemState.INFO_REQUIRED, needs=("pickup_from",))
    sample.report(item, ItemState.IN_FULFILLMENT, return_state=ReturnState.LABEL_SENT)
    sample.events()
    assert (_names(sample, 14), sample.asked) == (["return_reminder"], 1)
    sample.report(item, ItemState.INFO_REQUIRED, needs=("condition",))
    sample.report(item, ItemState.IN_FULFILLMENT, return_state=ReturnState.LABEL_SENT)
    sample.events()
    assert (_names(sample, 14), sample.asked) == (["return_still_out"], 1)


def test_a_device_that_is_sent_after_all_closes_the_task_about_it(sample: Sample) -> None:
    _place(sample, ItemState.IN_FULFILLMENT, ReturnState.LABEL_SENT)
    sample.pass_time(25)
    sample.act(Action.KEEP_WAITING, KEEP_WAITING)
    sample.pass_time(10)
    task = _task(sample)
    sample.events()
    sample.report(sample.state.order.items[0], ItemState.SHIPPED, return_state=ReturnState.IN_TRANSIT)
    closed = {event.event: dict(event.data).get("task") for event in sample.events()}
    assert closed["wait_over"] == task is not None
    assert sample.state.status is Status.SHIPPED


@pytest.mark.parametrize("reported", [ItemState.DONE, ItemState.CANCELED, ItemState.DECLINED])
def test_only_the_desk_or_a_result_ends_a_search_that_was_left_to_the_desk(sample: Sample, reported: ItemState) -> None:
    _place(sample, ItemState.IN_FULFILLMENT, **TRACED)
    (item,), progress = sample.state.order.items, sample.state.progress["i1"]
    progress.at_desk = True
    sample.report(item, reported)
    assert (progress.fulfilled, progress.state) == (False, ItemState.IN_FULFILLMENT)
    assert [event.event for event in sample.events()] == ["progress"]
    sample.report(item, ItemState.DONE, return_state=ReturnState.LOST)
    assert progress.fulfilled


@pytest.mark.parametrize("is_recorded", [True, False])
def test_a_charge_is_tried_until_it_succeeds_and_has_a_task_if_it_was_recorded(
    sample: Sample, monkeypatch: pytest.MonkeyPatch, *, is_recorded: bool
) -> None:
    """Nobody could have it tried again: it runs beside the steps, which go on."""
    tried: list[dict[str, Any]] = []

    async def charge(*_: Any, **options: Any) -> bool:
        tried.append(options)
        return is_recorded

    monkeypatch.setattr(workflow, "execute_activity_method", charge)
    monkeypatch.setattr(OrderState, "run_beside", lambda _, work: asyncio.run(work))
    _place(sample, ItemState.IN_FULFILLMENT, ReturnState.LABEL_SENT)
    sample.pass_time(20)
    before = sample.state.publisher.seq
    sample.pass_time(5)
    assert [one["retry_policy"].maximum_attempts for one in tried] == [0]
    (running,) = sample.state.waits.values()
    charged = before + 1
    assert (running.task, running.asks) == ((charged, True) if is_recorded else (None, False))
    assert sample.state.publisher.seq == (charged if is_recorded else before)


def _variant(events: list[OrderEvent]) -> list[tuple[str, Any]]:
    return [(event.event, dict(event.data).get("variant")) for event in events]


def test_what_the_carrier_gives_up_is_one_task_which_the_desk_can_still_answer_later(sample: Sample) -> None:
    _place(sample, ItemState.SHIPPED, ReturnState.IN_TRANSIT)
    (item,) = sample.state.order.items
    sample.report(item, ItemState.DECLINED, code="RETURN_LOST")
    assert _variant(sample.events()) == [("progress", None), ("return_stuck", "declined")]
    task = _task(sample)
    sample.report(item, ItemState.CANCELED, code="RETURN_CLOSED")
    (said,) = sample.events()
    assert (said.event, dict(said.data)["code"]) == ("progress", "RETURN_CLOSED")
    assert _names(sample, 60) == []
    sample.act(Action.RECEIVE, OperatorAction(action_id="r", actor=ADMIN, choice="lost", evidence="Case 7", task=task))
    assert sample.state.progress["i1"].return_state is ReturnState.LOST


@pytest.mark.parametrize(
    ("states", "return_state"),
    [
        ((ItemState.SHIPPED, ItemState.INFO_REQUIRED), ReturnState.IN_TRANSIT),
        ((ItemState.SHIPPED, ItemState.BACKORDERED), None),
        ((ItemState.IN_FULFILLMENT,), ReturnState.RECEIVED),
    ],
    ids=["question", "backorder", "no parcel"],
)
def test_a_device_that_was_sent_stays_with_the_carrier_that_gives_it_up(
    sample: Sample, states: tuple[ItemState, ...], return_state: ReturnState | None
) -> None:
    _place(sample, states[0], return_state)
    (item,), progress = sample.state.order.items, sample.state.progress["i1"]
    for state in states[1:]:
        sample.report(item, state)
    sample.events()
    sample.report(item, ItemState.DECLINED)
    assert not progress.state.final
    assert _variant(sample.events())[-1] == ("return_stuck", "declined")
    assert _names(sample, 60) == []


def test_a_device_that_was_sent_stays_with_the_carrier_while_a_step_has_failed(sample: Sample) -> None:
    _place(sample, ItemState.SHIPPED, ReturnState.IN_TRANSIT)
    progress = sample.state.progress["i1"]
    progress.resume_state, progress.state = progress.state, ItemState.FAILED
    sample.report(sample.state.order.items[0], ItemState.DECLINED)
    assert (progress.state, [event.event for event in sample.events()][-1]) == (ItemState.FAILED, "progress")


def test_a_return_that_ends_before_the_device_is_sent_ends_its_item(sample: Sample) -> None:
    _place(sample, ItemState.IN_FULFILLMENT, ReturnState.LABEL_SENT)
    sample.report(sample.state.order.items[0], ItemState.CANCELED)
    assert sample.state.progress["i1"].state is ItemState.CANCELED
