"""News of orders as they happen: one connection listens, and any number of readers wait without one."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager

from models.db.listener import listen
from models.db.order_events import CHANNEL
from models.db.session import Database
from models.errors import TooManyStreams
from models.facts import Person
from models.order import OrderRef

STREAMS_PER_PERSON = 10
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
        """Wake readers as PostgreSQL notifies of new events, until canceled."""
        await listen(database, {CHANNEL: self._tell}, on_change=self._set_hearing)

    def _set_hearing(self, hearing: bool) -> None:
        """Wake everyone: what happened before was not notified, and deaf readers look more often."""
        self.hearing = hearing
        self._wake_all()

    def _tell(self, payload: str) -> None:
        tenant, order_id, _ = payload.split(" ")
        for wake in self._readers.get(OrderRef(tenant=tenant, id=order_id), ()):
            wake.set()

    def _wake_all(self) -> None:
        for readers in self._readers.values():
            for wake in readers:
                wake.set()
