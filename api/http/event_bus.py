"""Notifies the readers of order streams: one database connection listens for all of them."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from models.db.listener import listen
from models.db.order_events import CHANNEL
from models.db.session import Database
from models.facts import Person
from models.order import OrderRef

# A notification can get lost, so readers also poll: more often while the database connection is down.
POLL_SECONDS = 15.0
POLL_SECONDS_WITHOUT_LISTENER = 3.0


class OrderEventBus:
    """Wakes the readers of an order when one of its events is stored. One per API process."""

    def __init__(self) -> None:
        self._readers: defaultdict[OrderRef, set[asyncio.Event]] = defaultdict(set)
        self._streams: Counter[tuple[str, str]] = Counter()
        self.listening = False

    def streams_of(self, person: Person) -> int:
        """How many streams the person has open in this process."""
        return self._streams[(person.tenant, person.id)]

    @contextmanager
    def subscribe(self, person: Person, ref: OrderRef) -> Iterator[asyncio.Event]:
        """An event that is set whenever something happens to the order."""
        wake, owner = asyncio.Event(), (person.tenant, person.id)
        self._readers[ref].add(wake)
        self._streams[owner] += 1
        try:
            yield wake
        finally:
            self._readers[ref].discard(wake)
            if not self._readers[ref]:
                del self._readers[ref]
            self._streams -= Counter([owner])

    async def wait(self, *wakes: asyncio.Event) -> bool:
        """Wait for any of these; False if it is time to poll."""
        timeout = POLL_SECONDS if self.listening else POLL_SECONDS_WITHOUT_LISTENER
        waits = [asyncio.create_task(wake.wait()) for wake in wakes]
        try:
            done, _ = await asyncio.wait(waits, timeout=timeout, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
        return bool(done)

    async def listen(self, database: Database) -> None:
        """Wake readers on PostgreSQL notifications, until canceled."""
        await listen(database, {CHANNEL: self._notify}, on_change=self._set_listening)

    def _set_listening(self, listening: bool) -> None:
        """Wake every reader: events stored before were not notified, and the poll interval changes."""
        self.listening = listening
        for readers in self._readers.values():
            _wake(readers)

    def _notify(self, payload: str) -> None:
        tenant, order_id, _ = payload.split(" ")
        _wake(self._readers.get(OrderRef(tenant=tenant, id=order_id), ()))


def _wake(readers: Iterable[asyncio.Event]) -> None:
    for wake in readers:
        wake.set()
