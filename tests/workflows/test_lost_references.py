"""The carrier's reference of an order is gone, as the database was restored: nobody is told that the carrier knows."""

import pytest
from sqlmodel import delete

from models.db.carriers.tables import CarrierOrderRow
from models.db.clauses import belongs_to_order
from models.db.orders.tables import EventRow
from models.db.tasks.tables import TaskRow
from models.lifecycle import ItemState, Status
from models.order import Order
from tests.workflows.workflow_env import WorkflowEnv
from workflows.order_type_registry import order_type

pytestmark = pytest.mark.fault("14")
MISSING = [("failed_step", "CARRIER_REFERENCE_MISSING")]


async def order_without_reference(env: WorkflowEnv, until: Status) -> Order:
    order = await env.start_new(order_type("NEW_SERVICE_DEVICE"), until=until)
    async with env.database.transaction() as session:
        await session.exec(delete(CarrierOrderRow).where(belongs_to_order(CarrierOrderRow, order)))
    return order


async def open_tasks(env: WorkflowEnv, order: Order) -> list[tuple[str, str]]:
    """The kinds of the order's open tasks, each with the code of the error that it's about."""
    tasks = [task for task in await env.rows(TaskRow, order) if task.state == "open"]
    errors = {event.seq: event.data["error"] for event in await env.rows(EventRow, order) if "error" in event.data}
    return [(task.kind, errors[task.seq].partition(":")[0]) for task in tasks]


async def test_an_activation_that_the_carrier_cannot_be_told_opens_a_task(env: WorkflowEnv) -> None:
    order = await order_without_reference(env, Status.AWAITING_ACTIVATION)
    await env.activate(order)
    await env.wait_for_status(order, Status.FAILED)
    assert (await open_tasks(env, order), env.carrier.activated) == (MISSING, [])


async def test_an_answer_that_the_carrier_cannot_be_told_opens_a_task(env: WorkflowEnv) -> None:
    order = await order_without_reference(env, Status.IN_FULFILLMENT)
    await env.carrier_update(order, ItemState.INFO_REQUIRED)
    await env.wait_for_status(order, Status.VENDOR_INFO_REQUIRED)
    await env.provide_info(order, "Suite 5.")
    await env.wait_for_status(order, Status.FAILED)
    assert (await open_tasks(env, order), env.carrier.provided) == (MISSING, [])


async def test_a_cancellation_reaches_the_carrier_all_the_same(env: WorkflowEnv) -> None:
    order = await order_without_reference(env, Status.IN_FULFILLMENT)
    await env.cancel(order)
    await env.wait_for_status(order, Status.CANCELED)
    assert len(env.carrier.canceled) == 1
