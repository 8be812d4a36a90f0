"""Creates the services of the API from the settings, and closes them at the end."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from prometheus_client import REGISTRY

from api.auth.sessions import SessionLimits
from api.deps import Services
from api.http.event_bus import OrderEventBus
from carriers import registry
from models.db.clock import DatabaseClock
from models.db.encryption import Keyring
from models.db.session import Database
from models.settings import Settings
from notifications.links import Signer
from outbox.bootstrap import database_of, follow, keyring_of
from outbox.dispatcher import OutboxDispatcher
from outbox.queue_metrics import QueueMetricsCollector
from outbox.temporal_client import connect, sdk_runtime
from outbox.word_check import check_words
from runtime import tracing
from runtime.metrics_server import serve_metrics
from workflows.order_type_registry import order_types_by_code

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider


@asynccontextmanager
async def open_services(settings: Settings, tracer: "TracerProvider | None") -> AsyncIterator[Services]:
    """All services. The connection to Temporal opens when it is first used."""
    check_words(order_types_by_code().values())
    keyring = keyring_of(settings)
    carriers = registry.build(settings.carriers)
    database = database_of(settings, for_requests=True)
    sdk = sdk_runtime(metrics_host=settings.metrics_host, metrics_port=None)
    temporal = await connect(keyring, process="api", lazy=True, interceptors=tracing.interceptors(tracer), runtime=sdk)
    update_timeout = timedelta(seconds=settings.update_timeout_seconds)
    event_bus = OrderEventBus()
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(tracing.flush_on_exit(tracer))
        stack.push_async_callback(database.close)
        stack.push_async_callback(registry.close, carriers)
        await stack.enter_async_context(_serve_metrics(settings, database))
        await stack.enter_async_context(_running(event_bus.listen(database)))
        clock = DatabaseClock(database)
        await stack.enter_async_context(_running(follow(clock)))
        yield Services(
            database=database,
            dispatcher=OutboxDispatcher(database, temporal, task_queue=settings.task_queue, timeout=update_timeout),
            temporal=temporal,
            signer=Signer([key.get_secret_value() for key in settings.link_keys], settings.public_url, now=clock),
            keyring=keyring,
            carriers=carriers,
            order_types=order_types_by_code(),
            public_url=settings.public_url.rstrip("/"),
            temporal_ui_url=settings.temporal_ui_url.rstrip("/"),
            endpoints=_endpoints(settings),
            limits=SessionLimits(
                idle=timedelta(minutes=settings.session_idle_minutes),
                absolute=timedelta(hours=settings.session_hours),
                step_up_lifetime=timedelta(minutes=settings.step_up_minutes),
            ),
            development=settings.development,
            event_bus=event_bus,
            now=clock,
        )


@asynccontextmanager
async def _serve_metrics(settings: Settings, database: Database) -> AsyncIterator[None]:
    """Serve metrics. The queue lengths are among them, since the API may run while no worker does."""
    collector = QueueMetricsCollector(database, asyncio.get_running_loop())
    REGISTRY.register(collector)
    try:
        async with serve_metrics(settings.metrics_host, settings.metrics_port):
            yield
    finally:
        REGISTRY.unregister(collector)


@asynccontextmanager
async def _running(work: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    task = asyncio.create_task(work)
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def development_keyring(database_url: str) -> Keyring:
    """The keys for a process of the demo that uses this database."""
    return keyring_of(Settings(environment="development", DATABASE_URL=database_url))


def _endpoints(settings: Settings) -> dict[str, tuple[str, int]]:
    """Host and port of the email server and the carriers, for the readiness check."""
    endpoints = {"email": (settings.smtp_host, settings.smtp_port)}
    for carrier in settings.carriers:
        url = urlsplit(carrier.url)
        endpoints[carrier.code] = (url.hostname or "", url.port or (443 if url.scheme == "https" else 80))
    return endpoints
