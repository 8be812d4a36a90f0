"""What runs beside the steps of an order fails: the order doesn't go on without it."""

import asyncio

import pytest

from models.lifecycle import ItemState, Status
from models.order import Order
from tests.workflows.workflow_env import WorkflowEnv
from workflows.order_type_registry import order_type

pytestmark = pytest.mark.fault("17")


async def failing_task(env: WorkflowEnv, order: Order) -> int:
    """How often the workflow's task was tried, once it has failed twice."""
    handle = env.client.get_workflow_handle(order.workflow_id)
    async with asyncio.timeout(60):
        while True:
            described = (await handle.describe()).raw_description
            if described.pending_workflow_task.attempt > 2:
                return described.pending_workflow_task.attempt
            await asyncio.sleep(0.1)


async def test_an_order_whose_publisher_died_stands_still_at_once(env: WorkflowEnv) -> None:
    order = await env.start_new(order_type("NEW_SERVICE_DEVICE"), until=Status.IN_FULFILLMENT)
    env.faults.of(order).broken = {"record"}
    await env.carrier_update(order, ItemState.SHIPPED)
    assert await failing_task(env, order) > 2
    await env.client.get_workflow_handle(order.workflow_id).terminate()
    assert (await env.row(order)).status == Status.IN_FULFILLMENT


async def test_events_that_a_failed_activity_took_along_are_written(env: WorkflowEnv) -> None:
    env.faults.broken = {"reserve"}
    order = await env.start_new(order_type("NEW_SERVICE_DEVICE"), until=Status.FAILED)
    assert {"approved_by", "approved"} <= {*await env.events(order)}


@pytest.mark.parametrize("step", ["reserve", "place"])
async def test_the_retry_of_a_step_that_fails_again_is_written(env: WorkflowEnv, step: str) -> None:
    env.faults.broken = {step}
    order = await env.start_new(order_type("NEW_SERVICE_DEVICE"), until=Status.FAILED)
    await env.retry(order)
    events = await env.until(order, lambda: env.events(order), lambda events: events.count("failed") == 2)
    assert events[-2:] == ["retried", "failed"]
