"""Orders in a real database and on a real Temporal server, with the monitors that a test runs itself."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

from sqlmodel import col, update
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.workflowservice.v1 import DeleteWorkflowExecutionRequest
from temporalio.client import Client

from models.db.outbox.messages import enqueue, start_order
from models.db.session import Database
from models.db.workflow_health import monitoring, running
from models.db.workflow_health.tables import RecoveryRow, WorkflowHealthRow
from models.lifecycle import Status
from models.order import Order
from models.workflow_health import WorkflowHealth
from outbox.described_workflow import describe_workflow
from outbox.dispatcher import OutboxDispatcher
from outbox.running_workflows import RunningWorkflows
from outbox.workflow_monitor import WorkflowMonitor
from outbox.workflow_repair import RecoveryRequest, WorkflowRepair
from policies.recovery import RecoveryAction
from tests import factories
from tests.fakes import FakeCarrier
from tests.workflows.workflow_env import WorkflowEnv
from workflows.order_type_registry import order_type

NO_WAIT = timedelta(0)
TESS = factories.actor(factories.ADMIN)


@dataclass
class MonitoredOrders:
    """The orders of one test, with a monitor that the test runs."""

    stage: WorkflowEnv
    monitor: WorkflowMonitor
    dispatcher: OutboxDispatcher

    @property
    def database(self) -> Database:
        return self.stage.database

    async def place(self, *, started: bool = True) -> Order:
        """Store an order with the message that starts it, and start its workflow."""
        order = await factories.create_order(self.database, factories.OrderSpec(type=order_type("NEW_SERVICE_DEVICE")))
        async with self.database.transaction() as session:
            await enqueue(session, start_order(order), notify_relay=True)
        if started:
            await self.dispatcher.deliver(order.id)
            await self.stage.wait_for_status(order, Status.AWAITING_APPROVAL)
        return order

    async def terminate(self, order: Order) -> None:
        await self.stage.client.get_workflow_handle(order.workflow_id).terminate("by mistake")

    async def health(self, order: Order) -> str:
        """The health that another run of the monitor stores."""
        await self.make_due()
        await self.monitor.run_once()
        async with self.database.transaction() as session:
            row = await monitoring.health_of(session, order.ref)
        assert row is not None
        assert (row.since is None) is (row.state == WorkflowHealth.HEALTHY)
        return row.state

    async def make_due(self) -> None:
        """Make every order due for another check."""
        async with self.database.transaction() as session:
            await session.exec(
                update(WorkflowHealthRow).values(checked_at=col(WorkflowHealthRow.checked_at) - timedelta(hours=1))
            )

    async def delete_workflow(self, order: Order) -> None:
        """Delete the order's workflow, like Temporal after the retention period."""
        request = DeleteWorkflowExecutionRequest(
            namespace=self.stage.client.namespace, workflow_execution=WorkflowExecution(workflow_id=order.workflow_id)
        )
        await self.stage.client.workflow_service.delete_workflow_execution(request)
        async with asyncio.timeout(60):
            while (await describe_workflow(self.stage.client, order.workflow_id)).health is not WorkflowHealth.MISSING:
                await asyncio.sleep(0.1)

    async def until_found(self, watch: RunningWorkflows, workflow_id: str) -> None:
        """Look until the workflow is listed, which Temporal does after a moment."""
        async with asyncio.timeout(60):
            while workflow_id not in await self.found(watch):
                await asyncio.sleep(0.1)

    async def found(self, watch: RunningWorkflows) -> set[str]:
        """The ids of the workflows that another run of the watch lists."""
        await watch.run_once()
        async with self.database.transaction() as session:
            return {ref.workflow_id for ref in await running.listed(session)}

    async def recover(self, order: Order, action: RecoveryAction) -> None:
        request = RecoveryRequest(ref=order.ref, action=action, actor=TESS, evidence="Ticket 7.")
        await WorkflowRepair(self.database, self.stage.client, self.dispatcher).repair(request)

    async def recoveries(self, order: Order) -> list[str]:
        return [row.action for row in await self.stage.rows(RecoveryRow, order)]


@asynccontextmanager
async def monitored_orders(database: Database, client: Client) -> AsyncIterator[MonitoredOrders]:
    async with WorkflowEnv.running(database, client, FakeCarrier()) as stage:
        dispatcher = OutboxDispatcher(
            database, stage.client, task_queue=stage.task_queue, timeout=timedelta(seconds=20)
        )
        yield MonitoredOrders(stage, WorkflowMonitor(database, stage.client, after=NO_WAIT), dispatcher)
