"""Compares every open order with its workflow: whether it runs, and whether the events of both end alike."""

import asyncio
from datetime import datetime, timedelta

import structlog
from temporalio.client import Client

from models.db.orders import order_values
from models.db.outbox import delivery
from models.db.outbox.messages import enqueue, start_order
from models.db.session import Database, Session
from models.db.workflow_health import monitoring
from models.db.workflow_health.monitoring import ClaimedOrder, Compared, Intervals
from models.order import OrderRef
from models.workflow_health import OUT_OF_STEP, WorkflowHealth
from outbox.described_workflow import DescribedWorkflow, describe_workflow, last_seq
from runtime.periodic import FailureLog, run_periodically

log = structlog.get_logger()

BATCH = 20
# A database is rarely restored to an older moment than its last daily backup.
RECENT = timedelta(days=1)
# How often an order without a recent event is checked again.
RECHECK_INTERVAL = timedelta(minutes=5)
# What one order has after a database was restored, others have as well.
_AFTER_RESTORE = OUT_OF_STEP | {WorkflowHealth.MISSING}


class WorkflowMonitor:
    """One per worker process. Orders are claimed, so any number of monitors share the work.

    An order that was quiet for `after` is checked, again whenever it has moved since, and otherwise every `after` / 2
    for a day, then every five minutes. After a first finding that a restored database explains, all orders are checked.

    A check describes the workflow. The workflow is asked for the number of its last event only if its run, the length
    of its history or the order has changed since the last comparison.
    """

    def __init__(self, database: Database, client: Client, *, after: timedelta) -> None:
        self._database = database
        self._client = client
        self._every = after / 4
        self._intervals = Intervals(quiet=after, again=after / 2, recent=RECENT, later=max(RECHECK_INTERVAL, after))

    async def run(self) -> None:
        """Check until canceled."""
        failures = FailureLog("workflow_check_failed", "workflow_check_recovered")
        await run_periodically(self.run_once, every=self._every, failures=failures)

    async def run_once(self) -> int:
        """Check every order that is due; returns how many have a problem.

        Raises EngineUnavailable; the orders not checked are due again later.
        """
        unhealthy, restored = 0, False
        async with self._database.transaction() as session:
            started = await monitoring.begin_round(session)
        while claimed := await self._claim(started):
            found = await asyncio.gather(*(self._check(order) for order in claimed))
            unhealthy += sum(health is not WorkflowHealth.HEALTHY for health in found)
            restored |= any(
                health in _AFTER_RESTORE and health != order.state for order, health in zip(claimed, found, strict=True)
            )
        if restored:
            async with self._database.transaction() as session:
                await monitoring.make_all_due(session)
        return unhealthy

    async def _claim(self, at: datetime) -> list[ClaimedOrder]:
        async with self._database.transaction() as session:
            return await monitoring.claim(session, at=at, intervals=self._intervals, limit=BATCH)

    async def _check(self, order: ClaimedOrder) -> WorkflowHealth:
        described = await describe_workflow(self._client, order.ref.workflow_id)
        health = await self._compare(order, described) if described.runs else described.health
        if health == order.state:
            return health
        async with self._database.transaction() as session:
            if await monitoring.last_seq(session, order.ref) is None:
                return WorkflowHealth.HEALTHY
            if health is WorkflowHealth.MISSING:
                health = await self._check_missing(session, order.ref)
            if health != order.state:
                event = "workflow_recovered" if health is WorkflowHealth.HEALTHY else "workflow_unhealthy"
                log.warning(event, order_id=order.ref.id, found=health, before=order.state)
                await monitoring.set_state(session, order.ref, health)
        return health

    async def _compare(self, order: ClaimedOrder, described: DescribedWorkflow) -> WorkflowHealth:
        """Compare the last events. A workflow that is busy may be ahead for a moment, but is never behind."""
        now = Compared(run_id=described.run_id, history_length=described.history_length, seq=order.seq)
        if now == order.compared:
            return WorkflowHealth.HEALTHY
        seq = await last_seq(self._client, order.ref.workflow_id)
        if seq is None or (seq > order.seq and not await self._stands_still(order, described)):
            return WorkflowHealth.HEALTHY
        if seq != order.seq:
            return WorkflowHealth.BEHIND if seq < order.seq else WorkflowHealth.AHEAD
        async with self._database.transaction() as session:
            await monitoring.set_compared(session, order.ref, now)
        return WorkflowHealth.HEALTHY

    async def _stands_still(self, order: ClaimedOrder, described: DescribedWorkflow) -> bool:
        """Whether nothing has happened to the order or its workflow since both were read."""
        if not described.idle or await describe_workflow(self._client, order.ref.workflow_id) != described:
            return False
        async with self._database.transaction() as session:
            return await monitoring.last_seq(session, order.ref) == order.seq

    async def _check_missing(self, session: Session, ref: OrderRef) -> WorkflowHealth:
        if await delivery.was_delivered(session, ref.id):
            # It may have been started since the first check.
            return (await describe_workflow(self._client, ref.workflow_id)).health
        # A start that waits is the relay's to deliver; one that was never enqueued is enqueued now.
        await enqueue(session, start_order(await order_values.load(session, ref)), notify_relay=True)
        return WorkflowHealth.HEALTHY
