"""Orders whose workflow is gone, on a real server and a real database: found by the watch, mended by an operator."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

import pytest
from sqlmodel import col, update
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.workflowservice.v1 import DeleteWorkflowExecutionRequest
from temporalio.client import Client
from temporalio.testing import WorkflowEnvironment

from models.db.approvals.tables import ApprovalLinkRow
from models.db.carriers.tables import CarrierOrderRow
from models.db.inventory.tables import LineLockRow
from models.db.notifications.tables import NotificationRow
from models.db.outbox.messages import Message, MessageKind, enqueue, start
from models.db.outbox.tables import OutboxRow
from models.db.session import Database, new_id, utc_now
from models.db.workflow_health import monitoring
from models.db.workflow_health.tables import RecoveryRow, WorkflowHealthRow
from models.errors import EngineUnavailable, IllegalTransition, OrderClosed
from models.inventory import LineStatus
from models.lifecycle import ItemState, Status
from models.order import CarrierUpdate, ItemUpdate, Order, OrderRef
from outbox import workflow_monitor as looking
from outbox.dispatcher import OutboxDispatcher
from outbox.workflow_monitor import WorkflowMonitor, find
from outbox.workflow_repair import RecoveryRequest, repair
from policies.recovery import RecoveryAction, WorkflowHealth
from tests import factories
from tests.fakes import FakeCarrier
from tests.workflows.workflow_env import Stage, found
from workflows.order_type_registry import order_type

NO_WAIT = timedelta(0)
TESS = factories.person(factories.ADMIN, admin=True)


@dataclass
class Ward:
    """Orders of one test, with a watch that looks whenever the test says so."""

    stage: Stage
    watch: WorkflowMonitor
    dispatcher: OutboxDispatcher

    @property
    def database(self) -> Database:
        return self.stage.database

    async def place(self, *, begun: bool = True) -> Order:
        """Write an order down with its start; unless told otherwise its workflow begins."""
        order = await factories.place(self.database, factories.Placing(type=order_type("NEW_SERVICE_DEVICE")))
        async with self.database.transaction() as session:
            await enqueue(session, start(order))
        if begun:
            await self.dispatcher.deliver(order.id)
            await self.stage.until(order, Status.AWAITING_APPROVAL)
        return order

    async def lose(self, order: Order) -> None:
        """End the order's workflow from outside, as nobody should."""
        await self.stage.client.get_workflow_handle(order.workflow_id).terminate("by mistake")

    async def found(self, order: Order) -> str:
        """What the watch has noted, after another look."""
        await self.let_time_pass()
        await self.watch.run_once()
        async with self.database.transaction() as session:
            row = await monitoring.finding_of(session, order.ref)
        assert row is not None
        assert (row.since is None) is (row.state == WorkflowHealth.HEALTHY)
        return row.state

    async def let_time_pass(self) -> None:
        """Have all that was looked at be worth another look."""
        async with self.database.transaction() as session:
            await session.exec(
                update(WorkflowHealthRow).values(checked_at=col(WorkflowHealthRow.checked_at) - timedelta(hours=1))
            )

    async def mend(self, order: Order, remedy: RecoveryAction) -> None:
        wanted = RecoveryRequest(ref=order.ref, remedy=remedy, actor=TESS, evidence="Ticket 7.")
        await repair(self.database, self.stage.client, wanted)

    async def repairs(self, order: Order) -> list[str]:
        return [row.action for row in await self.stage.all(RecoveryRow, order)]


@asynccontextmanager
async def ward_of(database: Database, client: Client) -> AsyncIterator[Ward]:
    async with Stage.set(database, client, FakeCarrier()) as stage:
        dispatcher = OutboxDispatcher(
            database, stage.client, task_queue=stage.task_queue, patience=timedelta(seconds=20)
        )
        yield Ward(
            stage, WorkflowMonitor(database, stage.client, after=NO_WAIT, again=timedelta(minutes=1)), dispatcher
        )


@pytest.fixture
async def ward(database: Database, temporal: WorkflowEnvironment) -> AsyncIterator[Ward]:
    await factories.found(database)
    async with ward_of(database, temporal.client) as ready:
        yield ready


async def test_an_order_whose_workflow_waits_for_somebody_is_well(ward: Ward) -> None:
    assert await ward.found(await ward.place()) == WorkflowHealth.HEALTHY


async def test_a_terminated_workflow_is_found_resumed_and_carries_its_order_to_the_end(ward: Ward) -> None:
    order = await ward.place()
    await ward.lose(order)
    assert await ward.found(order) == WorkflowHealth.TERMINATED
    await ward.mend(order, RecoveryAction.RESUME)
    assert await ward.found(order) == WorkflowHealth.HEALTHY
    assert await ward.stage.carry(order) is Status.COMPLETED
    assert await ward.repairs(order) == [RecoveryAction.RESUME]


async def test_what_the_carrier_said_to_a_workflow_that_was_gone_is_said_again(ward: Ward) -> None:
    order = await ward.place()
    await ward.stage.carry(order, until=Status.IN_FULFILLMENT)
    await ward.lose(order)
    async with ward.database.transaction() as session:
        await session.exec(update(OutboxRow).values(state="done"))
    action_id = await _carrier_says(ward, order, ItemState.SHIPPED)
    assert (await ward.dispatcher.deliver(action_id)).code == "ORDER_CLOSED"
    await ward.mend(order, RecoveryAction.RESUME)
    assert (await ward.dispatcher.deliver(action_id)).state == "done"
    await ward.stage.until(order, Status.SHIPPED)


async def test_closing_the_books_gives_back_all_that_the_order_held(ward: Ward) -> None:
    order = await ward.place()
    await ward.stage.carry(order, until=Status.IN_FULFILLMENT)
    await ward.lose(order)
    await ward.mend(order, RecoveryAction.CLOSE_BOOKS)
    row = await ward.stage.row(order)
    assert (row.status, row.closed_at is not None) == (Status.CANCELED, True)
    assert [line.status for line in await ward.stage.lines()] == [LineStatus.VOID]
    assert [one.open for one in await ward.stage.all(CarrierOrderRow, order)] == [False]
    assert await ward.stage.all(LineLockRow, order) == []
    assert (await ward.stage.events(order))[-1] == "canceled"
    assert "canceled" in {mail.event for mail in await ward.stage.all(NotificationRow, order)}
    assert await ward.repairs(order) == [RecoveryAction.CLOSE_BOOKS]


async def test_books_closed_before_a_decision_withdraw_the_order_and_its_links(ward: Ward) -> None:
    order = await ward.place()
    await ward.lose(order)
    await ward.mend(order, RecoveryAction.CLOSE_BOOKS)
    assert (await ward.stage.row(order)).status == Status.WITHDRAWN
    assert {link.state for link in await ward.stage.all(ApprovalLinkRow, order)} == {"revoked"}
    with pytest.raises(OrderClosed):
        await ward.mend(order, RecoveryAction.CLOSE_BOOKS)
    await ward.watch.run_once()
    assert await ward.stage.all(WorkflowHealthRow, order) == []


async def test_an_order_whose_workflow_runs_is_left_to_it(ward: Ward) -> None:
    order = await ward.place()
    for remedy in (RecoveryAction.RESUME, RecoveryAction.START_AGAIN, RecoveryAction.CLOSE_BOOKS):
        with pytest.raises(IllegalTransition, match="workflow runs"):
            await ward.mend(order, remedy)
    assert await ward.repairs(order) == []


async def test_of_two_operators_at_the_same_moment_one_resumes_the_workflow(ward: Ward) -> None:
    order = await ward.place()
    await ward.lose(order)
    both = await asyncio.gather(*(ward.mend(order, RecoveryAction.RESUME) for _ in range(2)), return_exceptions=True)
    assert [type(one) for one in both if one is not None] == [IllegalTransition]
    assert await ward.repairs(order) == [RecoveryAction.RESUME]


async def test_a_workflow_that_is_started_while_it_is_looked_for_is_well(
    ward: Ward, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = await ward.place(begun=False)

    async def just_before(client: Client, ref: OrderRef) -> WorkflowHealth:
        monkeypatch.undo()
        before = await find(client, ref)
        await ward.dispatcher.deliver(order.id)
        return before

    monkeypatch.setattr(looking, "find", just_before)
    assert await ward.found(order) == WorkflowHealth.HEALTHY


async def test_an_order_that_ends_while_its_workflow_is_looked_for_is_no_finding(
    ward: Ward, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = await ward.place()

    async def just_after(client: Client, ref: OrderRef) -> WorkflowHealth:
        monkeypatch.undo()
        await ward.lose(order)
        await ward.mend(order, RecoveryAction.CLOSE_BOOKS)
        return await find(client, ref)

    monkeypatch.setattr(looking, "find", just_after)
    assert await ward.watch.run_once() == 0


async def test_a_workflow_that_temporal_has_forgotten_is_missing_and_its_order_can_only_be_closed(ward: Ward) -> None:
    order = await ward.place()
    await _forget(ward, order)
    assert await ward.found(order) == WorkflowHealth.MISSING
    for remedy in (RecoveryAction.RESUME, RecoveryAction.START_AGAIN):
        with pytest.raises(IllegalTransition):
            await ward.mend(order, remedy)
    await ward.mend(order, RecoveryAction.CLOSE_BOOKS)
    assert (await ward.stage.row(order)).status == Status.WITHDRAWN


async def test_a_forgotten_workflow_that_had_written_nothing_is_started_again(ward: Ward) -> None:
    order = await ward.place(begun=False)
    async with ward.database.transaction() as session:
        await session.exec(update(OutboxRow).values(state="done"))
    assert await ward.found(order) == WorkflowHealth.MISSING
    await ward.mend(order, RecoveryAction.START_AGAIN)
    assert await ward.found(order) == WorkflowHealth.HEALTHY
    await ward.dispatcher.deliver(order.id)
    await ward.stage.until(order, Status.AWAITING_APPROVAL)


async def test_a_start_that_waits_is_nothing_to_find_and_one_nobody_wrote_is_written(ward: Ward) -> None:
    order = await ward.place(begun=False)
    assert await ward.found(order) == WorkflowHealth.HEALTHY
    async with ward.database.transaction() as session:
        await session.delete(await session.get_one(OutboxRow, order.id))
    assert await ward.found(order) == WorkflowHealth.HEALTHY
    assert [row.kind for row in await ward.stage.all(OutboxRow, order)] == ["start"]


async def test_several_watches_share_the_orders(ward: Ward) -> None:
    for _ in range(5):
        await ward.place(begun=False)
    await ward.let_time_pass()
    at = utc_now()

    async def claim() -> set[OrderRef]:
        async with ward.database.transaction() as session:
            claimed = await monitoring.claim(session, at=at, after=NO_WAIT, again=timedelta(minutes=1), limit=3)
        return {one.ref for one in claimed}

    shares = [share for _ in range(3) for share in await asyncio.gather(claim(), claim())]
    assert sum(map(len, shares)) == len(set().union(*shares)) == 5


async def test_nothing_is_decided_while_temporal_is_away(ward: Ward) -> None:
    order = await ward.place(begun=False)
    away = await Client.connect("127.0.0.1:1", lazy=True)
    with pytest.raises(EngineUnavailable):
        await WorkflowMonitor(ward.database, away, after=NO_WAIT).run_once()
    wanted = RecoveryRequest(ref=order.ref, remedy=RecoveryAction.CLOSE_BOOKS, actor=TESS, evidence="Ticket 7.")
    with pytest.raises(EngineUnavailable):
        await repair(ward.database, away, wanted)
    assert (await ward.stage.row(order)).closed_at is None


async def test_a_namespace_that_does_not_exist_makes_no_order_missing(ward: Ward) -> None:
    await ward.place(begun=False)
    lost = Client(ward.stage.client.service_client, namespace="elsewhere")
    with pytest.raises(EngineUnavailable):
        await WorkflowMonitor(ward.database, lost, after=NO_WAIT).run_once()


async def _carrier_says(ward: Ward, order: Order, state: ItemState) -> str:
    """Put into the outbox what a carrier reports; the id of the message."""
    said = ItemUpdate(item_id=order.items[0].id, state=state, identifiers=found(1))
    news = CarrierUpdate(event_id="late", carrier=factories.CARRIER, client_ref=f"{order.id}:1", items=(said,))
    message = Message(action_id=new_id(), ref=order.ref, kind=MessageKind.SIGNAL, name="carrier_update", payload=news)
    async with ward.database.transaction() as session:
        await enqueue(session, message)
    return message.action_id


async def _forget(ward: Ward, order: Order) -> None:
    """Have Temporal know nothing of the order's workflow any more, as after its retention."""
    request = DeleteWorkflowExecutionRequest(
        namespace=ward.stage.client.namespace, workflow_execution=WorkflowExecution(workflow_id=order.workflow_id)
    )
    await ward.stage.client.workflow_service.delete_workflow_execution(request)
    async with asyncio.timeout(60):
        while await find(ward.stage.client, order.ref) is not WorkflowHealth.MISSING:
            await asyncio.sleep(0.1)
