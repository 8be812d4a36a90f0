"""News of orders as they happen: one connection listens, and any number of readers wait without one."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager

import asyncpg
import structlog

from models.db.orders.order_events import CHANNEL
from models.db.session import Database
from models.errors import TooManyStreams
from models.facts import Person
from models.order import OrderRef

log = structlog.get_logger(__name__)

STREAMS_PER_PERSON = 10
RECONNECT_SECONDS = 1.0
# News is a hint: readers look by themselves now and then, often while nobody tells them.
LOOK_AROUND_SECONDS = 15.0
LOOK_AROUND_DEAF_SECONDS = 3.0


class OrderEventBus:
    """Wakes the readers of an order when something happened to it. One per API process."""

    def __init__(self) -> None:
        self._readers: defaultdict[OrderRef, set[asyncio.Event]] = defaultdict(set)
        self._streams: Counter[tuple[str, str]] = Counter()
        self.hearing = False

    def admit(self, person: Person) -> None:
        """Raise TooManyStreams where the person follows as many orders as one may at a time."""
        if self.full(person):
            raise TooManyStreams("You follow as many orders as one can at a time; close a page first.")

    def full(self, person: Person) -> bool:
        """Whether the person follows as many orders as one may at a time."""
        return self._streams[(person.tenant, person.id)] >= STREAMS_PER_PERSON

    @contextmanager
    def reading(self, person: Person, ref: OrderRef) -> Iterator[asyncio.Event]:
        """An event that is set when something happened to the order."""
        wake, who = asyncio.Event(), (person.tenant, person.id)
        self._readers[ref].add(wake)
        self._streams[who] += 1
        try:
            yield wake
        finally:
            self._readers[ref].discard(wake)
            if not self._readers[ref]:
                del self._readers[ref]
            self._streams -= Counter([who])

    async def woken(self, *wakes: asyncio.Event) -> bool:
        """Wait for any of these; False when it is time to look without."""
        patience = LOOK_AROUND_SECONDS if self.hearing else LOOK_AROUND_DEAF_SECONDS
        waits = [asyncio.create_task(wake.wait()) for wake in wakes]
        try:
            done, _ = await asyncio.wait(waits, timeout=patience, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
        return bool(done)

    async def listen(self, database: Database) -> None:
        """Hear what PostgreSQL tells until canceled; connect again when the connection is lost."""
        url = database.url.set(drivername="postgresql").render_as_string(hide_password=False)
        while True:
            try:
                await self._hear(url)
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
                log.warning("cannot listen for news of orders", error=f"{type(error).__name__}: {error}")
            await asyncio.sleep(RECONNECT_SECONDS)

    async def _hear(self, url: str) -> None:
        connection, lost = await asyncpg.connect(url), asyncio.Event()
        try:
            connection.add_termination_listener(lambda _: lost.set())
            await connection.add_listener(CHANNEL, lambda *told: self._tell(str(told[-1])))
            self.hearing = True
            self._wake_all()  # nobody told what happened before
            await lost.wait()
        finally:
            self.hearing = False
            self._wake_all()  # to look more often from now on
            connection.terminate()

    def _tell(self, payload: str) -> None:
        tenant, order_id, _ = payload.split(" ")
        for wake in self._readers.get(OrderRef(tenant=tenant, id=order_id), ()):
            wake.set()

    def _wake_all(self) -> None:
        for readers in self._readers.values():
            for wake in readers:
                wake.set()
