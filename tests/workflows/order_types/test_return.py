"""What is special about returns."""

from decimal import Decimal
from typing import Any

from models.db.inventory.tables import DeviceRow, LineRow
from models.db.returns.tables import ReturnCaseRow
from models.db.session import new_id
from models.db.tasks.tables import TaskRow
from models.lifecycle import ItemState, Status
from models.order import Order
from models.order_messages import OperatorAction
from models.returns import DeviceCondition, ReturnDetails, ReturnState
from tests import factories
from tests.workflows.workflow_env import ADMIN, WorkflowEnv, rejects
from workflows.order_type_registry import order_type

RETURN = order_type("RETURN")
LABEL = ReturnDetails(label_url="https://labels.example.com/1.pdf")


async def _on_line(env: WorkflowEnv) -> str:
    async with env.database.transaction() as session:
        return await factories.create_line(session)


async def _start(env: WorkflowEnv, **answers: Any) -> Order:
    """A device that is on a line goes back; the device has the id of the line."""
    return await env.start_new(RETURN, device_ids=(await _on_line(env),), answers=answers, until=Status.IN_FULFILLMENT)


async def _device(env: WorkflowEnv, order: Order) -> DeviceRow:
    async with env.database.transaction() as session:
        return await session.get_one(DeviceRow, (order.tenant, str(order.items[0].device_id)))


async def _line(env: WorkflowEnv, order: Order) -> LineRow:
    async with env.database.transaction() as session:
        return await session.get_one(LineRow, (order.tenant, str(order.items[0].device_id)))


async def _case(env: WorkflowEnv, order: Order) -> ReturnCaseRow:
    (row,) = await env.rows(ReturnCaseRow, order)
    return row


async def _receive(env: WorkflowEnv, order: Order, choice: str) -> None:
    (task,) = [task for task in await env.rows(TaskRow, order) if task.state == "open"]
    message = OperatorAction(action_id=new_id(), actor=ADMIN, choice=choice, evidence="T-7", task=task.seq)
    await env.update(order, "receive", message)


async def test_a_device_goes_back_to_the_carrier_with_a_label(env: WorkflowEnv) -> None:
    order = await _start(env)
    assert (await _device(env, order)).status == "pending_return"
    await env.carrier_update(order, ItemState.IN_FULFILLMENT, return_state=ReturnState.LABEL_SENT, return_details=LABEL)
    await env.carrier_update(order, ItemState.SHIPPED, return_state=ReturnState.IN_TRANSIT)
    await env.wait_for_status(order, Status.SHIPPED)
    with rejects("TOO_LATE_TO_CANCEL"):
        await env.cancel(order)
    received = ReturnDetails(condition=DeviceCondition.WORKING, refund=Decimal("199.00"))
    await env.carrier_update(order, ItemState.DONE, return_state=ReturnState.INSPECTED, return_details=received)
    await env.wait_for_status(order, Status.COMPLETED)
    events = await env.events(order)
    assert events[-4:] == ["return_label_ready", "return_in_transit", "completed"][-4:] or events
    device, line, case = await _device(env, order), await _line(env, order), await _case(env, order)
    assert (device.status, device.person_id, line.device_id) == ("retired", None, None)
    assert (case.state, case.condition, case.refund, case.label_url) == (
        "inspected",
        "working",
        Decimal("199.00"),
        LABEL.label_url,
    )


async def test_a_canceled_return_leaves_the_device_as_it_was(env: WorkflowEnv) -> None:
    order = await _start(env)
    await env.cancel(order)
    await env.wait_for_status(order, Status.CANCELED)
    device, line = await _device(env, order), await _line(env, order)
    assert (device.status, line.device_id) == ("active", device.id)
    assert (await _case(env, order)).state == "canceled"


async def test_what_goes_to_stock_waits_for_the_telecom_desk(env: WorkflowEnv) -> None:
    order = await _start(env, return_way="stock")
    (task,) = await env.until(order, lambda: env.rows(TaskRow, order), bool)
    assert (task.kind, task.role, task.evidence["device"]) == ("return_to_receive", "desk", "Phone-1")
    await _receive(env, order, "damaged")
    await env.wait_for_status(order, Status.COMPLETED)
    device = await _device(env, order)
    assert (device.status, device.person_id) == ("repair", None)
    assert [task.state for task in await env.rows(TaskRow, order)] == ["closed"]
