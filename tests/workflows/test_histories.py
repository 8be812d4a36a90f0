"""Recorded histories replay with the current code. Histories are only ever added."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from temporalio.converter import WorkflowSerializationContext

from activities.inventory import InventoryInput
from models.event import Event
from models.lifecycle import Status
from models.order import OrderEvent, Outcome
from models.task_action import TASK_ACTION
from models.timers import LINE_TIMER
from outbox.temporal_client import data_converter, history_from_json
from tests.workflows.replayed_inputs import assert_replays
from tests.workflows.scenarios import ENDS, HISTORIES, history_file, scenarios_of
from tests.workflows.task_scenarios import TASK_SCENARIOS
from tests.workflows.timer_scenarios import TIMER_SCENARIOS
from tests.workflows.workflow_env import KEYRING, WorkflowEnv
from workflows.order_type_registry import order_type, order_types_by_code
from workflows.publisher import Publisher
from workflows.state import OrderState
from workflows.steps import reserve

TYPES = dict(sorted(order_types_by_code().items()))


@pytest.mark.parametrize("code", TYPES)
def test_every_order_type_has_a_history_of_every_scenario(code: str) -> None:
    missing = [name for name in scenarios_of(TYPES[code]) if not history_file(code, name).exists()]
    assert missing == [], "run `make histories`"


@pytest.mark.parametrize(("code", "scenario"), [(c, name) for c, kind in TYPES.items() for name in scenarios_of(kind)])
async def test_a_history_of_an_order_ends_as_its_scenario_says(code: str, scenario: str) -> None:
    history = history_from_json(history_file(code, scenario).read_text())
    context = WorkflowSerializationContext(namespace="default", workflow_id=history.workflow_id)
    result = history.events[-1].workflow_execution_completed_event_attributes.result
    (outcome,) = await data_converter(KEYRING).with_context(context).decode(result.payloads, [Outcome])
    assert outcome.status is ENDS[scenario]


@pytest.mark.parametrize("scenario", sorted(TIMER_SCENARIOS))
def test_the_timer_has_a_history_of_every_scenario(scenario: str) -> None:
    assert history_file(LINE_TIMER, scenario).exists(), "run `make histories`"


@pytest.mark.fault("19")
@pytest.mark.parametrize("scenario", sorted(TASK_SCENARIOS))
def test_what_is_done_about_a_task_has_a_history_of_every_scenario(scenario: str) -> None:
    assert history_file(TASK_ACTION, scenario).exists(), "run `make histories`"


@pytest.mark.fault("19")
@pytest.mark.parametrize("file", sorted(HISTORIES.glob("*.json")), ids=lambda file: file.stem)
async def test_a_history_replays_with_the_same_inputs(file: Path) -> None:
    await assert_replays(history_from_json(file.read_text()), data_converter(KEYRING))  # noqa: ASYNC240 - a test


def shift_a_number(patch: pytest.MonkeyPatch) -> None:
    """As if the code recorded one event more, or one less."""
    next_seq = Publisher.next_seq
    patch.setattr(Publisher, "next_seq", lambda publisher: next_seq(publisher) + 1)


def change_a_field(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(reserve, "InventoryInput", partial(_without_items, InventoryInput))


def rename_a_status(patch: pytest.MonkeyPatch) -> None:
    next_event = OrderState.next_event

    def in_other_words(state: OrderState, event: Event, status: Status, **data: Any) -> OrderEvent:
        return replace(next_event(state, event, status, **data), status=Status.ON_HOLD)

    patch.setattr(OrderState, "next_event", in_other_words)


def _without_items(make: Callable[..., InventoryInput], **fields: Any) -> InventoryInput:
    return make(**fields | {"item_ids": ()})


@pytest.mark.fault("19")
@pytest.mark.parametrize("change", [shift_a_number, change_a_field, rename_a_status])
async def test_a_replay_finds_an_input_that_changed(
    env: WorkflowEnv, monkeypatch: pytest.MonkeyPatch, change: Callable[[pytest.MonkeyPatch], None]
) -> None:
    order = await env.start_new(order_type("NEW_SERVICE_DEVICE"), until=Status.IN_FULFILLMENT)
    history = await env.client.get_workflow_handle(order.workflow_id).fetch_history()
    converter = data_converter(KEYRING)
    await assert_replays(history, converter)
    change(monkeypatch)
    with pytest.raises(AssertionError):
        await assert_replays(history, converter)
