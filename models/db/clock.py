"""The time that all processes share."""

import time
from datetime import datetime, timedelta

from sqlmodel import func, select

from models.db.session import Database, utc_now

COMPARE_INTERVAL = timedelta(minutes=1)


class DatabaseClock:
    """Shows the time of the database's clock, without asking for it each time.

    It advances with the process's monotonic clock, which nobody sets. Before the first `compare`, it starts from the
    process's own time.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._start = utc_now() - timedelta(seconds=time.monotonic())

    def __call__(self) -> datetime:
        return self._start + timedelta(seconds=time.monotonic())

    async def compare(self) -> None:
        """Take the database's time as of its answer: this clock is late by the answer's way, and never ahead."""
        async with self._database.transaction() as session:
            await session.now()  # connects, which can take long
            shown = (await session.exec(select(func.clock_timestamp()))).one()
            answered = time.monotonic()
        self._start = shown - timedelta(seconds=answered)
