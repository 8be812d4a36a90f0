"""Orders whose workflow doesn't stand where they do, as one of the databases is older: found, and repaired."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import col, delete, update
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.enums.v1 import ResetReapplyType
from temporalio.api.workflowservice.v1 import ResetWorkflowExecutionRequest
from temporalio.client import Client, WorkflowHandle
from temporalio.common import SearchAttributePair, TypedSearchAttributes
from temporalio.service import RPCError

from models.db.approvals.tables import ApprovalRow
from models.db.carriers.tables import CarrierOrderRow
from models.db.orders.tables import ItemRow, OrderRow
from models.db.outbox.messages import Message, MessageKind, enqueue
from models.db.session import new_id
from models.db.workflow_health import running
from models.db.workflow_health.running import Stray
from models.db.workflow_health.tables import StrayWorkflowRow
from models.errors import ActionNotAllowed, NotFound
from models.lifecycle import ItemState, Status
from models.order import CarrierUpdate, ItemUpdate, Order
from models.order_messages import Decision
from models.task_action import TASK_ACTION
from models.timers import LINE_TIMER
from models.workflow_health import WorkflowHealth
from models.workflow_ref import WorkflowKind, WorkflowRef
from outbox import workflow_monitor
from outbox.described_workflow import describe_workflow, last_seq
from outbox.running_workflows import RunningWorkflows
from outbox.workflow_repair import WorkflowRepair
from policies.recovery import RecoveryAction
from tests import factories
from tests.e2e.monitored_orders import NO_WAIT, TESS, MonitoredOrders
from tests.e2e.older_database import old_rows, set_row_back
from tests.workflows.workflow_env import item_identifiers
from workflows.search_attributes import NUMBER, RUNNING

pytestmark = pytest.mark.fault("14")


async def placed_by_messages(orders: MonitoredOrders, until: ItemState) -> Order:
    """An order whose workflow got everything from the outbox, up to a report of the carrier."""
    order = await orders.place()
    (approver,) = await orders.stage.pending_approvers(order)
    decision = Decision(action_id=new_id(), actor=factories.actor(approver))
    approval = Message(
        action_id=decision.action_id, ref=order.ref, kind=MessageKind.UPDATE, name="approve", payload=decision
    )
    await send(orders, approval)
    await orders.stage.wait_for_status(order, Status.IN_FULFILLMENT)
    for state in (ItemState.SHIPPED, ItemState.AWAITING_ACTIVATION):
        item = ItemUpdate(item_id=order.items[0].id, state=state, identifiers=item_identifiers(1))
        report = CarrierUpdate(event_id=new_id(), carrier=factories.CARRIER, client_ref=f"{order.id}:1", items=(item,))
        signal = Message(
            action_id=report.event_id, ref=order.ref, kind=MessageKind.SIGNAL, name="carrier_update", payload=report
        )
        await send(orders, signal)
        await orders.stage.wait_for_item_states(order, state)
        if state is until:
            break
    return order


async def send(orders: MonitoredOrders, message: Message) -> None:
    async with orders.database.transaction() as session:
        await enqueue(session, message, notify_relay=True)
    assert (await orders.dispatcher.deliver(message.action_id)).state == "done"


async def set_workflow_back(orders: MonitoredOrders, order: Order) -> None:
    """Set the workflow back to where it asked for approval, as an older Temporal would have it."""
    client, execution = orders.stage.client, WorkflowExecution(workflow_id=order.workflow_id)
    history = await client.get_workflow_handle(order.workflow_id).fetch_history()
    tasks = [one for one in history.events if one.HasField("workflow_task_completed_event_attributes")]
    await client.workflow_service.reset_workflow_execution(
        ResetWorkflowExecutionRequest(
            namespace=client.namespace,
            workflow_execution=execution,
            request_id=new_id(),
            workflow_task_finish_event_id=tasks[1].event_id,
            reset_reapply_type=ResetReapplyType.RESET_REAPPLY_TYPE_NONE,
        )
    )


async def test_an_order_in_step_is_compared_once_per_change(
    orders: MonitoredOrders, monkeypatch: pytest.MonkeyPatch
) -> None:
    order, asked = await orders.place(), []

    async def counted(client: Client, workflow_id: str) -> int | None:
        asked.append(workflow_id)
        return await last_seq(client, workflow_id)

    monkeypatch.setattr(workflow_monitor, "last_seq", counted)
    for _ in range(3):
        assert await orders.health(order) == WorkflowHealth.HEALTHY
    assert asked == [order.workflow_id]
    await orders.stage.advance(order, until=Status.SHIPPED)
    for _ in range(3):
        assert await orders.health(order) == WorkflowHealth.HEALTHY
    assert asked == [order.workflow_id] * 2


async def test_a_workflow_that_was_set_back_is_found_and_gets_its_messages_again(orders: MonitoredOrders) -> None:
    order = await placed_by_messages(orders, ItemState.AWAITING_ACTIVATION)
    events = await orders.stage.events(order)
    assert await orders.health(order) == WorkflowHealth.HEALTHY
    await set_workflow_back(orders, order)
    assert await orders.health(order) == WorkflowHealth.BEHIND
    await orders.recover(order, RecoveryAction.REPLAY_MESSAGES)
    assert await orders.health(order) == WorkflowHealth.HEALTHY
    assert await orders.stage.events(order) == events
    assert orders.stage.carrier.submissions == 1
    await orders.stage.activate(order)
    await orders.stage.carrier_update(order, ItemState.DONE)
    await orders.stage.client.get_workflow_handle(order.workflow_id).result()
    with pytest.raises(ActionNotAllowed):
        await orders.recover(order, RecoveryAction.END_WORKFLOW)


async def test_a_workflow_that_temporal_has_lost_is_brought_to_where_the_order_is(orders: MonitoredOrders) -> None:
    order = await placed_by_messages(orders, ItemState.SHIPPED)
    events = await orders.stage.events(order)
    await orders.delete_workflow(order)
    assert await orders.health(order) == WorkflowHealth.MISSING
    await orders.recover(order, RecoveryAction.REPLAY_MESSAGES)
    assert await orders.health(order) == WorkflowHealth.HEALTHY
    assert (await orders.stage.events(order), orders.stage.carrier.submissions) == (events, 1)
    assert await orders.stage.advance(order) is Status.COMPLETED


async def test_a_workflow_of_an_order_that_has_ended_is_found_and_ended(orders: MonitoredOrders) -> None:
    order = await placed_by_messages(orders, ItemState.AWAITING_ACTIVATION)
    await orders.stage.carrier_update(order, ItemState.DONE)
    await orders.stage.wait_for_status(order, Status.COMPLETED)
    await orders.stage.client.get_workflow_handle(order.workflow_id).result()
    watch = RunningWorkflows(orders.database, orders.stage.client, after=NO_WAIT)
    await set_workflow_back(orders, order)
    await orders.until_found(watch, order.workflow_id)
    async with orders.database.transaction() as session:
        assert (order.number, order.ref, WorkflowHealth.REVIVED) in await running.out_of_step(session)
    await orders.recover(order, RecoveryAction.END_WORKFLOW)
    assert order.workflow_id not in await orders.found(watch)
    assert (await orders.stage.row(order)).status == Status.COMPLETED
    assert not (await describe_workflow(orders.stage.client, order.workflow_id)).runs


async def test_a_workflow_without_an_order_is_found_and_ended(orders: MonitoredOrders) -> None:
    order = await orders.place()
    async with old_rows(orders) as session:
        await session.exec(delete(OrderRow).where(col(OrderRow.id) == order.id))
    watch = RunningWorkflows(orders.database, orders.stage.client, after=NO_WAIT)
    await orders.until_found(watch, order.workflow_id)
    ref = WorkflowRef(kind=WorkflowKind.ORDER, tenant=order.tenant, id=order.id)
    assert (await end_stray(orders, ref)).order is None
    with pytest.raises(NotFound):
        await end_stray(orders, ref)
    async with orders.database.transaction() as session:
        row = await session.get_one(StrayWorkflowRow, (ref.tenant, ref.kind, ref.id))
    assert (row.ended_by, row.evidence) == (TESS.name, "Ticket 7.")
    assert not (await describe_workflow(orders.stage.client, order.workflow_id)).runs


async def test_an_order_that_was_set_back_is_found_and_brought_up_to_date(orders: MonitoredOrders) -> None:
    order = await placed_by_messages(orders, ItemState.AWAITING_ACTIVATION)
    (submission,) = await orders.stage.rows(CarrierOrderRow, order)
    assert await orders.health(order) == WorkflowHealth.HEALTHY
    await set_row_back(orders, order, 5)
    assert (await orders.stage.row(order)).status == Status.APPROVED
    assert await orders.health(order) == WorkflowHealth.AHEAD
    await orders.recover(order, RecoveryAction.RESTORE_STATE)
    await orders.stage.wait_for_status(order, Status.AWAITING_ACTIVATION)
    assert await orders.health(order) == WorkflowHealth.HEALTHY
    (found,) = await orders.stage.rows(CarrierOrderRow, order)
    assert (found.carrier_ref, found.open) == (submission.carrier_ref, True)
    assert found.poll_at is not None, "the carrier isn't asked what it has reported"
    (item,) = await orders.stage.rows(ItemRow, order)
    assert item.state == ItemState.AWAITING_ACTIVATION
    await orders.stage.activate(order)
    await orders.stage.carrier_update(order, ItemState.DONE)
    await orders.stage.wait_for_status(order, Status.COMPLETED)
    assert len(orders.stage.carrier.activated) == 1


async def test_an_order_set_back_before_its_approval_asks_the_approvers_again(orders: MonitoredOrders) -> None:
    order = await orders.place()
    async with old_rows(orders) as session:
        await session.exec(delete(ApprovalRow).where(col(ApprovalRow.order_id) == order.id))
    await set_row_back(orders, order, 1)
    assert await orders.health(order) == WorkflowHealth.AHEAD
    await orders.recover(order, RecoveryAction.RESTORE_STATE)
    await orders.stage.wait_for_status(order, Status.AWAITING_APPROVAL)
    assert await orders.stage.advance(order) is Status.COMPLETED


async def test_the_command_repairs_all_that_was_found(orders: MonitoredOrders) -> None:
    behind, ahead = [await placed_by_messages(orders, ItemState.SHIPPED) for _ in range(2)]
    for order in (behind, ahead):
        assert await orders.health(order) == WorkflowHealth.HEALTHY
    await set_workflow_back(orders, behind)
    await set_row_back(orders, ahead, 5)
    await orders.make_due()
    assert await orders.monitor.run_once() == 2
    repair = WorkflowRepair(orders.database, orders.stage.client, orders.dispatcher)
    done = [outcome async for outcome in repair.repair_all(actor=TESS, evidence="Ticket 7.")]
    assert sorted(done) == sorted(
        [(behind.number, RecoveryAction.REPLAY_MESSAGES), (ahead.number, RecoveryAction.RESTORE_STATE)]
    )
    assert [await orders.health(order) for order in (behind, ahead)] == [WorkflowHealth.HEALTHY] * 2


async def test_the_command_ends_no_workflow_that_a_person_must_look_at_first(orders: MonitoredOrders) -> None:
    order, others = await orders.place(), [f"T{new_id()[-6:]}" for _ in WorkflowKind]
    await orders.terminate(order)
    await orders.delete_workflow(order)
    assert await orders.health(order) == WorkflowHealth.MISSING
    async with orders.database.transaction() as session:
        for kind, number in zip(WorkflowKind, others, strict=True):
            session.add(StrayWorkflowRow(tenant=order.tenant, kind=kind, id=new_id(), number=number))
    repair = WorkflowRepair(orders.database, orders.stage.client, orders.dispatcher)
    done = {number: outcome async for number, outcome in repair.repair_all(actor=TESS, evidence="Ticket 7.")}
    assert done.pop(order.number) == RecoveryAction.REPLAY_MESSAGES
    assert set(done) == set(others)
    assert set(done.values()).isdisjoint(RecoveryAction)
    async with orders.database.transaction() as session:
        assert {stray.number for stray in await running.strays(session)} == set(others)


async def test_one_finding_makes_every_order_due(orders: MonitoredOrders) -> None:
    found, other = await orders.place(), await orders.place()
    await orders.monitor.run_once()
    await orders.terminate(other)
    await orders.delete_workflow(found)
    async with orders.database.transaction() as session:
        later = col(OrderRow.id) == other.id
        await session.exec(update(OrderRow).where(later).values(updated_at=OrderRow.updated_at - timedelta(days=30)))
    monitor = workflow_monitor.WorkflowMonitor(orders.database, orders.stage.client, after=NO_WAIT)
    assert await monitor.run_once() == 1
    assert await monitor.run_once() == 2


@pytest.mark.parametrize("kind", [WorkflowKind.TIMER, WorkflowKind.TASK])
async def test_a_timer_or_a_task_without_a_row_is_found_and_its_workflow_ended(
    orders: MonitoredOrders, kind: WorkflowKind
) -> None:
    """Its id may be that of an order: only the kind says what it belongs to."""
    order, watch = await orders.place(), RunningWorkflows(orders.database, orders.stage.client, after=NO_WAIT)
    ref = WorkflowRef(kind=kind, tenant=order.tenant, id=order.id)
    name = LINE_TIMER if kind is WorkflowKind.TIMER else TASK_ACTION
    number = TypedSearchAttributes([SearchAttributePair(NUMBER, order.number)])
    handle = await orders.stage.client.start_workflow(
        name, id=ref.workflow_id, task_queue=f"nobody-{new_id()}", search_attributes=number
    )
    async with ended(handle):
        await orders.until_found(watch, ref.workflow_id)
        assert order.workflow_id not in await orders.found(watch)
        assert (await end_stray(orders, ref)).number == order.number
        assert await orders.recoveries(order) == [RecoveryAction.END_WORKFLOW]
        assert not (await describe_workflow(orders.stage.client, ref.workflow_id)).runs
        assert ref.workflow_id not in await orders.found(watch)


async def end_stray(orders: MonitoredOrders, ref: WorkflowRef) -> Stray:
    repair = WorkflowRepair(orders.database, orders.stage.client, orders.dispatcher)
    async with orders.database.transaction() as session:
        return await repair.end_stray(session, ref, actor=TESS, evidence="Ticket 7.")


async def test_workflows_of_others_are_left_alone(orders: MonitoredOrders) -> None:
    client, watch = orders.stage.client, RunningWorkflows(orders.database, orders.stage.client, after=NO_WAIT)
    foreign = [f"report:acme:{new_id()}", f"order-{new_id()}", f"timer:{new_id()}"]
    async with AsyncExitStack() as started:
        for workflow_id in foreign:
            handle = await client.start_workflow("Report", id=workflow_id, task_queue=f"nobody-{new_id()}")
            await started.enter_async_context(ended(handle))
        async with asyncio.timeout(60):
            while not set(foreign) <= {one.id async for one in client.list_workflows(RUNNING)}:
                await asyncio.sleep(0.1)
        assert await orders.found(watch) & set(foreign) == set()


@asynccontextmanager
async def ended(handle: WorkflowHandle[Any, Any]) -> AsyncIterator[None]:
    """Ends a workflow, unless the test has."""
    try:
        yield
    finally:
        with suppress(RPCError):
            await handle.terminate()
