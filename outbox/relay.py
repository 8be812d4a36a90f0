"""Delivers what was not delivered at once: messages to workflows, and mails to people."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from models.db.listener import listen
from models.db.notifications import email_queue
from models.db.outbox import delivery
from models.db.session import Database
from notifications.sender import EmailSender
from outbox.dispatcher import OutboxDispatcher

log = structlog.get_logger()

BATCH = 20
# Notifications are hints; a look around this often finds what a lost one would have told.
LOOK_AROUND_SECONDS = 1.0


class Relay:
    """One per worker process; rows are claimed, so any number of relays share the work."""

    def __init__(self, database: Database, dispatcher: OutboxDispatcher, postman: EmailSender) -> None:
        self._database = database
        self._courier = dispatcher
        self._postman = postman
        self._told = asyncio.Event()
        self._words, self._mails = asyncio.Event(), asyncio.Event()

    async def run(self) -> None:
        """Deliver until told to stop, and then what has been claimed."""
        wakes = {delivery.CHANNEL: lambda _: self._words.set(), email_queue.CHANNEL: lambda _: self._mails.set()}
        async with asyncio.TaskGroup() as tasks:
            listening = tasks.create_task(listen(self._database, wakes, name=delivery.LISTENER))
            words = tasks.create_task(self._repeat(self.deliver_due, self._words))
            mails = tasks.create_task(self._repeat(self.send_due, self._mails))
            await asyncio.wait([words, mails])
            listening.cancel()

    def stop(self) -> None:
        """Claim nothing more; `run` returns when what has been claimed is delivered or put off."""
        self._told.set()
        self._words.set()
        self._mails.set()

    async def deliver_due(self) -> None:
        """Deliver every message whose time has come."""
        while not self._told.is_set():
            async with self._database.transaction() as session:
                due = await delivery.due(session, limit=BATCH)
            if not due:
                return
            await asyncio.gather(*(self._courier.deliver(action_id) for action_id in due))

    async def send_due(self) -> None:
        """Send every mail whose time has come."""
        while not self._told.is_set() and await self._postman.send_next():
            pass

    async def _repeat(self, work: Callable[[], Awaitable[None]], wake: asyncio.Event) -> None:
        """Do it whenever woken, and now and then; a failure is logged and tried again."""
        while not self._told.is_set():
            wake.clear()
            try:
                await work()
            except Exception as error:  # noqa: BLE001 - the loop outlives whatever one round runs into
                log.warning("relay round failed", work=work.__name__, error=f"{type(error).__name__}: {error}")
            if not self._told.is_set():
                await _woken(wake)


async def _woken(wake: asyncio.Event) -> None:
    """Wait to be woken, not for long."""
    try:
        await asyncio.wait_for(wake.wait(), LOOK_AROUND_SECONDS)
    except TimeoutError:
        return
