"""The composition root of the web side: settings in, services out, and everything closed at the end."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from prometheus_client import REGISTRY

from api.auth.sessions import Limits
from api.deps import Services
from api.orders.event_bus import OrderEventBus
from carriers import registry
from models.db.encryption import Keyring
from models.db.session import Database
from models.settings import Settings
from notifications.links import Signer
from outbox.dispatcher import OutboxDispatcher
from outbox.queue_metrics import BacklogCollector
from outbox.temporal_client import connect, sdk_runtime
from runtime import tracing
from runtime.metrics_server import metrics_at
from workflows.order_type_registry import order_types_by_code

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider


@asynccontextmanager
async def open_services(settings: Settings, tracer: "TracerProvider | None") -> AsyncIterator[Services]:
    """Everything the web side works with; Temporal is connected to when it is first needed."""
    keyring = keyring_of(settings)
    carriers = registry.build(registry.Connection(**one.opened()) for one in settings.carriers)
    database = Database(settings.database_url)
    sdk = sdk_runtime(metrics_host=settings.metrics_host, metrics_port=None)
    temporal = await connect(keyring, process="api", lazy=True, interceptors=tracing.interceptors(tracer), runtime=sdk)
    patience = timedelta(seconds=settings.update_timeout_seconds)
    live = OrderEventBus()
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(tracing.flushed(tracer))
        stack.push_async_callback(database.close)
        stack.push_async_callback(registry.close, carriers)
        await stack.enter_async_context(_measured(settings, database))
        await stack.enter_async_context(_listening(live, database))
        yield Services(
            database=database,
            dispatcher=OutboxDispatcher(database, temporal, task_queue=settings.task_queue, patience=patience),
            temporal=temporal,
            signer=Signer([key.get_secret_value() for key in settings.link_keys], settings.public_url),
            keyring=keyring,
            carriers=carriers,
            catalog=order_types_by_code(),
            public_url=settings.public_url.rstrip("/"),
            temporal_ui_url=settings.temporal_ui_url.rstrip("/"),
            endpoints=_endpoints(settings),
            limits=_limits(settings),
            development=settings.development,
            live=live,
        )


@asynccontextmanager
async def _measured(settings: Settings, database: Database) -> AsyncIterator[None]:
    """Show metrics, and with them how much waits: the web side is there also when the workers are not."""
    backlog = BacklogCollector(database, asyncio.get_running_loop())
    REGISTRY.register(backlog)
    try:
        async with metrics_at(settings.metrics_host, settings.metrics_port):
            yield
    finally:
        REGISTRY.unregister(backlog)


@asynccontextmanager
async def _listening(live: OrderEventBus, database: Database) -> AsyncIterator[None]:
    """Hear what happens to orders."""
    hearing = asyncio.create_task(live.listen(database))
    try:
        yield
    finally:
        hearing.cancel()
        with suppress(asyncio.CancelledError):
            await hearing


def keyring_of(settings: Settings) -> Keyring:
    """The keys that seal what is stored."""
    return Keyring({name: key.get_secret_value() for name, key in settings.payload_keys.items()})


def development_keyring(database_url: str) -> Keyring:
    """The keys of a process of the demo that works on this database."""
    return keyring_of(Settings(environment="development", DATABASE_URL=database_url))


def _limits(settings: Settings) -> Limits:
    return Limits(
        idle=timedelta(minutes=settings.session_idle_minutes),
        absolute=timedelta(hours=settings.session_hours),
        fresh=timedelta(minutes=settings.step_up_minutes),
    )


def _endpoints(settings: Settings) -> dict[str, tuple[str, int]]:
    """Where mail and carriers listen, for the readiness report."""
    places = {"mail": (settings.smtp_host, settings.smtp_port)}
    for one in settings.carriers:
        url = urlsplit(one.url)
        places[one.code] = (url.hostname or "", url.port or (443 if url.scheme == "https" else 80))
    return places
