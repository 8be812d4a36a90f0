"""Histories of orders as they once ran, replayed against the code as it is; they are only ever added to."""

from pathlib import Path

import pytest
from temporalio.client import WorkflowHistory
from temporalio.worker import Replayer

from outbox.temporal_client import data_converter
from tests.workflows.scenarios import HISTORIES, history_of, paths_of
from tests.workflows.timer_scenarios import CLOCK_PLAYS
from tests.workflows.timer_scenarios import history_of as clock_history_of
from tests.workflows.workflow_env import KEYRING
from worker import RUNNER
from workflows.order_type_registry import all_workflows, order_types_by_code


@pytest.mark.parametrize("code", sorted(order_types_by_code()))
def test_every_type_has_a_history_of_every_path(code: str) -> None:
    missing = [path for path in paths_of(order_types_by_code()[code]) if not history_of(code, path).exists()]
    assert missing == [], "run `make histories`"


@pytest.mark.parametrize("path", sorted(CLOCK_PLAYS))
def test_a_clock_has_a_history_of_every_path(path: str) -> None:
    assert clock_history_of(path).exists(), "run `make histories`"


@pytest.mark.parametrize("file", sorted(HISTORIES.glob("*.json")), ids=lambda file: file.stem)
async def test_it_replays(file: Path) -> None:
    replayer = Replayer(
        workflows=all_workflows(),
        workflow_runner=RUNNER,
        data_converter=data_converter(KEYRING),
    )
    history = WorkflowHistory.from_json(file.stem, file.read_text())  # noqa: ASYNC240 - a test
    await replayer.replay_workflow(history)
