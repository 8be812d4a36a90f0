"""Tells Prometheus how much waits, read from the database when it asks."""

import asyncio
from collections.abc import Iterable
from datetime import datetime, timedelta

import structlog
from prometheus_client import Metric
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from models.db import queue_depth
from models.db.queue_depth import Backlog, Queue
from models.db.session import Database, utc_now
from models.lifecycle import Status

log = structlog.get_logger()

PATIENCE_SECONDS = 3.0
# The same as the list of stuck orders that people see.
STUCK_AFTER = timedelta(minutes=10)
_QUEUES = {"outbox": "Messages to workflows", "mail": "Mails"}


class BacklogCollector(Collector):
    """Reads on the loop that owns the database; the scraper waits in a thread of its own, not for long."""

    def __init__(self, database: Database, loop: asyncio.AbstractEventLoop) -> None:
        self._database = database
        self._loop = loop

    def collect(self) -> Iterable[Metric]:
        """All gauges; without a database only the one that says so."""
        reading = asyncio.run_coroutine_threadsafe(self._read(), self._loop)
        try:
            found = reading.result(PATIENCE_SECONDS)
        except Exception as error:  # noqa: BLE001 - whatever it is, the other metrics are still worth having
            reading.cancel()
            log.warning("backlog_not_readable", error=f"{type(error).__name__}: {error}")
            return [_reachable(0)]
        return [_reachable(1), *_told(found, utc_now())]

    def describe(self) -> Iterable[Metric]:
        """The gauges there are, without asking the database."""
        nothing = Queue(waiting=0, oldest=None, dead=0)
        return [_reachable(0), *_told(Backlog(messages=nothing, mails=nothing, open={}, stuck=0, lost=0), utc_now())]

    async def _read(self) -> Backlog:
        async with self._database.transaction() as session:
            return await queue_depth.read(session, at=utc_now(), stuck_after=STUCK_AFTER)


def _told(found: Backlog, now: datetime) -> list[Metric]:
    status = GaugeMetricFamily("dialtone_orders_open", "Orders that have not ended.", labels=["status"])
    # Those that nobody stands at are told too, so that an alert can tell none from unknown.
    for one in Status:
        if not one.final:
            status.add_metric([one], found.open.get(one, 0))
    stuck = GaugeMetricFamily("dialtone_orders_stuck", "Orders that failed or are overdue.", value=found.stuck)
    lost = GaugeMetricFamily("dialtone_orders_lost", "Open orders whose workflow does not run.", value=found.lost)
    queues = {"outbox": found.messages, "mail": found.mails}
    return [status, stuck, lost, *(metric for name, queue in queues.items() for metric in _queue(name, queue, now))]


def _queue(name: str, queue: Queue, now: datetime) -> list[Metric]:
    what = _QUEUES[name]
    age = max((now - queue.oldest).total_seconds(), 0.0) if queue.oldest else 0.0
    return [
        GaugeMetricFamily(f"dialtone_{name}_waiting", f"{what} that wait.", value=queue.waiting),
        GaugeMetricFamily(f"dialtone_{name}_oldest_seconds", f"{what}: age of the oldest that waits.", value=age),
        GaugeMetricFamily(f"dialtone_{name}_dead", f"{what} that were given up.", value=queue.dead),
    ]


def _reachable(value: int) -> Metric:
    return GaugeMetricFamily("dialtone_database_reachable", "1 where the backlog could be read.", value=value)
