"""Delivers what was not delivered at once: messages to workflows, and mails to people."""

import asyncio
from collections.abc import Awaitable, Callable

import asyncpg
import structlog

from models.db import messages, notifications
from models.db.session import Database
from notifications.postman import Postman
from outbox.courier import Courier

log = structlog.get_logger()

BATCH = 20
# Notifications are hints; a look around this often finds what a lost one would have told.
LOOK_AROUND_SECONDS = 1.0
RECONNECT_SECONDS = 1.0


class Relay:
    """One per worker process; rows are claimed, so any number of relays share the work."""

    def __init__(self, database: Database, courier: Courier, postman: Postman) -> None:
        self._database = database
        self._courier = courier
        self._postman = postman

    async def run(self) -> None:
        """Deliver until cancelled."""
        words, mails = asyncio.Event(), asyncio.Event()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._listen({messages.CHANNEL: words, notifications.CHANNEL: mails}))
            tasks.create_task(_repeat(self.deliver_due, words))
            tasks.create_task(_repeat(self.send_due, mails))

    async def deliver_due(self) -> None:
        """Deliver every message whose time has come."""
        while True:
            async with self._database.transaction() as session:
                due = await messages.due(session, limit=BATCH)
            if not due:
                return
            await asyncio.gather(*(self._courier.deliver(action_id) for action_id in due))

    async def send_due(self) -> None:
        """Send every mail whose time has come."""
        while await self._postman.send_next():
            pass

    async def _listen(self, wakes: dict[str, asyncio.Event]) -> None:
        """Wake the loops when PostgreSQL says there is something; connect again when the connection is lost."""
        url = self._database.url.set(drivername="postgresql").render_as_string(hide_password=False)
        while True:
            try:
                await _hear(url, wakes)
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
                log.warning("relay cannot listen", error=f"{type(error).__name__}: {error}")
            await asyncio.sleep(RECONNECT_SECONDS)


async def _hear(url: str, wakes: dict[str, asyncio.Event]) -> None:
    """Listen for as long as the connection holds."""
    connection, lost = await asyncpg.connect(url), asyncio.Event()
    try:
        connection.add_termination_listener(lambda _: lost.set())
        for channel, wake in wakes.items():
            await connection.add_listener(channel, lambda *_, wake=wake: wake.set())
        await lost.wait()
    finally:
        connection.terminate()


async def _repeat(work: Callable[[], Awaitable[None]], wake: asyncio.Event) -> None:
    """Do it whenever woken, and now and then; a failure is logged and tried again."""
    while True:
        wake.clear()
        try:
            await work()
        except Exception as error:  # noqa: BLE001 - the loop outlives whatever one round runs into
            log.warning("relay round failed", work=work.__name__, error=f"{type(error).__name__}: {error}")
        try:
            await asyncio.wait_for(wake.wait(), LOOK_AROUND_SECONDS)
        except TimeoutError:
            continue
