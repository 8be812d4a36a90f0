"""Recorded histories replay with the current code. Histories are only ever added."""

from pathlib import Path

import pytest
from temporalio.worker import Replayer

from models.timers import SUSPENSION_TIMER
from outbox.temporal_client import data_converter, history_from_json
from tests.workflows.scenarios import HISTORIES, history_file, scenarios_of
from tests.workflows.timer_scenarios import TIMER_SCENARIOS
from tests.workflows.workflow_env import KEYRING
from worker import RUNNER
from workflows.order_type_registry import all_workflows, order_type, order_types_by_code


@pytest.mark.parametrize("code", sorted(order_types_by_code()))
def test_every_order_type_has_a_history_of_every_scenario(code: str) -> None:
    missing = [name for name in scenarios_of(order_type(code)) if not history_file(code, name).exists()]
    assert missing == [], "run `make histories`"


@pytest.mark.parametrize("scenario", sorted(TIMER_SCENARIOS))
def test_the_timer_has_a_history_of_every_scenario(scenario: str) -> None:
    assert history_file(SUSPENSION_TIMER, scenario).exists(), "run `make histories`"


@pytest.mark.parametrize("file", sorted(HISTORIES.glob("*.json")), ids=lambda file: file.stem)
async def test_a_history_replays(file: Path) -> None:
    replayer = Replayer(workflows=all_workflows(), workflow_runner=RUNNER, data_converter=data_converter(KEYRING))
    await replayer.replay_workflow(history_from_json(file.read_text()))  # noqa: ASYNC240 - a test
