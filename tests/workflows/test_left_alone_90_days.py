"""An order that everyone leaves alone ends, or is a task that a role has to do by a date, within 90 days."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from datetime import timedelta
from types import MappingProxyType

import pytest
from temporalio.api.enums.v1 import EventType
from temporalio.testing import WorkflowEnvironment

from models.db.session import Database
from models.db.tasks.tables import TaskRow
from models.errors import CarrierDeclined
from models.lifecycle import ItemState, Status
from models.order import CancelResult, Order
from tests import factories
from tests.fakes import FakeCarrier
from tests.workflows.cases import Case, all_cases, first_of_each_shape
from tests.workflows.workflow_env import WorkflowEnv

pytestmark = [pytest.mark.fault("8"), pytest.mark.fault("20"), pytest.mark.fault("34")]
DAYS = 90
MOST_TIMERS = 20
OFFICE = {"max_lines_per_employee": 10_000, "free_cap": "1000000"}
REFUSAL = CarrierDeclined("Unknown ZIP code.", facts={"code": "SERVICE_ZIP_INVALID"}, needs=("service_zip", "mdn"))

Course = Callable[[WorkflowEnv, Order], Awaitable[object]]


@pytest.fixture
async def waiting_env(database: Database, time_skipping: WorkflowEnvironment) -> AsyncIterator[WorkflowEnv]:
    await factories.create_company(database, policy=OFFICE)
    async with WorkflowEnv.running(database, time_skipping.client, FakeCarrier()) as running:
        yield running


async def _at_carrier(env: WorkflowEnv, order: Order) -> None:
    assert await env.advance(order, until=Status.IN_FULFILLMENT) is Status.IN_FULFILLMENT


async def _asked_by_approver(env: WorkflowEnv, order: Order) -> None:
    await env.advance(order, until=Status.AWAITING_APPROVAL)
    await env.request_info(order, "Why?", factories.actor(await env.next_approver(order)))
    await env.wait_for_status(order, Status.INFO_REQUESTED)


async def _asked_by_carrier(env: WorkflowEnv, order: Order) -> None:
    await _at_carrier(env, order)
    await env.carrier_update(order, ItemState.INFO_REQUIRED, detail="Which floor?")
    await env.wait_for_status(order, Status.VENDOR_INFO_REQUIRED)


async def _backordered(env: WorkflowEnv, order: Order) -> None:
    await _at_carrier(env, order)
    await env.carrier_update(order, ItemState.BACKORDERED)
    await env.wait_for_status(order, Status.BACKORDERED)


async def _being_canceled(env: WorkflowEnv, order: Order) -> None:
    await _asked_by_carrier(env, order)
    for number in (1, 2, 3):
        env.carrier.cancel_answers[f"{order.id}:{number}"] = CancelResult.ASSESSING


async def _refused(env: WorkflowEnv, order: Order) -> None:
    env.carrier.fails["submit"] = [REFUSAL]
    await env.advance(order, until=Status.VENDOR_INFO_REQUIRED)


async def _failed(env: WorkflowEnv, order: Order) -> None:
    env.faults.of(order).broken = {"apply"}
    assert await env.advance(order) is Status.FAILED


AT_CARRIER: Mapping[str, Course] = MappingProxyType(
    {
        "asked": _asked_by_carrier,
        "backordered": _backordered,
        "being canceled": _being_canceled,
        "refused": _refused,
    }
)


def _courses(case: Case) -> Mapping[str, Course]:
    """How an order gets to each status in which it can wait."""

    def until(status: Status) -> Course:
        async def course(env: WorkflowEnv, order: Order) -> None:
            assert await env.advance(order, until=status) is status

        return course

    return {
        **{status.lower(): until(status) for status in case.statuses if status is not Status.SCHEDULED},
        **({"question": _asked_by_approver} if case.has_approval else {}),
        **(AT_CARRIER if case.kind.with_carrier else {}),
        "failed": _failed,
    }


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
    for name, course in _courses(case).items():
        left[name] = await factories.create_order(env.database, case.spec)
        env.ends(await env.start(left[name]))
        await course(env, left[name])
        row = await env.row(left[name])
        assert Status(row.status).final or row.due_at is not None, name  # not every type can be corrected
    await time_skipping.sleep(timedelta(days=DAYS))
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
