"""Asks people for what they have to agree to once an order is approved, and follows up until they have."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

from models.db import attestation_events
from models.db.attestations import attestations
from models.db.attestations.tables import AttestationRow
from models.db.session import Database, utc_now
from notifications.enqueue import enqueue_emails
from runtime.periodic import FailureLog, do_each, run_periodically

CHECK_INTERVAL = timedelta(seconds=5)
BATCH = 50


class AttestationMonitor:
    """One per worker process. Several may find the same attestation; the order's lock lets one of them follow it up."""

    def __init__(self, database: Database, *, clock: Callable[[], datetime] = utc_now) -> None:
        self._database = database
        self._clock = clock

    async def run(self) -> None:
        """Check until canceled."""
        failures = FailureLog("attestation_check_failed", "attestation_check_recovered")
        await run_periodically(self.run_once, every=CHECK_INTERVAL, failures=failures)

    async def run_once(self) -> None:
        """Follow up what is due, also if one of them fails."""
        at = self._clock()
        async with self._database.transaction() as session:
            found = await attestations.due(session, at, BATCH)
        await do_each(partial(self._follow_up, at=at), found)

    async def _follow_up(self, row: AttestationRow, at: datetime) -> None:
        async with self._database.transaction() as session:
            appended = await attestation_events.follow_up(session, row, at)
            if appended is not None:
                await enqueue_emails(session, *appended)
