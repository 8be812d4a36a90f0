"""What happens to a shipped item while another order returns it, and once it has been returned."""

from temporalio.testing import WorkflowEnvironment

from models.db.inventory.tables import DeviceRow
from models.db.orders.tables import ItemRow
from models.db.session import new_id
from models.db.tasks.tables import TaskRow
from models.lifecycle import ItemState, Status
from models.order import CancelResult, Order
from models.order_messages import ItemReturn, Receipt
from tests.workflows.skipped_time import skip_days
from tests.workflows.workflow_env import REQUESTER, WorkflowEnv, rejects
from workflows.order_type_registry import order_type

NEW_LINE = order_type("NEW_SERVICE_DEVICE")


async def _send(env: WorkflowEnv, order: Order, name: str, *, item: int = 1, is_traced: bool = False) -> None:
    message = ItemReturn(item_id=order.items[item - 1].id, number="RET-1", is_traced=is_traced)
    await env.signal(order, name, message)


def _receipt(order: Order, item: int = 1) -> Receipt:
    return Receipt(action_id=new_id(), actor=REQUESTER, item_id=order.items[item - 1].id)


async def test_a_returned_item_ends_the_order_and_releases_what_was_reserved(env: WorkflowEnv) -> None:
    order = await env.start_new(NEW_LINE, until=Status.AWAITING_ACTIVATION)
    await _send(env, order, "return_opened")
    with rejects("ACTION_NOT_ALLOWED", "Order RET-1 returns this item."):
        await env.activate(order)
    await _send(env, order, "return_received")
    await env.wait_for_status(order, Status.CANCELED)
    assert await env.item_states(order) == [ItemState.RETURNED]
    assert {"return_opened", "item_returned", "canceled"} <= set(await env.events(order))
    (item,) = await env.rows(ItemRow, order)
    (line,) = [line for line in await env.lines() if line.id == item.line_id]
    assert (line.status, line.device_id) == ("void", None)


async def test_a_device_that_is_back_in_stock_stays_there(env: WorkflowEnv) -> None:
    order = await env.start_new(NEW_LINE, until=Status.AWAITING_ACTIVATION)
    (item,) = await env.rows(ItemRow, order)
    (line,) = [line for line in await env.lines() if line.id == item.line_id]
    async with env.database.transaction() as session:
        device = await session.get_one(DeviceRow, (order.tenant, str(line.device_id)))
        device.status, device.person_id = "in_stock", None
    await _send(env, order, "return_received")
    await env.wait_for_status(order, Status.CANCELED)
    async with env.database.transaction() as session:
        assert (await session.get_one(DeviceRow, (order.tenant, str(line.device_id)))).status == "in_stock"


async def test_the_other_items_of_the_order_continue(env: WorkflowEnv) -> None:
    order = await env.start_new(NEW_LINE, items=2, until=Status.AWAITING_ACTIVATION)
    await _send(env, order, "return_received", item=2)
    (task,) = await env.until(order, lambda: env.rows(TaskRow, order), bool)
    assert (task.kind, task.evidence["variant"]) == ("service_to_end", "others_open")
    await env.activate(order)
    await env.carrier_update(order, ItemState.DONE)
    await env.wait_for_status(order, Status.PARTIALLY_FULFILLED)
    assert await env.item_states(order) == [ItemState.DONE, ItemState.RETURNED]


async def test_a_carrier_that_keeps_a_returned_order_becomes_a_task(env: WorkflowEnv) -> None:
    order = await env.start_new(NEW_LINE, until=Status.AWAITING_ACTIVATION)
    env.carrier.cancel_answers[f"{order.id}:1"] = CancelResult.DECLINED
    await _send(env, order, "return_received")
    await env.wait_for_status(order, Status.CANCELED)
    (task,) = await env.rows(TaskRow, order)
    assert (task.kind, task.evidence["variant"]) == ("service_to_end", "returned_declined")


async def test_what_is_only_looked_for_can_be_activated(env: WorkflowEnv) -> None:
    order = await env.start_new(NEW_LINE, until=Status.AWAITING_ACTIVATION)
    await _send(env, order, "return_opened", is_traced=True)
    await env.activate(order)
    await env.carrier_update(order, ItemState.DONE)
    await env.wait_for_status(order, Status.COMPLETED)


async def test_of_activation_and_return_at_once_the_first_one_counts(env: WorkflowEnv) -> None:
    order = await env.start_new(NEW_LINE, until=Status.AWAITING_ACTIVATION)
    await env.activate(order)
    await env.carrier_update(order, ItemState.DONE)
    await _send(env, order, "return_received")
    await env.wait_for_status(order, Status.COMPLETED)
    assert await env.item_states(order) == [ItemState.DONE]


async def test_after_a_return_that_ended_the_order_waits_for_activation_again(env: WorkflowEnv) -> None:
    order = await env.start_new(NEW_LINE, until=Status.AWAITING_ACTIVATION)
    await _send(env, order, "return_opened")
    await _send(env, order, "return_ended")
    await env.activate(order)
    await env.carrier_update(order, ItemState.DONE)
    await env.wait_for_status(order, Status.COMPLETED)
    assert "return_ended" in await env.events(order)


async def test_people_who_have_the_delivery_confirm_it_before_its_carrier_does(env: WorkflowEnv) -> None:
    order = await env.start_new(NEW_LINE, until=Status.SHIPPED)
    await env.update(order, "confirm_receipt", _receipt(order))
    await env.carrier_update(order, ItemState.SHIPPED)
    await env.wait_for_status(order, Status.AWAITING_ACTIVATION)
    assert await env.item_states(order) == [ItemState.AWAITING_ACTIVATION]
    with rejects("ACTION_NOT_ALLOWED", "isn't on its way"):
        await env.update(order, "confirm_receipt", _receipt(order))
    await env.activate(order)
    await env.carrier_update(order, ItemState.DONE)
    await env.wait_for_status(order, Status.COMPLETED)


async def test_nobody_is_reminded_to_activate_what_is_going_back(
    skipping_env: WorkflowEnv, time_skipping: WorkflowEnvironment
) -> None:
    env = skipping_env
    order = await env.start_new(NEW_LINE, until=Status.AWAITING_ACTIVATION)
    await _send(env, order, "return_opened")
    before = (await env.events(order)).count("activation_needed")
    await skip_days(time_skipping, 15)
    assert (await env.events(order)).count("activation_needed") == before
    assert await env.rows(TaskRow, order) == []
    await _send(env, order, "return_ended")
    await skip_days(time_skipping, 15)
    (task,) = await env.until(order, lambda: env.rows(TaskRow, order), bool)
    assert task.kind == "activation_overdue"
