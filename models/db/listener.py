"""LISTEN on PostgreSQL channels over one connection, with reconnects."""

import asyncio
from collections.abc import Callable, Mapping

import asyncpg
import structlog

from models.db.session import Database
from models.db.timeouts import DatabaseTimeouts

log = structlog.get_logger(__name__)

RECONNECT_SECONDS = 1.0
# A server that is gone says nothing, just as one that has nothing to say: so it is asked this often.
HEARTBEAT_SECONDS = 15.0


async def listen(
    database: Database,
    handlers: Mapping[str, Callable[[str], None]],
    *,
    name: str = "",
    on_change: Callable[[bool], None] = lambda _: None,
) -> None:
    """Call a channel's handler with each payload, until canceled.

    `name` is the connection's application name. `on_change` is called with True when the connection starts listening
    and with False when it is lost.
    """
    url = database.url.set(drivername="postgresql").render_as_string(hide_password=False)
    while True:
        try:
            await _listen_once(url, database.timeouts, handlers, name, on_change)
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            log.warning("pg_listen_failed", error=f"{type(error).__name__}: {error}")
        await asyncio.sleep(RECONNECT_SECONDS)


async def _listen_once(
    url: str,
    timeouts: DatabaseTimeouts,
    handlers: Mapping[str, Callable[[str], None]],
    name: str,
    on_change: Callable[[bool], None],
) -> None:
    connection = await asyncpg.connect(url, **timeouts.connect_arguments(application_name=name))
    lost = asyncio.Event()
    try:
        connection.add_termination_listener(lambda _: lost.set())
        for channel, handle in handlers.items():
            await connection.add_listener(channel, lambda *call, handle=handle: handle(str(call[-1])))
        on_change(True)
        while not await _waited(lost, HEARTBEAT_SECONDS):
            await connection.execute("SELECT 1", timeout=HEARTBEAT_SECONDS)
    finally:
        on_change(False)
        connection.terminate()


async def _waited(event: asyncio.Event, seconds: float) -> bool:
    """Whether the event was set within this time."""
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return False
    return True
