"""What Temporal itself tells of orders in trouble, on a real server: retries under way, and code that raises."""

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest
from temporalio import workflow
from temporalio.client import Client
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from api.attention import temporal_problems
from api.attention.temporal_problems import EngineProblems, find_engine_problems
from models.db.session import Database, new_id, utc_now
from models.errors import CarrierUnavailable
from models.lifecycle import Status
from models.order import Order
from tests import factories
from tests.fakes import FakeCarrier
from tests.workflows.workflow_env import Stage
from workflows.order_type_registry import order_type

PLACING = factories.Placing(type=order_type("NEW_SERVICE_DEVICE"))


@workflow.defn(name="RAISES")
class Raises:
    """Code that cannot go on."""

    @workflow.run
    async def run(self) -> None:
        raise KeyError("a defect")


@pytest.fixture
async def stage(database: Database, temporal: WorkflowEnvironment) -> AsyncIterator[Stage]:
    await factories.found(database)
    async with Stage.set(database, temporal.client, FakeCarrier()) as ready:
        yield ready


async def start(stage: Stage) -> Order:
    order = await factories.place(stage.database, PLACING)
    await stage.start(order)
    await stage.until(order, Status.AWAITING_APPROVAL)
    return order


async def seen(client: Client, order: Order, enough: Callable[[EngineProblems], object]) -> EngineProblems:
    """Look till it is there; Temporal needs a moment."""
    async with asyncio.timeout(60):
        while not enough(found := await find_engine_problems(client, order.tenant, [order.id])):
            await asyncio.sleep(0.2)
    return found


async def test_an_activity_that_is_tried_again_says_why_and_when(stage: Stage) -> None:
    order = await start(stage)
    stage.carrier.fails["submit"] = [CarrierUnavailable("closed for lunch", retry_after_seconds=600)]
    await stage.approve(order)
    found = await seen(stage.client, order, lambda known: known.retrying)
    (retry,) = found.retrying[order.id]
    assert (retry.activity, retry.attempts, retry.most_attempts) == ("place", 2, 14)
    assert "closed for lunch" in retry.failure
    assert retry.again_at is not None
    assert retry.again_at > utc_now()


async def test_a_workflow_whose_code_raises_is_told_from_one_that_waits(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(temporal_problems, "_TASK_ATTEMPTS", 2)
    well, ill = await start(stage), await factories.place(stage.database, PLACING)
    queue = new_id()
    async with Worker(stage.client, task_queue=queue, workflows=[Raises], workflow_runner=UnsandboxedWorkflowRunner()):
        await stage.client.start_workflow(Raises.run, id=ill.workflow_id, task_queue=queue)
        found = await seen(stage.client, ill, lambda known: known.raising)
        await stage.client.get_workflow_handle(ill.workflow_id).terminate()
    assert found.raising[ill.id].attempts >= 2
    assert (await find_engine_problems(stage.client, well.tenant, [well.id])).raising == {}


async def test_an_order_that_waits_for_an_operator_is_no_activity_that_is_tried_again(stage: Stage) -> None:
    order = await start(stage)
    stage.saboteur.broken.add("reserve")
    await stage.approve(order)
    await stage.until(order, Status.FAILED)
    found = await find_engine_problems(stage.client, order.tenant, [order.id])
    assert found == EngineProblems()
