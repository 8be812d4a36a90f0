"""Records the golden histories that are missing (`make histories`); those that exist are never changed."""

import pytest
from temporalio.testing import WorkflowEnvironment

from tests import factories
from tests.workflows.no_response import SPOKEN_FOR, spoken_for
from tests.workflows.scenarios import PLAYS, history_of, paths_of
from tests.workflows.timer_scenarios import CLOCK_PLAYS
from tests.workflows.timer_scenarios import history_of as clock_history_of
from tests.workflows.workflow_env import Stage
from workflows.order_type_registry import order_types_by_code

MISSING = [
    (code, path)
    for code, kind in sorted(order_types_by_code().items())
    for path in paths_of(kind)
    if not history_of(code, path).exists()
]


@pytest.mark.parametrize(("code", "path"), MISSING)
async def test_record(stage: Stage, code: str, path: str) -> None:
    order = await factories.place(stage.database, factories.Placing(type=order_types_by_code()[code]))
    handle = await stage.start(order)
    await PLAYS[path](stage, order)
    await handle.result()
    history_of(code, path).write_text((await handle.fetch_history()).to_json() + "\n")


@pytest.mark.parametrize("path", [path for path in CLOCK_PLAYS if not clock_history_of(path).exists()])
async def test_record_clock(hasty: Stage, ahead: WorkflowEnvironment, path: str) -> None:
    rest = await CLOCK_PLAYS[path](hasty, ahead)
    await rest.handle.result()
    clock_history_of(path).write_text((await rest.handle.fetch_history()).to_json() + "\n")


@pytest.mark.skipif(SPOKEN_FOR.exists(), reason="it is there")
async def test_record_spoken_for(hasty: Stage, ahead: WorkflowEnvironment) -> None:
    handle = await spoken_for(hasty, ahead)
    await handle.result()
    SPOKEN_FOR.write_text((await handle.fetch_history()).to_json() + "\n")
