"""Prometheus gauges of what is waiting, read from the database on each scrape."""

import asyncio
from collections.abc import Iterable
from datetime import datetime

import structlog
from prometheus_client import Metric
from prometheus_client.core import GaugeMetricFamily as Gauge
from prometheus_client.registry import Collector

from models.db import queue_depth
from models.db.queue_depth import Queue, QueueDepths
from models.db.session import Database, utc_now
from models.lifecycle import Status

log = structlog.get_logger()

READ_TIMEOUT_SECONDS = 3.0


class QueueMetricsCollector(Collector):
    """Prometheus scrapes in a thread of its own; the database is read on the event loop that owns it."""

    def __init__(self, database: Database, loop: asyncio.AbstractEventLoop) -> None:
        self._database = database
        self._loop = loop

    def collect(self) -> Iterable[Metric]:
        """If the database can't be read, only the gauge that says so."""
        reading = asyncio.run_coroutine_threadsafe(self._read(), self._loop)
        try:
            depths = reading.result(READ_TIMEOUT_SECONDS)
        except Exception as error:  # noqa: BLE001 - the scrape returns the other metrics whatever fails
            reading.cancel()
            log.warning("queue_metrics_read_failed", error=f"{type(error).__name__}: {error}")
            return [_reachable(0)]
        return [_reachable(1), *_gauges(depths, utc_now())]

    def describe(self) -> Iterable[Metric]:
        """The gauges without their values; does not read the database."""
        empty = Queue(waiting=0, oldest=None, dead=0)
        return [_reachable(0), *_gauges(QueueDepths(messages=empty, emails=empty, open={}, stuck=0, lost=0), utc_now())]

    async def _read(self) -> QueueDepths:
        async with self._database.transaction() as session:
            return await queue_depth.read(session, at=utc_now())


def _gauges(depths: QueueDepths, now: datetime) -> list[Metric]:
    by_status = Gauge("dialtone_orders_open", "Orders that have not ended.", labels=["status"])
    # Statuses without orders are reported as 0, so that an alert can tell none from unknown.
    for status in Status:
        if not status.final:
            by_status.add_metric([status], depths.open.get(status, 0))
    return [
        by_status,
        Gauge("dialtone_orders_stuck", "Orders that failed or are overdue.", value=depths.stuck),
        Gauge("dialtone_orders_lost", "Open orders whose workflow does not run.", value=depths.lost),
        *_queue_gauges("dialtone_outbox", "Messages to workflows", depths.messages, now),
        *_queue_gauges("dialtone_email", "Emails", depths.emails, now),
    ]


def _queue_gauges(prefix: str, noun: str, queue: Queue, now: datetime) -> list[Metric]:
    age = max((now - queue.oldest).total_seconds(), 0.0) if queue.oldest else 0.0
    return [
        Gauge(f"{prefix}_waiting", f"{noun} waiting for delivery.", value=queue.waiting),
        Gauge(f"{prefix}_oldest_seconds", f"{noun}: age of the oldest one waiting.", value=age),
        Gauge(f"{prefix}_dead", f"{noun} that can't be delivered.", value=queue.dead),
    ]


def _reachable(value: int) -> Metric:
    return Gauge("dialtone_database_reachable", "1 if the database could be read.", value=value)
