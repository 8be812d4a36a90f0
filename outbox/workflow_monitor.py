"""Checks that the workflow of every open order exists and runs."""

import asyncio
from datetime import datetime, timedelta

import structlog
from temporalio.api.errordetails.v1 import NamespaceNotFoundFailure
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from models.db.orders import order_values
from models.db.outbox import delivery
from models.db.outbox.messages import enqueue, start_order
from models.db.session import Database, Session, utc_now
from models.db.workflow_health import monitoring
from models.db.workflow_health.monitoring import ClaimedOrder
from models.errors import EngineUnavailable
from models.order import OrderRef
from models.timers import TimerRef
from models.workflow_health import WorkflowHealth
from runtime.periodic import FailureLog, run_periodically

log = structlog.get_logger()

BATCH = 20
RPC_TIMEOUT = timedelta(seconds=3)
# How often an order with a healthy workflow is checked again.
RECHECK_INTERVAL = timedelta(minutes=5)


async def check_workflow(client: Client, ref: OrderRef | TimerRef) -> WorkflowHealth:
    """The health of the workflow of an order or a timer. Raises EngineUnavailable."""
    try:
        description = await client.get_workflow_handle(ref.workflow_id).describe(rpc_timeout=RPC_TIMEOUT)
    except (RPCError, RuntimeError) as error:
        # A lazy client that can't connect raises RuntimeError.
        if isinstance(error, RPCError) and _is_missing_workflow(error):
            return WorkflowHealth.MISSING
        raise EngineUnavailable("Temporal is unavailable. Try again in a minute.") from error
    status = description.status.name if description.status else ""
    # A status that is no problem, such as RUNNING, has no member of its own.
    return WorkflowHealth.__members__.get(status, WorkflowHealth.HEALTHY)


def _is_missing_workflow(error: RPCError) -> bool:
    """A missing namespace is NOT_FOUND as well, but is a wrong configuration that says nothing about workflows."""
    missing_namespace = any(detail.Is(NamespaceNotFoundFailure.DESCRIPTOR) for detail in error.grpc_status.details)
    return error.status is RPCStatusCode.NOT_FOUND and not missing_namespace


class WorkflowMonitor:
    """One per worker process. Orders are claimed, so any number of monitors share the work.

    An order that was quiet for `after` is checked once, again if it has moved since, and every five minutes.
    """

    def __init__(self, database: Database, client: Client, *, after: timedelta) -> None:
        self._database = database
        self._client = client
        self._after = after
        self._again = max(RECHECK_INTERVAL, after)

    async def run(self) -> None:
        """Check until canceled."""
        failures = FailureLog("workflow_check_failed", "workflow_check_recovered")
        await run_periodically(self.run_once, every=self._after / 4, failures=failures)

    async def run_once(self) -> int:
        """Check every order that is due; returns how many are unhealthy.

        Raises EngineUnavailable; the orders not checked are due again later.
        """
        started, unhealthy = utc_now(), 0
        async with self._database.transaction() as session:
            await monitoring.delete_closed(session)
        while claimed := await self._claim(started):
            checked = await asyncio.gather(*(self._check(order) for order in claimed))
            unhealthy += sum(health is not WorkflowHealth.HEALTHY for health in checked)
        return unhealthy

    async def _claim(self, at: datetime) -> list[ClaimedOrder]:
        async with self._database.transaction() as session:
            return await monitoring.claim(session, at=at, after=self._after, again=self._again, limit=BATCH)

    async def _check(self, order: ClaimedOrder) -> WorkflowHealth:
        health = await check_workflow(self._client, order.ref)
        if health == order.state:
            return health
        async with self._database.transaction() as session:
            if await monitoring.has_closed(session, order.ref):
                return WorkflowHealth.HEALTHY
            if health is WorkflowHealth.MISSING:
                health = await self._check_missing(session, order.ref)
            if health != order.state:
                event = "workflow_recovered" if health is WorkflowHealth.HEALTHY else "workflow_unhealthy"
                log.warning(event, order_id=order.ref.id, found=health, before=order.state)
                await monitoring.set_state(session, order.ref, health, utc_now())
        return health

    async def _check_missing(self, session: Session, ref: OrderRef) -> WorkflowHealth:
        if await delivery.was_delivered(session, ref.id):
            # It may have been started since the first check.
            return await check_workflow(self._client, ref)
        # A start that waits is the relay's to deliver; one that was never enqueued is enqueued now.
        await enqueue(session, start_order(await order_values.load(session, ref)))
        return WorkflowHealth.HEALTHY
