"""An order's history as a stream of server-sent events that can be taken up again where it broke off.

Entries may be committed out of their order. The id of an event is therefore not the entry's own number but the highest
number up to which nothing is missing: whoever resumes after it gets every entry that came late, and some twice. Readers
know an entry by its `seq`.
"""

import asyncio
from collections.abc import AsyncGenerator, Iterable, Iterator
from dataclasses import dataclass, field

import structlog
from fastapi.sse import KEEPALIVE_COMMENT, format_sse_event

from api.auth.credentials import Credential
from api.deps import Access, Services, person_behind
from api.orders.listing import TimelineEntry, entry_of
from models.db.failures import SQLAlchemyError
from models.db.orders import order_rows
from models.db.orders.order_rows import OrderFound
from models.db.orders.tables import EventRow
from models.errors import NotFound
from models.order import OrderRef
from policies.access import is_allowed

log = structlog.get_logger(__name__)


@dataclass
class Progress:
    """What one reader has been given."""

    complete: int
    beyond: set[int] = field(default_factory=set)

    def take(self, seq: int) -> bool:
        """Note an entry; False when it was given before."""
        if seq <= self.complete or seq in self.beyond:
            return False
        self.beyond.add(seq)
        while self.complete + 1 in self.beyond:
            self.complete += 1
            self.beyond.remove(self.complete)
        return True


def complete_up_to(seqs: Iterable[int]) -> int:
    """The highest number up to which none of these is missing."""
    progress = Progress(complete=0)
    for seq in seqs:
        progress.take(seq)
    return progress.complete


@dataclass(frozen=True, kw_only=True)
class Reader:
    """Who follows which order, by which credential, after which event, and what ends all streams of the process."""

    access: Access
    shown: Credential
    ref: OrderRef
    after: int
    stopping: asyncio.Event


async def begin(services: Services, access: Access, ref: str) -> OrderFound:
    """The order somebody wants to follow. Raises NotFound, TooManyStreams."""
    services.live.admit(access.person)
    async with services.database.transaction() as session:
        found = await order_rows.find(session, access.person, ref)
    access.check(found.relations)
    return found


def told(found: OrderFound, after: int) -> bool:
    """Whether there is nothing left to tell after that event."""
    return found.row.closed_at is not None and after >= found.row.seq


async def follow(services: Services, reader: Reader) -> AsyncGenerator[bytes, None]:
    """The entries after `reader.after` and those to come, until the order or the right to see it ends."""
    if services.live.full(reader.access.person):
        return  # more were admitted at the same moment than there is room for
    progress = Progress(complete=reader.after)
    with services.live.reading(reader.access.person, reader.ref) as wake:
        while not reader.stopping.is_set():
            wake.clear()
            seen = await _look(services, reader, progress.complete)
            if seen is None:
                return
            found, events = seen
            for chunk in _news(services, progress, events):
                yield chunk
            if told(found, progress.complete):
                yield format_sse_event(event="end", data_str="{}", id=str(progress.complete))
                return
            if not await services.live.woken(wake, reader.stopping):
                yield KEEPALIVE_COMMENT


async def _look(services: Services, reader: Reader, after: int) -> tuple[OrderFound, list[EventRow]] | None:
    """What is new; None when the reader may not know any more, or nobody can tell just now."""
    try:
        async with services.database.transaction() as session:
            person = await person_behind(services, session, reader.shown)
            if person is None:
                return None
            found = await order_rows.find(session, person, reader.ref.id)
            if not is_allowed(person, reader.access.right, found.relations):
                return None
            return found, await order_rows.timeline(session, reader.ref.tenant, reader.ref.id, after=after)
    except (NotFound, OSError, SQLAlchemyError) as error:
        log.warning("stream of an order ended", error=type(error).__name__)
        return None


def _news(services: Services, progress: Progress, events: list[EventRow]) -> Iterator[bytes]:
    for event in events:
        if progress.take(event.seq):
            entry: TimelineEntry = entry_of(event, services.carriers)
            yield format_sse_event(data_str=entry.model_dump_json(), id=str(progress.complete))
