"""What is special about returns."""

from decimal import Decimal
from typing import Any

import pytest
from sqlmodel import col, select
from temporalio.testing import WorkflowEnvironment

from models.db.catalog.tables import ProductRow
from models.db.inventory.tables import DeviceRow, InventoryChangeRow, LineRow
from models.db.notifications.tables import NotificationRow
from models.db.orders.tables import ItemRow, OrderRow
from models.db.outbox.tables import OutboxRow
from models.db.people.tables import PersonRow
from models.db.returns.tables import ReturnCaseRow
from models.db.session import new_id
from models.db.tasks.tables import TaskRow
from models.lifecycle import ItemState, Status
from models.order import Order
from models.order_messages import Cancellation, OperatorAction
from models.order_type import Aspect, CancelWindow, Family, FrozenType, Milestone, Subject
from models.question import Answerer, Asked, AskedAt, Source
from models.returns import DeviceCondition, ReturnDetails, ReturnState
from models.step import Apply, Fulfill, Place, Reserve, Rule
from tests import factories
from tests.field.changing_company import change
from tests.workflows.skipped_time import skip_days
from tests.workflows.workflow_env import ADMIN, WorkflowEnv, rejects
from workflows.order_type_registry import order_type

FROZEN = FrozenType(
    code="RETURN",
    edition=1,
    family=Family.DELETE,
    subject=Subject.DEVICE,
    questions=(
        Asked("device_held", by=Source.PERSON, at=AskedAt.SUBMIT, who=Answerer.REQUESTER),
        Asked("return_cause", by=Source.POLICY, at=AskedAt.SUBMIT, who=Answerer.REQUESTER),
        Asked("condition", by=Source.CHECK, at=AskedAt.SUBMIT, who=Answerer.REQUESTER),
        Asked("account_removed", by=Source.CHECK, at=AskedAt.SUBMIT, who=Answerer.REQUESTER),
        Asked("return_way", by=Source.POLICY, at=AskedAt.SUBMIT, who=Answerer.REQUESTER),
        Asked("pickup_from", by=Source.EMPLOYEE, at=AskedAt.SUBMIT, who=Answerer.REQUESTER),
        Asked("traced_parcel", by=Source.LINE, at=AskedAt.NEVER, who=Answerer.REQUESTER),
    ),
    checks=(
        "requester_may_order",
        "device_known",
        "devices_together",
        "returnable",
        "return_carrier_known",
        "return_not_open",
        "return_window_open",
        "device_described",
        "billed_by_carrier",
    ),
    steps=(Rule(), Reserve(), Place(action="return_label"), Fulfill(), Apply()),
    effect="return_to_carrier",
    touches=(Aspect.USE, Aspect.GOING_BACK),
    approval="NONE",
    cancel_window=CancelWindow(Milestone.SHIPPED, days_before_start=0),
    step_up=False,
    multi_line=False,
    quote=False,
)
RETURN = order_type("RETURN")
ADDRESS = {"line1": "1 Main St", "city": "Chicago", "state": "IL", "postal_code": "60601"}
LABEL = ReturnDetails(label_url="https://labels.example.com/1.pdf")


async def _on_line(env: WorkflowEnv) -> str:
    async with env.database.transaction() as session:
        return await factories.create_line(session)


async def start(env: WorkflowEnv, **answers: Any) -> Order:
    """A device that is on a line goes back; the device has the id of the line."""
    return await env.start_new(RETURN, device_ids=(await _on_line(env),), answers=answers, until=Status.IN_FULFILLMENT)


async def device_of(env: WorkflowEnv, order: Order) -> DeviceRow:
    async with env.database.transaction() as session:
        return await session.get_one(DeviceRow, (order.tenant, str(order.items[0].device_id)))


async def line_of(env: WorkflowEnv, order: Order) -> LineRow:
    async with env.database.transaction() as session:
        return await session.get_one(LineRow, (order.tenant, str(order.items[0].device_id)))


async def case_of(env: WorkflowEnv, order: Order) -> ReturnCaseRow:
    (row,) = await env.rows(ReturnCaseRow, order)
    return row


async def _receive(env: WorkflowEnv, order: Order, choice: str) -> None:
    (task,) = [task for task in await env.rows(TaskRow, order) if task.state == "open"]
    message = OperatorAction(action_id=new_id(), actor=ADMIN, choice=choice, evidence="T-7", task=task.seq)
    await env.update(order, "receive", message)


async def test_a_device_goes_back_to_the_carrier_with_a_label(env: WorkflowEnv) -> None:
    order = await start(env)
    assert (await device_of(env, order)).status == "pending_return"
    await env.carrier_update(order, ItemState.IN_FULFILLMENT, return_state=ReturnState.LABEL_SENT, return_details=LABEL)
    await env.carrier_update(order, ItemState.SHIPPED, return_state=ReturnState.IN_TRANSIT)
    await env.wait_for_status(order, Status.SHIPPED)
    with rejects("TOO_LATE_TO_CANCEL"):
        await env.cancel(order)
    received = ReturnDetails(condition=DeviceCondition.WORKING, refund=Decimal("199.00"))
    await env.carrier_update(order, ItemState.DONE, return_state=ReturnState.INSPECTED, return_details=received)
    await env.wait_for_status(order, Status.COMPLETED)
    assert (await env.events(order))[-3:] == ["return_label_ready", "return_in_transit", "completed"]
    device, line, case = await device_of(env, order), await line_of(env, order), await case_of(env, order)
    assert (device.status, device.person_id, line.device_id) == ("retired", None, None)
    assert (case.state, case.condition, case.refund, case.label_url) == (
        "inspected",
        "working",
        Decimal("199.00"),
        LABEL.label_url,
    )


async def test_a_canceled_return_leaves_the_device_as_it_was(env: WorkflowEnv) -> None:
    order = await start(env)
    await env.cancel(order)
    await env.wait_for_status(order, Status.CANCELED)
    device, line = await device_of(env, order), await line_of(env, order)
    assert (device.status, line.device_id) == ("active", device.id)
    assert (await case_of(env, order)).state == "canceled"


async def test_what_goes_to_stock_waits_for_the_telecom_desk(env: WorkflowEnv) -> None:
    order = await start(env, return_way="stock")
    (task,) = await env.until(order, lambda: env.rows(TaskRow, order), bool)
    assert (task.kind, task.role, task.evidence["device"]) == ("return_to_receive", "desk", "Phone-1")
    await _receive(env, order, "damaged")
    await env.wait_for_status(order, Status.COMPLETED)
    device = await device_of(env, order)
    assert (device.status, device.person_id) == ("repair", None)
    assert [task.state for task in await env.rows(TaskRow, order)] == ["closed"]


@pytest.mark.fault("34")
async def test_the_desk_can_cancel_a_return_on_its_task(env: WorkflowEnv) -> None:
    order = await start(env, return_way="stock")
    (task,) = await env.until(order, lambda: env.rows(TaskRow, order), bool)
    assert "cancel" in task.choices
    chosen = Cancellation(action_id=new_id(), actor=ADMIN, reason="It stays in use.", task=task.seq)
    await env.update(order, "cancel", chosen)
    await env.wait_for_status(order, Status.CANCELED)
    assert [row.state for row in await env.rows(TaskRow, order)] == ["closed"]


async def test_a_locked_device_is_charged_and_becomes_a_task(env: WorkflowEnv) -> None:
    order = await start(env)
    received = ReturnDetails(condition=DeviceCondition.LOCKED, refund=Decimal("50.00"))
    await env.carrier_update(order, ItemState.DONE, return_state=ReturnState.INSPECTED, return_details=received)
    await env.wait_for_status(order, Status.COMPLETED)
    case = await case_of(env, order)
    assert (case.condition, case.refund, case.chargeback, case.cost_center) == (
        "locked",
        None,
        Decimal("199.00"),
        "CC-1",
    )
    (task,) = await env.rows(TaskRow, order)
    assert (task.kind, task.role, task.evidence["amount"]) == ("device_locked", "admin", "$199.00")
    applied = {row.kind: row for row in await env.rows(InventoryChangeRow, order)}["apply"]
    before, after = applied.before["return_case"], applied.after["return_case"]
    assert (before["refund"], before["chargeback"], before["received_at"]) == ("50.00", None, None)
    assert (after["refund"], after["chargeback"], after["state"]) == (None, "199.00", "inspected")
    assert after["received_at"] is not None


@pytest.mark.parametrize(
    ("condition", "status"),
    [("working", "in_stock"), ("damaged", "repair"), ("broken", "retired"), ("locked", "repair")],
)
async def test_its_condition_decides_what_becomes_of_a_device_in_stock(
    env: WorkflowEnv, condition: str, status: str
) -> None:
    order = await start(env, return_way="stock")
    before = await device_of(env, order)
    assert (before.status, before.person_id) == ("pending_return", factories.REQUESTER)
    await env.until(order, lambda: env.rows(TaskRow, order), bool)
    await _receive(env, order, condition)
    await env.wait_for_status(order, Status.COMPLETED)
    device, line = await device_of(env, order), await line_of(env, order)
    assert (device.status, device.person_id, line.device_id, line.status) == (status, None, None, "active")


async def _deliver(env: WorkflowEnv, order: Order, name: str) -> None:
    async with env.database.transaction() as session:
        query = select(OutboxRow.id).where(col(OutboxRow.order_id) == order.id, col(OutboxRow.name) == name)
        (action_id,) = (await session.exec(query)).all()
    assert await env.deliver(action_id) == "done"


async def waiting(env: WorkflowEnv) -> tuple[Order, str]:
    """An order whose device has arrived and isn't activated, and the id of the device."""
    parent = await env.start_new(order_type("NEW_SERVICE_DEVICE"), until=Status.AWAITING_ACTIVATION)
    (item,) = await env.rows(ItemRow, parent)
    async with env.database.transaction() as session:
        line = await session.get_one(LineRow, (parent.tenant, str(item.line_id)))
    return parent, str(line.device_id)


async def test_a_return_ends_the_item_that_waits_with_the_device(env: WorkflowEnv) -> None:
    parent, device_id = await waiting(env)
    order = await env.start_new(
        RETURN, device_ids=(device_id,), answers={"return_way": "stock"}, until=Status.IN_FULFILLMENT
    )
    await _deliver(env, parent, "return_opened")
    with rejects("ACTION_NOT_ALLOWED", f"Order {order.number} returns this item."):
        await env.activate(parent)
    await env.until(order, lambda: env.rows(TaskRow, order), bool)
    await _receive(env, order, "working")
    await env.wait_for_status(order, Status.COMPLETED)
    await _deliver(env, parent, "return_received")
    await env.wait_for_status(parent, Status.CANCELED)
    assert await env.item_states(parent) == [ItemState.RETURNED]
    assert (await device_of(env, order)).status == "in_stock"


async def test_a_canceled_return_lets_the_order_continue_that_waits_with_the_device(env: WorkflowEnv) -> None:
    parent, device_id = await waiting(env)
    order = await env.start_new(RETURN, device_ids=(device_id,), until=Status.IN_FULFILLMENT)
    await _deliver(env, parent, "return_opened")
    await env.cancel(order)
    await env.wait_for_status(order, Status.CANCELED)
    await _deliver(env, parent, "return_ended")
    assert (await device_of(env, order)).status == "unconfirmed"
    await env.activate(parent)
    await env.carrier_update(parent, ItemState.DONE)
    await env.wait_for_status(parent, Status.COMPLETED)


@pytest.mark.parametrize("found", [True, False])
async def test_a_parcel_that_never_arrived_is_looked_for_by_the_carrier(env: WorkflowEnv, *, found: bool) -> None:
    parent, device_id = await waiting(env)
    answers = {"return_cause": "not_received"}
    order = await env.start_new(RETURN, device_ids=(device_id,), answers=answers, until=Status.IN_FULFILLMENT)
    await _deliver(env, parent, "return_opened")
    traced = ReturnState.FOUND if found else ReturnState.LOST
    await env.carrier_update(order, ItemState.DONE, return_state=traced, return_details=ReturnDetails())
    await env.wait_for_status(order, Status.COMPLETED)
    assert (await case_of(env, order)).refund == (None if found else Decimal("199.00"))
    if found:
        await _deliver(env, parent, "return_ended")
        await env.activate(parent)
        await env.carrier_update(parent, ItemState.DONE)
        await env.wait_for_status(parent, Status.COMPLETED)
    else:
        await _deliver(env, parent, "return_received")
        await env.wait_for_status(parent, Status.CANCELED)
        assert (await device_of(env, order)).status == "void"


async def test_who_keeps_a_device_is_reminded_and_then_charged(
    skipping_env: WorkflowEnv, time_skipping: WorkflowEnvironment
) -> None:
    env = skipping_env
    order = await start(env)
    await env.carrier_update(order, ItemState.IN_FULFILLMENT, return_state=ReturnState.LABEL_SENT, return_details=LABEL)
    await skip_days(time_skipping, 22)
    await env.until(order, lambda: env.rows(TaskRow, order), bool)
    events = await env.events(order)
    assert [event for event in events if event.startswith("return_") or event == "chargeback"] == [
        "return_label_ready",
        *("return_reminder",) * 3,
        "chargeback",
    ]
    case = await case_of(env, order)
    assert (case.late_charge, case.charged_at is not None) == (Decimal("199.00"), True)
    charged = [row.recipient_id for row in await env.rows(NotificationRow, order) if row.event == "chargeback"]
    assert {factories.REQUESTER, factories.BUDGET} <= set(charged)
    (task,) = await env.rows(TaskRow, order)
    assert (task.kind, task.role) == ("return_overdue", "desk")
    received = ReturnDetails(condition=DeviceCondition.DAMAGED)
    await env.carrier_update(order, ItemState.DONE, return_state=ReturnState.INSPECTED, return_details=received)
    await env.wait_for_status(order, Status.COMPLETED)
    case = await case_of(env, order)
    assert (case.late_charge, case.charged_at) == (None, None)
    assert "charge_taken_back" in await env.events(order)
    told = [row.recipient_id for row in await env.rows(NotificationRow, order) if row.event == "charge_taken_back"]
    assert {factories.REQUESTER, factories.BUDGET} <= set(told)


async def _children(env: WorkflowEnv, parent: Order) -> list[OrderRow]:
    async with env.database.transaction() as session:
        return list((await session.exec(select(OrderRow).where(col(OrderRow.parent_id) == parent.id))).all())


async def _returned_at_end(env: WorkflowEnv, *, erased: bool | None = True) -> tuple[Order, OrderRow]:
    """An order that has ended a line, and the one that returns its device; `erased` is what its requester said."""
    async with env.database.transaction() as session:
        person = await session.get_one(PersonRow, (factories.TENANT, factories.REQUESTER))
        person.address = ADDRESS
    said = {"device_goes": "return_to_carrier"}
    order = await env.start_new(order_type("SERVICE_TERMINATE"), answers=said, until=Status.IN_FULFILLMENT)
    async with env.database.transaction() as session:
        item = await session.get_one(ItemRow, (order.tenant, order.id, order.items[0].id))
        item.answers = {**item.answers, "account_removed": erased}
    assert await env.advance(order) is Status.COMPLETED
    (child,) = await env.until(order, lambda: _children(env, order), bool)
    return order, child


async def test_a_line_that_ends_has_its_device_returned(env: WorkflowEnv) -> None:
    order, child = await _returned_at_end(env)
    assert (child.type_code, child.cause, child.carrier) == ("RETURN", "terminate", order.carrier)
    assert (child.requester_id, child.answers["return_way"]) == (order.requester_id, "label")


@pytest.mark.parametrize(
    ("said", "variant"),
    [(None, ["unknown"]), (False, [None]), (True, [])],
    ids=["nothing", "not erased", "erased"],
)
async def test_what_nobody_has_said_about_a_device_stays_unknown(
    env: WorkflowEnv, *, said: bool | None, variant: list[str | None]
) -> None:
    _, child = await _returned_at_end(env, erased=said)
    async with env.database.transaction() as session:
        (item,) = await session.all(select(ItemRow).where(col(ItemRow.order_id) == child.id))
        tasks = await session.all(select(TaskRow).where(col(TaskRow.order_id) == child.id))
    assert (item.answers.get("condition"), item.answers.get("account_removed")) == (None, said)
    assert [(task.kind, task.role, task.evidence["variant"]) for task in tasks] == [
        ("account_not_removed", "admin", one) for one in variant
    ]


async def test_nothing_is_announced_as_charged_for_a_device_without_a_price(env: WorkflowEnv) -> None:
    await change(env, ProductRow, "sku", "PHONE-1", one_time=Decimal("0.00"))
    try:
        _, child = await _returned_at_end(env, erased=False)
    finally:
        await change(env, ProductRow, "sku", "PHONE-1", one_time=Decimal("199.00"))
    async with env.database.transaction() as session:
        (task,) = await session.all(select(TaskRow).where(col(TaskRow.order_id) == child.id))
    assert (task.kind, task.evidence["variant"], task.evidence["amount"]) == ("account_not_removed", "unpriced", None)


async def test_a_device_that_stays_is_not_returned(env: WorkflowEnv) -> None:
    order = await env.start_new(order_type("SERVICE_TERMINATE"), answers={"device_goes": "stock"})
    assert await env.advance(order) is Status.COMPLETED
    await env.client.get_workflow_handle(order.workflow_id).result()
    assert await _children(env, order) == []


async def test_a_return_that_cant_be_ordered_becomes_a_task(env: WorkflowEnv) -> None:
    async with env.database.transaction() as session:
        (await session.get_one(PersonRow, (factories.TENANT, factories.REQUESTER))).address = None
    order = await env.start_new(order_type("SERVICE_TERMINATE"), answers={"device_goes": "return_to_carrier"})
    assert await env.advance(order) is Status.COMPLETED
    (task,) = await env.until(order, lambda: env.rows(TaskRow, order), bool)
    assert (task.kind, task.evidence["reason"]) == (
        "return_not_opened",
        "Where it is now is required. There's no default for it.",
    )


async def test_who_does_not_bring_a_device_to_the_desk_is_reminded_and_then_charged(
    skipping_env: WorkflowEnv, time_skipping: WorkflowEnvironment
) -> None:
    env = skipping_env
    line_id = await _on_line(env)
    order = await env.start_new(
        RETURN, device_ids=(line_id,), answers={"return_way": "stock"}, until=Status.IN_FULFILLMENT
    )
    env.ends(env.client.get_workflow_handle(order.workflow_id))
    await skip_days(time_skipping, 22)
    events = await env.until(order, lambda: env.events(order), lambda events: "chargeback" in events)
    assert [event for event in events if event in {"return_reminder", "chargeback"}] == [
        *("return_reminder",) * 3,
        "chargeback",
    ]


async def test_a_return_for_a_requester_who_has_left_is_a_task_of_the_desk(env: WorkflowEnv) -> None:
    order = await env.start_new(
        order_type("SERVICE_TERMINATE"), answers={"device_goes": "return_to_carrier"}, until=Status.IN_FULFILLMENT
    )
    async with env.database.transaction() as session:
        person = await session.get_one(PersonRow, (factories.TENANT, factories.REQUESTER))
        person.active, person.address = False, ADDRESS
    assert await env.advance(order) is Status.COMPLETED
    (task,) = await env.until(order, lambda: env.rows(TaskRow, order), bool)
    assert (task.kind, task.role, task.due_at is not None) == ("return_not_opened", "desk", True)
    assert "no longer active. Someone else has to order it." in task.evidence["reason"]
    assert await _children(env, order) == []
