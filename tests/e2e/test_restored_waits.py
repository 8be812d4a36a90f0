"""What an order waits for is written again for a database that was restored to an older moment, and can be settled."""

import pytest

from models.db.carriers.tables import CarrierOrderRow
from models.db.catalog.tables import ProductRow
from models.db.orders.tables import EventRow, OrderRow
from models.db.session import new_id
from models.db.tasks.tables import TaskRow
from models.lifecycle import ItemState, Status
from models.order import Order
from models.order_messages import OperatorAction
from models.workflow_health import WorkflowHealth
from policies.recovery import RecoveryAction
from tests import factories
from tests.e2e.monitored_orders import TESS, MonitoredOrders
from tests.e2e.older_database import set_row_back
from tests.field.changing_company import approve_all, change

pytestmark = pytest.mark.fault("14")


async def restored(orders: MonitoredOrders, order: Order, status: Status) -> OrderRow:
    """The order after its last event was lost and its state is restored: it has the status that the event gave it."""
    await orders.stage.wait_for_status(order, status)
    assert await orders.health(order) == WorkflowHealth.HEALTHY
    *_, before, _ = sorted(event.seq for event in await orders.stage.rows(EventRow, order))
    await set_row_back(orders, order, before)
    assert (await orders.stage.row(order)).status != status
    assert await orders.health(order) == WorkflowHealth.AHEAD
    await orders.recover(order, RecoveryAction.RESTORE_STATE)
    return await orders.stage.wait_for_status(order, status)


async def last_event(orders: MonitoredOrders, order: Order) -> EventRow:
    return max(await orders.stage.rows(EventRow, order), key=lambda event: event.seq)


async def settle(orders: MonitoredOrders, order: Order, task: TaskRow) -> None:
    """Choose on the task to try again."""
    choice = OperatorAction(action_id=new_id(), actor=TESS, evidence="Corrected.", task=task.seq)
    await orders.stage.update(order, "retry", choice)


async def test_a_hold_has_its_task_again_and_nothing_was_sent(orders: MonitoredOrders) -> None:
    order = await orders.place()
    await change(orders.stage, ProductRow, "sku", "PHONE-1", active=False)
    await approve_all(orders.stage, order)
    await restored(orders, order, Status.ON_HOLD)
    (task,) = await orders.stage.rows(TaskRow, order)
    assert (task.kind, task.state) == ("no_longer_allowed", "open")
    assert "isn't in the catalog" in task.evidence["reason"]
    assert await orders.stage.rows(CarrierOrderRow, order) == []
    await change(orders.stage, ProductRow, "sku", "PHONE-1", active=True)
    await settle(orders, order, task)
    await orders.stage.wait_for_status(order, Status.IN_FULFILLMENT)
    assert orders.stage.carrier.submissions == 1


async def test_a_failed_step_has_its_task_again(orders: MonitoredOrders) -> None:
    order = await orders.place()
    orders.stage.carrier.fails["activate"] = [AssertionError("the carrier's adapter is broken")]
    await orders.stage.advance(order, until=Status.AWAITING_ACTIVATION)
    await orders.stage.activate(order)
    await restored(orders, order, Status.FAILED)
    (task,) = await orders.stage.rows(TaskRow, order)
    assert (task.kind, task.state, task.evidence["step"]) == ("failed_step", "open", "ACTIVATE")
    await settle(orders, order, task)
    await orders.stage.carrier_update(order, ItemState.DONE)
    await orders.stage.wait_for_status(order, Status.COMPLETED)
    assert len(orders.stage.carrier.activated) == 1


async def test_a_question_of_the_carrier_is_asked_again(orders: MonitoredOrders) -> None:
    order = await orders.place()
    await orders.stage.advance(order, until=Status.IN_FULFILLMENT)
    await orders.stage.carrier_update(order, ItemState.INFO_REQUIRED, needs=("service_zip",))
    await restored(orders, order, Status.VENDOR_INFO_REQUIRED)
    asked = await last_event(orders, order)
    assert (asked.event, asked.data["needs"]) == ("vendor_info_required", ["service_zip"])
    await orders.stage.provide_info(order, "60606")
    await orders.stage.until(order, lambda: orders.stage.events(order), lambda events: "info_provided" in events)
    assert [answer.note for answer in orders.stage.carrier.provided] == ["60606"]


async def test_a_question_of_an_approver_is_asked_again(orders: MonitoredOrders) -> None:
    order = await orders.place()
    approver = factories.actor(await orders.stage.next_approver(order))
    await orders.stage.request_info(order, "Why?", approver)
    await restored(orders, order, Status.INFO_REQUESTED)
    asked = await last_event(orders, order)
    assert (asked.event, asked.data["question"]) == ("info_requested", "Why?")
    await orders.stage.provide_info(order, "Mine is broken.")
    await orders.stage.wait_for_status(order, Status.AWAITING_APPROVAL)
