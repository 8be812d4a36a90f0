"""Records the golden histories that are missing (`make histories`); those that exist are never changed."""

import pytest
from temporalio.client import WorkflowHandle
from temporalio.testing import WorkflowEnvironment

from models.task_action import TASK_ACTION
from models.timers import LINE_TIMER
from models.workflow_ref import WorkflowKind, WorkflowRef
from tests import factories
from tests.field.open_order import Field
from tests.workflows import escalation
from tests.workflows.scenarios import ENDS, SCENARIOS, history_file, scenarios_of
from tests.workflows.task_scenarios import TASK_SCENARIOS
from tests.workflows.timer_scenarios import TIMER_SCENARIOS
from tests.workflows.workflow_env import WorkflowEnv
from workflows.order_type_registry import order_type, order_types_by_code

MISSING = [
    (code, scenario)
    for code, kind in sorted(order_types_by_code().items())
    for scenario in scenarios_of(kind)
    if not history_file(code, scenario).exists()
]
MISSING_TIMERS = [name for name in TIMER_SCENARIOS if not history_file(LINE_TIMER, name).exists()]
MISSING_TASKS = [name for name in TASK_SCENARIOS if not history_file(TASK_ACTION, name).exists()]
DECIDED_BY_ADMIN = history_file(escalation.TYPE.code, "decided_by_admin")


async def _record(handle: WorkflowHandle[object, object], name: str, scenario: str) -> None:
    await handle.result()
    history_file(name, scenario).write_text((await handle.fetch_history()).to_json() + "\n")


@pytest.mark.parametrize(("code", "scenario"), MISSING)
async def test_record_an_order(env: WorkflowEnv, code: str, scenario: str) -> None:
    order = await factories.create_order(env.database, factories.OrderSpec(type=order_type(code)))
    handle = await env.start(order)
    await SCENARIOS[scenario](env, order)
    assert (await handle.result()).status is ENDS[scenario]
    await _record(handle, code, scenario)


@pytest.mark.parametrize("scenario", MISSING_TIMERS)
async def test_record_a_timer(skipping_env: WorkflowEnv, time_skipping: WorkflowEnvironment, scenario: str) -> None:
    line = await TIMER_SCENARIOS[scenario](skipping_env, time_skipping)
    await _record(line.handle, LINE_TIMER, scenario)


@pytest.mark.parametrize("scenario", MISSING_TASKS)
async def test_record_a_task(env: WorkflowEnv, scenario: str) -> None:
    task = await TASK_SCENARIOS[scenario](await Field.of(env))
    ref = WorkflowRef(kind=WorkflowKind.TASK, tenant=task.tenant, id=task.id)
    await _record(env.client.get_workflow_handle(ref.workflow_id), TASK_ACTION, scenario)


@pytest.mark.skipif(DECIDED_BY_ADMIN.exists(), reason="already recorded")
async def test_record_an_escalation(skipping_env: WorkflowEnv, time_skipping: WorkflowEnvironment) -> None:
    handle = await escalation.decided_by_admin(skipping_env, time_skipping)
    await _record(handle, escalation.TYPE.code, "decided_by_admin")
