"""Problems that only Temporal knows, on a real server: activities being retried, and workflow code that raises."""

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest
from temporalio import workflow
from temporalio.client import Client
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from api.attention import temporal_problems
from api.attention.temporal_problems import TemporalProblems, find_temporal_problems
from models.db.session import Database, new_id, utc_now
from models.errors import CarrierUnavailable
from models.lifecycle import Status
from models.order import Order
from tests import factories
from tests.fakes import FakeCarrier
from tests.workflows.workflow_env import WorkflowEnv
from workflows.order_type_registry import order_type

PLACING = factories.OrderSpec(type=order_type("NEW_SERVICE_DEVICE"))


@workflow.defn(name="RAISES")
class Raises:
    @workflow.run
    async def run(self) -> None:
        raise KeyError("a defect")


@pytest.fixture
async def stage(database: Database, temporal: WorkflowEnvironment) -> AsyncIterator[WorkflowEnv]:
    await factories.create_company(database)
    async with WorkflowEnv.running(database, temporal.client, FakeCarrier()) as ready:
        yield ready


async def start(stage: WorkflowEnv) -> Order:
    order = await factories.create_order(stage.database, PLACING)
    await stage.start(order)
    await stage.wait_for_status(order, Status.AWAITING_APPROVAL)
    return order


async def until_found(
    client: Client, order: Order, condition: Callable[[TemporalProblems], object]
) -> TemporalProblems:
    """Poll until the problems meet the condition; Temporal's visibility store is eventually consistent."""
    async with asyncio.timeout(60):
        while not condition(found := await find_temporal_problems(client, order.tenant, [order.id])):
            await asyncio.sleep(0.2)
    return found


async def test_a_retried_activity_has_its_failure_and_next_attempt(stage: WorkflowEnv) -> None:
    order = await start(stage)
    stage.carrier.fails["submit"] = [CarrierUnavailable("closed for lunch", retry_after_seconds=600)]
    await stage.approve(order)
    found = await until_found(stage.client, order, lambda known: known.retrying)
    (retry,) = found.retrying[order.id]
    assert (retry.activity, retry.attempts, retry.max_attempts) == ("place", 2, 14)
    assert "closed for lunch" in retry.failure
    assert retry.next_attempt_at is not None
    assert retry.next_attempt_at > utc_now()


async def test_a_raising_workflow_is_found_and_a_waiting_one_is_not(
    stage: WorkflowEnv, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(temporal_problems, "_TASK_ATTEMPTS", 2)
    healthy, failing = await start(stage), await factories.create_order(stage.database, PLACING)
    queue = new_id()
    async with Worker(stage.client, task_queue=queue, workflows=[Raises], workflow_runner=UnsandboxedWorkflowRunner()):
        await stage.client.start_workflow(Raises.run, id=failing.workflow_id, task_queue=queue)
        found = await until_found(stage.client, failing, lambda known: known.failing_tasks)
        await stage.client.get_workflow_handle(failing.workflow_id).terminate()
    assert found.failing_tasks[failing.id].attempts >= 2
    assert (await find_temporal_problems(stage.client, healthy.tenant, [healthy.id])).failing_tasks == {}


async def test_an_order_waiting_for_an_operator_is_not_a_retried_activity(stage: WorkflowEnv) -> None:
    order = await start(stage)
    stage.faults.broken.add("reserve")
    await stage.approve(order)
    await stage.wait_for_status(order, Status.FAILED)
    found = await find_temporal_problems(stage.client, order.tenant, [order.id])
    assert found == TemporalProblems()
