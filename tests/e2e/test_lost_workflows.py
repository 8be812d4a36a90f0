"""Orders whose workflow does not run: found by the monitor and recovered by an operator, on a real server."""

import asyncio
from datetime import timedelta

import pytest
from sqlmodel import update
from temporalio.client import Client

from models.db.approvals.tables import ApprovalLinkRow
from models.db.carriers.tables import CarrierOrderRow
from models.db.locks.tables import LockRow
from models.db.notifications.tables import NotificationRow
from models.db.outbox.messages import Message, MessageKind, enqueue
from models.db.outbox.tables import OutboxRow
from models.db.session import new_id, utc_now
from models.db.workflow_health import monitoring
from models.db.workflow_health.monitoring import Intervals
from models.db.workflow_health.tables import WorkflowHealthRow
from models.errors import ActionNotAllowed, EngineUnavailable, OrderClosed
from models.inventory import LineStatus
from models.lifecycle import ItemState, Status
from models.order import CarrierUpdate, ItemUpdate, Order, OrderRef
from models.workflow_health import WorkflowHealth
from outbox import workflow_monitor
from outbox.described_workflow import DescribedWorkflow, describe_workflow
from outbox.workflow_monitor import WorkflowMonitor
from outbox.workflow_repair import RecoveryRequest, WorkflowRepair
from policies.recovery import RecoveryAction
from tests import factories
from tests.e2e.monitored_orders import NO_WAIT, TESS, MonitoredOrders
from tests.workflows.workflow_env import item_identifiers

INTERVALS = Intervals(quiet=NO_WAIT, again=NO_WAIT, recent=timedelta(days=1), later=timedelta(minutes=1))


async def test_a_waiting_workflow_is_healthy(orders: MonitoredOrders) -> None:
    assert await orders.health(await orders.place()) == WorkflowHealth.HEALTHY


async def test_a_terminated_workflow_is_resumed_and_completes_its_order(orders: MonitoredOrders) -> None:
    order = await orders.place()
    await orders.terminate(order)
    assert await orders.health(order) == WorkflowHealth.TERMINATED
    await orders.recover(order, RecoveryAction.RESUME_WORKFLOW)
    assert await orders.health(order) == WorkflowHealth.HEALTHY
    assert await orders.stage.advance(order) is Status.COMPLETED
    assert await orders.recoveries(order) == [RecoveryAction.RESUME_WORKFLOW]


async def test_a_update_missed_by_a_terminated_workflow_is_delivered_again(orders: MonitoredOrders) -> None:
    order = await orders.place()
    await orders.stage.advance(order, until=Status.IN_FULFILLMENT)
    await orders.terminate(order)
    async with orders.database.transaction() as session:
        await session.exec(update(OutboxRow).values(state="done"))
    action_id = await _enqueue_carrier_update(orders, order, ItemState.SHIPPED)
    assert (await orders.dispatcher.deliver(action_id)).code == "ORDER_CLOSED"
    await orders.recover(order, RecoveryAction.RESUME_WORKFLOW)
    assert (await orders.dispatcher.deliver(action_id)).state == "done"
    await orders.stage.wait_for_status(order, Status.SHIPPED)


async def test_closing_an_order_releases_everything_it_held(orders: MonitoredOrders) -> None:
    order = await orders.place()
    await orders.stage.advance(order, until=Status.IN_FULFILLMENT)
    await orders.terminate(order)
    await orders.recover(order, RecoveryAction.FORCE_CLOSE)
    row = await orders.stage.row(order)
    assert (row.status, row.closed_at is not None) == (Status.CANCELED, True)
    assert [line.status for line in await orders.stage.lines()] == [LineStatus.VOID]
    assert [row.open for row in await orders.stage.rows(CarrierOrderRow, order)] == [False]
    assert await orders.stage.rows(LockRow, order) == []
    assert (await orders.stage.events(order))[-1] == "canceled"
    assert "canceled" in {email.event for email in await orders.stage.rows(NotificationRow, order)}
    assert await orders.recoveries(order) == [RecoveryAction.FORCE_CLOSE]


async def test_closing_an_undecided_order_withdraws_it_and_revokes_its_links(orders: MonitoredOrders) -> None:
    order = await orders.place()
    await orders.terminate(order)
    await orders.recover(order, RecoveryAction.FORCE_CLOSE)
    assert (await orders.stage.row(order)).status == Status.WITHDRAWN
    assert {link.state for link in await orders.stage.rows(ApprovalLinkRow, order)} == {"revoked"}
    with pytest.raises(OrderClosed):
        await orders.recover(order, RecoveryAction.FORCE_CLOSE)
    await orders.monitor.run_once()
    assert await orders.stage.rows(WorkflowHealthRow, order) == []


async def test_an_order_with_a_running_workflow_cannot_be_recovered(orders: MonitoredOrders) -> None:
    order = await orders.place()
    for action in (RecoveryAction.RESUME_WORKFLOW, RecoveryAction.REPLAY_MESSAGES, RecoveryAction.FORCE_CLOSE):
        with pytest.raises(ActionNotAllowed, match="workflow is running"):
            await orders.recover(order, action)
    assert await orders.recoveries(order) == []


async def test_concurrent_operators_resume_the_workflow_once(orders: MonitoredOrders) -> None:
    order = await orders.place()
    await orders.terminate(order)
    errors = await asyncio.gather(
        *(orders.recover(order, RecoveryAction.RESUME_WORKFLOW) for _ in range(2)), return_exceptions=True
    )
    assert [type(error) for error in errors if error is not None] == [ActionNotAllowed]
    assert await orders.recoveries(order) == [RecoveryAction.RESUME_WORKFLOW]


async def test_a_workflow_started_during_the_check_is_healthy(
    orders: MonitoredOrders, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = await orders.place(started=False)

    async def check_just_before_the_start(client: Client, workflow_id: str) -> DescribedWorkflow:
        monkeypatch.undo()
        described = await describe_workflow(client, workflow_id)
        await orders.dispatcher.deliver(order.id)
        return described

    monkeypatch.setattr(workflow_monitor, "describe_workflow", check_just_before_the_start)
    assert await orders.health(order) == WorkflowHealth.HEALTHY


async def test_an_order_closed_during_the_check_is_not_reported(
    orders: MonitoredOrders, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = await orders.place()

    async def check_just_after_the_end(client: Client, workflow_id: str) -> DescribedWorkflow:
        monkeypatch.undo()
        await orders.terminate(order)
        await orders.recover(order, RecoveryAction.FORCE_CLOSE)
        return await describe_workflow(client, workflow_id)

    monkeypatch.setattr(workflow_monitor, "describe_workflow", check_just_after_the_end)
    assert await orders.monitor.run_once() == 0


async def test_an_order_with_a_deleted_workflow_can_be_closed_but_not_resumed(orders: MonitoredOrders) -> None:
    order = await orders.place()
    await orders.delete_workflow(order)
    assert await orders.health(order) == WorkflowHealth.MISSING
    with pytest.raises(ActionNotAllowed):
        await orders.recover(order, RecoveryAction.RESUME_WORKFLOW)
    await orders.recover(order, RecoveryAction.FORCE_CLOSE)
    assert (await orders.stage.row(order)).status == Status.WITHDRAWN


async def test_a_deleted_workflow_that_never_ran_is_started_again(orders: MonitoredOrders) -> None:
    order = await orders.place(started=False)
    async with orders.database.transaction() as session:
        await session.exec(update(OutboxRow).values(state="done"))
    assert await orders.health(order) == WorkflowHealth.MISSING
    await orders.recover(order, RecoveryAction.REPLAY_MESSAGES)
    assert await orders.health(order) == WorkflowHealth.HEALTHY
    await orders.stage.wait_for_status(order, Status.AWAITING_APPROVAL)


async def test_a_waiting_start_is_healthy_and_a_missing_one_is_enqueued(orders: MonitoredOrders) -> None:
    order = await orders.place(started=False)
    assert await orders.health(order) == WorkflowHealth.HEALTHY
    async with orders.database.transaction() as session:
        await session.delete(await session.get_one(OutboxRow, order.id))
    assert await orders.health(order) == WorkflowHealth.HEALTHY
    assert [row.kind for row in await orders.stage.rows(OutboxRow, order)] == ["start"]


async def test_several_monitors_share_the_orders(orders: MonitoredOrders) -> None:
    for _ in range(5):
        await orders.place(started=False)
    await orders.make_due()
    at = utc_now()

    async def claim() -> set[OrderRef]:
        async with orders.database.transaction() as session:
            claimed = await monitoring.claim(session, at=at, intervals=INTERVALS, limit=3)
        return {order.ref for order in claimed}

    shares = [share for _ in range(3) for share in await asyncio.gather(claim(), claim())]
    assert sum(map(len, shares)) == len(set().union(*shares)) == 5


async def test_nothing_is_recovered_while_temporal_is_unreachable(orders: MonitoredOrders) -> None:
    order = await orders.place(started=False)
    unreachable = await Client.connect("127.0.0.1:1", lazy=True)
    with pytest.raises(EngineUnavailable):
        await WorkflowMonitor(orders.database, unreachable, after=NO_WAIT).run_once()
    request = RecoveryRequest(ref=order.ref, action=RecoveryAction.FORCE_CLOSE, actor=TESS, evidence="Ticket 7.")
    with pytest.raises(EngineUnavailable):
        await WorkflowRepair(orders.database, unreachable, orders.dispatcher).repair(request)
    assert (await orders.stage.row(order)).closed_at is None


async def test_no_workflow_is_missing_if_the_namespace_does_not_exist(orders: MonitoredOrders) -> None:
    await orders.place(started=False)
    client = Client(orders.stage.client.service_client, namespace="elsewhere")
    with pytest.raises(EngineUnavailable):
        await WorkflowMonitor(orders.database, client, after=NO_WAIT).run_once()


async def _enqueue_carrier_update(orders: MonitoredOrders, order: Order, state: ItemState) -> str:
    """Returns the id of the message."""
    message = Message(
        action_id=new_id(),
        ref=order.ref,
        kind=MessageKind.SIGNAL,
        name="carrier_update",
        payload=CarrierUpdate(
            event_id="late",
            carrier=factories.CARRIER,
            client_ref=f"{order.id}:1",
            items=(ItemUpdate(item_id=order.items[0].id, state=state, identifiers=item_identifiers(1)),),
        ),
    )
    async with orders.database.transaction() as session:
        await enqueue(session, message, notify_relay=True)
    return message.action_id
