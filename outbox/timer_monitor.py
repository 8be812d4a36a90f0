"""Restarts suspension timers whose workflow was ended or lost by Temporal."""

import asyncio
from datetime import timedelta

import structlog
from temporalio.client import Client

from models.db.session import Database
from models.db.suspension_timers import suspension_timers
from models.timers import TimerRef
from models.workflow_health import WorkflowHealth
from outbox.described_workflow import describe_workflow
from outbox.workflow_monitor import BATCH
from runtime.periodic import FailureLog, run_periodically

log = structlog.get_logger()

# Timers run for weeks, and announce what they do days ahead.
CHECK_INTERVAL = timedelta(hours=1)


class TimerMonitor:
    """One per worker process. Several may find the same lost timer; it is restarted once.

    An order's workflow has state of its own, so operators decide how to recover it. A timer's state is all in the
    database.
    """

    def __init__(self, database: Database, client: Client) -> None:
        self._database = database
        self._client = client

    async def run(self) -> None:
        """Check until canceled."""
        await run_periodically(
            self.run_once, every=CHECK_INTERVAL, failures=FailureLog("timer_check_failed", "timer_check_recovered")
        )

    async def run_once(self) -> int:
        """Check every running timer; returns how many were restarted. Raises EngineUnavailable."""
        restarted, last_id = 0, ""
        while page := await self._page(last_id):
            restarted += sum(await asyncio.gather(*(self._check(ref) for ref in page)))
            last_id = page[-1].id
        return restarted

    async def _page(self, after: str) -> list[TimerRef]:
        async with self._database.transaction() as session:
            return await suspension_timers.list_running(session, after=after, limit=BATCH)

    async def _check(self, ref: TimerRef) -> bool:
        health = (await describe_workflow(self._client, ref)).health
        if health is WorkflowHealth.HEALTHY:
            return False
        async with self._database.transaction() as session:
            restarted = await suspension_timers.restart(session, ref)
        if restarted:
            log.warning("timer_workflow_restarted", timer_id=ref.id, found=health)
        return restarted
