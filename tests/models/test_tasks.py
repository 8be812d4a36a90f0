"""The kinds of tasks."""

from string import Formatter

import pytest

from models.event import EVENTS, Audience, Event
from models.formatting import PLANNED_CHANGE
from models.identifiers import Remedy
from models.lifecycle import ACTIONS, Action
from models.order_messages import COMPLETE_ANYWAY
from models.registry import load
from models.returns import DeviceCondition, ReturnState
from models.task import TASKS, TaskKind, task_kind

KINDS = load(TASKS, TaskKind)


def opening(kind: TaskKind) -> list[Event]:
    return [event for event in load(EVENTS, Event).values() if event.opens == kind.code]


def test_every_event_that_opens_a_task_names_a_kind() -> None:
    for event in load(EVENTS, Event).values():
        if event.opens:
            task_kind(event.opens)


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_a_kind_is_opened_by_an_event_that_emails_those_who_can_do_it(kind: TaskKind) -> None:
    events = opening(kind)
    assert events
    for event in events:
        assert any(email.to == (Audience.ASSIGNEES,) for email in event.emails)


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_the_choices_of_a_kind_can_be_told_apart_and_made(kind: TaskKind) -> None:
    assert len({choice.code for choice in kind.choices}) == len(kind.choices) > 0
    for choice in kind.choices:
        assert all((choice.label, choice.help, choice.asks))
        # What an event records as the choice is the action, unless the message names the choice.
        own = {*Remedy, *DeviceCondition, *ReturnState, COMPLETE_ANYWAY}
        assert choice.code in own or choice.sends in {None, Action(choice.code) if choice.sends else None}
        assert choice.runs in {None, choice.code}
        in_some_status = any(choice.sends in ACTIONS[status] for status in kind.while_status)
        assert choice.sends is None or in_some_status or kind.of_timer


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_a_kind_says_what_happened_with_any_data(kind: TaskKind) -> None:
    text = kind.what_happened({}, None)
    assert text
    assert "{" not in text
    assert {name for _, name, _, _ in Formatter().parse(kind.todo) if name} <= {"carrier"}


@pytest.mark.parametrize(("by", "waits_for"), [("8K8-5KT", "order 8K8-5KT"), (PLANNED_CHANGE, "a planned change")])
def test_a_task_says_what_the_order_waits_for(by: str, waits_for: str) -> None:
    said = task_kind("still_held").what_happened({"by": by}, None)
    assert said == f"This order waits for {waits_for}, which uses the same line and hasn't finished."
