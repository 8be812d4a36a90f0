"""Asks people to check the bills of lines that were disconnected some weeks ago."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

from models.db import bill_checks
from models.db.billing_watches.tables import BillingWatchRow
from models.db.session import Database, utc_now
from notifications.enqueue import enqueue_emails
from runtime.periodic import FailureLog, do_each, run_periodically

CHECK_INTERVAL = timedelta(minutes=15)
BATCH = 50


class BillMonitor:
    """One per worker process. Several may find the same line; the order's lock lets one of them open the task."""

    def __init__(self, database: Database, *, clock: Callable[[], datetime] = utc_now) -> None:
        self._database = database
        self._clock = clock

    async def run(self) -> None:
        """Check until canceled."""
        failures = FailureLog("bill_check_failed", "bill_check_recovered")
        await run_periodically(self.run_once, every=CHECK_INTERVAL, failures=failures)

    async def run_once(self) -> None:
        """Open the tasks that are due, also if one of them fails."""
        at = self._clock()
        async with self._database.transaction() as session:
            found = await bill_checks.due(session, at, BATCH)
        await do_each(partial(self._ask, at=at), found)

    async def _ask(self, row: BillingWatchRow, at: datetime) -> None:
        async with self._database.transaction() as session:
            appended = await bill_checks.ask(session, row, at)
            if appended is not None:
                await enqueue_emails(session, *appended)
