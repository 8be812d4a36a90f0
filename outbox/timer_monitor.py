"""Watches over clocks: one that Temporal has ended or forgotten goes on where its entries end."""

import asyncio
from datetime import timedelta

import structlog
from temporalio.client import Client

from models.db import suspension_timers
from models.db.session import Database
from models.timers import TimerRef
from outbox.workflow_monitor import BATCH, find, run_periodically
from policies.recovery import WorkflowHealth

log = structlog.get_logger()

# Clocks wait for weeks, and what they do next is announced days before.
EVERY = timedelta(hours=1)


class TimerMonitor:
    """One per worker process. Several may find the same clock lost: it is started again once all the same.

    An order's workflow carries what only it knows, so that an operator decides what becomes of it. All that a clock
    knows is in the database.
    """

    def __init__(self, database: Database, client: Client, *, every: timedelta = EVERY) -> None:
        self._database = database
        self._client = client
        self._every = every

    async def run(self) -> None:
        """Watch until canceled."""
        await run_periodically(self.run_once, every=self._every)

    async def run_once(self) -> int:
        """Look at every clock that runs; returns how many are started again. Raises EngineUnavailable."""
        again, last = 0, ""
        while page := await self._page(last):
            again += sum(await asyncio.gather(*(self._look(ref) for ref in page)))
            last = page[-1].id
        return again

    async def _page(self, after: str) -> list[TimerRef]:
        async with self._database.transaction() as session:
            return await suspension_timers.running(session, after=after, limit=BATCH)

    async def _look(self, ref: TimerRef) -> bool:
        finding = await find(self._client, ref)
        if finding is WorkflowHealth.HEALTHY:
            return False
        async with self._database.transaction() as session:
            again = await suspension_timers.start_again(session, ref)
        if again:
            log.warning("clock's workflow", timer_id=ref.id, found=finding)
        return again
