"""Delivers due messages to workflows and due emails to people."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

import structlog

from models.db.listener import listen
from models.db.notifications import email_queue
from models.db.outbox import delivery
from models.db.session import Database
from notifications.sender import ClaimedEmails, EmailSender
from outbox.dispatcher import OutboxDispatcher

log = structlog.get_logger()

BATCH = 20
# Notifications may be lost, so due rows are also looked for this often.
POLL_SECONDS = 1.0
# Emails that are queued within this time are claimed together.
EMAIL_LINGER_SECONDS = 0.25
# What is claimed at once. It leaves over one connection, unless that takes longer than this.
EMAIL_BATCH = 25
CONNECTION_SECONDS = 0.25


class Relay:
    """One per worker process. Rows are claimed, so any number of relays share the work.

    `connections` is how many connections to the email server are open at most.
    """

    def __init__(
        self, database: Database, dispatcher: OutboxDispatcher, email_sender: EmailSender, *, connections: int
    ) -> None:
        self._database = database
        self._dispatcher = dispatcher
        self._email_sender = email_sender
        self._connections = connections
        self._sending: set[asyncio.Task[None]] = set()
        self._claimed: list[ClaimedEmails] = []
        self._stopping = False
        self._message_due, self._email_due = asyncio.Event(), asyncio.Event()

    async def run(self) -> None:
        """Deliver until `stop` is called, and finish what has been claimed."""
        handlers = {
            delivery.CHANNEL: lambda _: self._message_due.set(),
            email_queue.CHANNEL: lambda _: self._email_due.set(),
        }
        async with asyncio.TaskGroup() as tasks:
            listening = tasks.create_task(listen(self._database, handlers, name=delivery.RELAY_APPLICATION_NAME))
            messages = tasks.create_task(self._repeat(self.deliver_due, self._message_due))
            emails = tasks.create_task(self._repeat(self.send_due, self._email_due, linger=EMAIL_LINGER_SECONDS))
            await asyncio.wait([messages, emails])
            await asyncio.gather(*self._sending)
            listening.cancel()

    def stop(self) -> None:
        """Claim nothing more; `run` returns once everything claimed is delivered or rescheduled."""
        self._stopping = True
        self._message_due.set()
        self._email_due.set()

    async def deliver_due(self) -> None:
        while not self._stopping:
            claimed = await self._database.run_alone(delivery.claim_due, limit=BATCH, lease=self._dispatcher.lease)
            if not claimed:
                return
            await asyncio.gather(*(self._dispatcher.deliver_claimed(row, caller_waits=False) for row in claimed))

    async def send_due(self) -> None:
        """Start to send what is due. Another connection joins where the emails don't leave: a slow one stops none.

        What is due meanwhile is claimed for each connection, and goes first: there may be account emails among it.
        """
        is_all = False
        while self._claimed or not is_all:
            await self._until_free()
            if self._stopping:
                is_all = True
            else:
                newest = await self._email_sender.claim(EMAIL_BATCH)
                is_all = len(newest.waiting) < EMAIL_BATCH
                self._claimed.append(newest)
            self._forget_taken()
            if self._claimed:
                task = asyncio.create_task(self._email_sender.send(self._claimed[-1]))
                self._sending.add(task)
                task.add_done_callback(self._sending.discard)
                await asyncio.wait([task], timeout=CONNECTION_SECONDS)
                self._forget_taken()

    def _forget_taken(self) -> None:
        self._claimed = [claimed for claimed in self._claimed if claimed.waiting]

    async def _until_free(self) -> None:
        """Wait until another connection may be opened."""
        while len(self._sending) >= self._connections:
            await asyncio.wait(self._sending, return_when=asyncio.FIRST_COMPLETED)

    async def _repeat(self, work: Callable[[], Awaitable[None]], wake: asyncio.Event, *, linger: float = 0) -> None:
        """Work, and again when it is woken: not at once but after `linger` seconds, for what comes meanwhile."""
        while not self._stopping:
            wake.clear()
            try:
                await work()
            except Exception as error:  # noqa: BLE001 - the relay outlives any failure
                log.warning("relay_iteration_failed", work=work.__name__, error=f"{type(error).__name__}: {error}")
            if not self._stopping:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(POLL_SECONDS):
                        await wake.wait()
                        await asyncio.sleep(linger)
