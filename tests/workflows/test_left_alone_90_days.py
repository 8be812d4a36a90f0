"""An order that everyone leaves alone ends, or is a task that a role has to do by a date, within 90 days."""

from collections.abc import AsyncIterator

import pytest
from temporalio.api.enums.v1 import EventType
from temporalio.testing import WorkflowEnvironment

from models.db.session import Database
from models.db.tasks.tables import TaskRow
from models.lifecycle import Status
from models.order import Order
from tests import factories
from tests.fakes import FakeCarrier
from tests.workflows.cases import Case, all_cases, first_of_each_shape
from tests.workflows.open_courses import courses_of
from tests.workflows.skipped_time import skip_days
from tests.workflows.workflow_env import WorkflowEnv

pytestmark = [*(pytest.mark.fault(number) for number in ("8", "20", "34")), pytest.mark.timeout(300)]
DAYS = 90
MOST_TIMERS = 20
OFFICE = {"max_lines_per_employee": 10_000, "free_cap": "1000000"}


@pytest.fixture
async def waiting_env(database: Database, time_skipping: WorkflowEnvironment) -> AsyncIterator[WorkflowEnv]:
    await factories.create_company(database, policy=OFFICE)
    async with WorkflowEnv.running(database, time_skipping.client, FakeCarrier()) as running:
        yield running


async def timers_fired(env: WorkflowEnv, order: Order) -> int:
    history = await env.client.get_workflow_handle(order.workflow_id).fetch_history()
    return sum(event.event_type == EventType.EVENT_TYPE_TIMER_FIRED for event in history.events)


async def _is_settled(env: WorkflowEnv, order: Order) -> bool:
    if Status((await env.row(order)).status).final:
        return True
    open_tasks = [task for task in await env.rows(TaskRow, order) if task.state == "open"]
    return bool(open_tasks) and all(task.role and task.due_at for task in open_tasks)


QUICK = {case.name for case in first_of_each_shape()}


@pytest.mark.parametrize(
    "case",
    [
        pytest.param(case, id=case.name, marks=() if case.name in QUICK else pytest.mark.slow)
        for case in {case.name: case for case in (*first_of_each_shape(), *all_cases())}.values()
    ],
)
async def test_nothing_waits_without_an_end(
    waiting_env: WorkflowEnv, time_skipping: WorkflowEnvironment, case: Case
) -> None:
    env, left = waiting_env, dict[str, Order]()
    for name, course in courses_of(case).items():
        left[name] = await factories.create_order(env.database, case.spec)
        env.ends(await env.start(left[name]))
        await course(env, left[name])
        assert (await env.row(left[name])).due_at is not None, name
    await skip_days(time_skipping, DAYS)
    problems = [problem for name, order in left.items() if (problem := await _problem(env, name, order))]
    assert problems == []


async def _problem(env: WorkflowEnv, name: str, order: Order) -> str:
    """What is wrong with an order that was left alone, if something is."""
    try:
        await env.until(order, lambda: _is_settled(env, order), bool)
    except TimeoutError:
        return f"{name}: still waits after {await env.events(order)}"
    row, fired = await env.row(order), await timers_fired(env, order)
    if not Status(row.status).final and row.due_at is None:
        return f"{name}: not due"
    return f"{name}: {fired} timers" if fired > MOST_TIMERS else ""
