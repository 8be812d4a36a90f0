"""The composition root of the web side: settings in, services out, and everything closed at the end."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from urllib.parse import urlsplit

import structlog
from structlog.tracebacks import ExceptionDictTransformer

from api.deps import Services
from carriers import registry
from models.db.keyring import Keyring
from models.db.session import Database
from models.settings import Settings
from notifications.links import Signer
from outbox.connection import connect
from outbox.courier import Courier
from workflows.catalog import order_types_by_code


@asynccontextmanager
async def open_services(settings: Settings) -> AsyncIterator[Services]:
    """Everything the web side works with; Temporal is connected to when it is first needed."""
    keyring = Keyring({name: key.get_secret_value() for name, key in settings.payload_keys.items()})
    carriers = registry.build(registry.Connection(**one.opened()) for one in settings.carriers)
    database = Database(settings.database_url)
    temporal = await connect(keyring, process="api", lazy=True)
    patience = timedelta(seconds=settings.update_timeout_seconds)
    try:
        yield Services(
            database=database,
            courier=Courier(database, temporal, task_queue=settings.task_queue, patience=patience),
            temporal=temporal,
            signer=Signer([key.get_secret_value() for key in settings.link_keys], settings.public_url),
            keyring=keyring,
            carriers=carriers,
            catalog=order_types_by_code(),
            public_url=settings.public_url.rstrip("/"),
            temporal_ui_url=settings.temporal_ui_url.rstrip("/"),
            endpoints=_endpoints(settings),
            development=settings.development,
        )
    finally:
        await registry.close(carriers)
        await database.close()


def log_as_json() -> None:
    """One JSON line per event on standard error."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            # Local variables may hold tokens and addresses: a trace shows where, not with what.
            structlog.processors.ExceptionRenderer(ExceptionDictTransformer(show_locals=False)),
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
    )


def _endpoints(settings: Settings) -> dict[str, tuple[str, int]]:
    """Where mail and carriers listen, for the readiness report."""
    places = {"mail": (settings.smtp_host, settings.smtp_port)}
    for one in settings.carriers:
        url = urlsplit(one.url)
        places[one.code] = (url.hostname or "", url.port or (443 if url.scheme == "https" else 80))
    return places
