"""Every wait for a device that goes back, or for a parcel, has someone who can end it."""

from datetime import UTC, datetime
from decimal import Decimal
from unittest.mock import AsyncMock

import pytest

from activities.device_returns import ReturnActivities, ReturnEventInput
from models.db.catalog.tables import ProductRow
from models.db.outbox.tables import OutboxRow
from models.db.returns import return_cases
from models.db.session import new_id
from models.db.tasks.tables import TaskRow
from models.errors import CarrierDeclined
from models.events.returns import CHARGEBACK
from models.lifecycle import ItemState, Status
from models.order import SYSTEM, Order, OrderEvent
from models.order_messages import OperatorAction
from models.returns import ReturnDetails, ReturnState
from models.tasks.returns import RETURN_OVERDUE
from tests.field.changing_company import change
from tests.workflows.order_types.test_return import RETURN, case_of, device_of, line_of, start, waiting
from tests.workflows.workflow_env import ADMIN, WorkflowEnv

PRICE = Decimal("199.00")
pytestmark = pytest.mark.fault("34")


async def _open_tasks(env: WorkflowEnv, order: Order) -> list[TaskRow]:
    return [task for task in await env.rows(TaskRow, order) if task.state == "open"]


async def _only_task(env: WorkflowEnv, order: Order) -> TaskRow:
    (task,) = await env.until(order, lambda: _open_tasks(env, order), bool)
    return task


async def _say(env: WorkflowEnv, order: Order, task: TaskRow, choice: str) -> None:
    message = OperatorAction(action_id=new_id(), actor=ADMIN, choice=choice, evidence="Case 7", task=task.seq)
    await env.update(order, "receive", message)


async def _charge(env: WorkflowEnv, order: Order) -> bool:
    """As the activity does when its time to be sent is over."""
    event = OrderEvent(
        seq=(await env.row(order)).seq + 1,
        at=datetime(2026, 12, 1, tzinfo=UTC),
        event=CHARGEBACK.code,
        status=Status.IN_FULFILLMENT,
        actor=SYSTEM,
        data=(("item_id", order.items[0].id), ("thing", order.id), ("choices", ["cancel"])),
    )
    request = ReturnEventInput(ref=order.ref, item_id=order.items[0].id, event=event)
    return await ReturnActivities(env.database, AsyncMock()).charge(request)


@pytest.mark.parametrize("at_once", [True, False], ids=["at once", "later"])
async def test_what_the_carrier_doesnt_look_for_is_one_task_of_the_desk(env: WorkflowEnv, *, at_once: bool) -> None:
    _, device_id = await waiting(env)
    if at_once:
        env.carrier.fails["submit"] = [CarrierDeclined("We don't trace parcels.", facts={"code": "UNKNOWN_ACTION"})]
    order = await env.start_new(
        RETURN, device_ids=(device_id,), answers={"return_cause": "not_received"}, until=Status.IN_FULFILLMENT
    )
    if not at_once:
        await env.carrier_update(order, ItemState.DECLINED, code="UNKNOWN_ACTION")
    await _only_task(env, order)
    await env.carrier_update(order, ItemState.CANCELED)
    task = await _only_task(env, order)
    assert task.kind == "parcel_to_trace"
    assert "left_to_desk" in await env.events(order)
    await _say(env, order, task, "lost")
    await env.wait_for_status(order, Status.COMPLETED)
    assert [one.kind for one in await env.rows(TaskRow, order)] == ["parcel_to_trace"]


@pytest.mark.parametrize(
    ("choice", "state", "status"), [("lost", "lost", "lost_stolen"), ("received", "received", "retired")]
)
async def test_what_the_carrier_gives_up_on_its_way_back_becomes_what_the_desk_finds_out(
    env: WorkflowEnv, choice: str, state: str, status: str
) -> None:
    """It had been sent, so its user doesn't have it anymore."""
    order = await start(env)
    await env.carrier_update(order, ItemState.SHIPPED, return_state=ReturnState.IN_TRANSIT)
    await env.carrier_update(order, ItemState.DECLINED, code="RETURN_LOST", detail="The parcel did not arrive.")
    task = await _only_task(env, order)
    assert (task.kind, task.evidence["variant"]) == ("return_stuck", "declined")
    assert task.evidence["detail"] == "The parcel did not arrive."
    await _say(env, order, task, choice)
    await env.wait_for_status(order, Status.COMPLETED)
    case, device = await case_of(env, order), await device_of(env, order)
    assert (case.state, case.refund, case.chargeback, case.late_charge) == (state, None, None, None)
    assert (device.status, device.person_id, (await line_of(env, order)).device_id) == (status, None, None)
    assert await _open_tasks(env, order) == []


async def test_what_gets_lost_on_its_way_back_was_not_looked_for(env: WorkflowEnv) -> None:
    """So its order hears that the item is gone, even if its user had confirmed the delivery."""
    parent, device_id = await waiting(env)
    order = await env.start_new(RETURN, device_ids=(device_id,), until=Status.IN_FULFILLMENT)
    await env.carrier_update(order, ItemState.SHIPPED, return_state=ReturnState.IN_TRANSIT)
    await env.carrier_update(order, ItemState.DONE, return_state=ReturnState.LOST)
    await env.wait_for_status(order, Status.COMPLETED)
    (told,) = [row for row in await env.rows(OutboxRow, parent) if row.name == "return_received"]
    assert told.payload["is_traced"] is False


async def test_a_device_that_is_on_its_way_by_then_is_not_charged(env: WorkflowEnv) -> None:
    order = await start(env)
    await env.carrier_update(order, ItemState.SHIPPED, return_state=ReturnState.IN_TRANSIT)
    await env.wait_for_status(order, Status.SHIPPED)
    assert not await _charge(env, order)
    assert (await case_of(env, order)).charged_at is None
    assert "chargeback" not in await env.events(order)


async def test_a_device_without_a_price_is_a_task_and_nobody_is_told_of_a_charge(env: WorkflowEnv) -> None:
    order = await start(env)
    await change(env, ProductRow, "sku", "PHONE-1", one_time=Decimal("0.00"))
    try:
        assert await _charge(env, order)
    finally:
        await change(env, ProductRow, "sku", "PHONE-1", one_time=PRICE)
    task = await _only_task(env, order)
    assert (task.kind, task.evidence["variant"]) == ("return_overdue", "unpriced")
    assert "No price is known for it" in RETURN_OVERDUE.what_happened(task.evidence, None)
    assert "chargeback" not in await env.events(order)
    assert (await case_of(env, order)).late_charge is None


async def test_a_device_is_charged_once_whatever_its_carrier_charges(env: WorkflowEnv) -> None:
    order = await start(env)
    for day in (1, 2):
        async with env.database.transaction() as session:
            at = datetime(2026, 12, day, tzinfo=UTC)
            await return_cases.charge(session, order.ref, order.items[0].id, Decimal(day), at)
            by_carrier = ReturnDetails(chargeback=Decimal("80.00"))
            await return_cases.report(session, order.ref, order.items[0].id, None, by_carrier)
    case = await case_of(env, order)
    assert (case.late_charge, case.charged_at) == (Decimal("1.00"), datetime(2026, 12, 1, tzinfo=UTC))
