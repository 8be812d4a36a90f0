"""The events of an order as server-sent events that a client can resume.

Events can be committed out of order. The ID of a server-sent event is therefore the highest number up to which no
event is missing, and not the event's own number: a client that resumes after it gets every late event, and some events
twice. Clients identify an event by its `seq`.
"""

import asyncio
from collections.abc import AsyncGenerator, Iterable, Iterator
from dataclasses import dataclass, field

import structlog
from fastapi.sse import KEEPALIVE_COMMENT, format_sse_event

from api.auth.credentials import Credential
from api.deps import Access, Services, person_for_credential
from api.orders.timeline import entry_of
from models.db.orders import order_rows
from models.db.orders.order_rows import OrderFound
from models.db.orders.tables import EventRow
from models.errors import DatabaseUnavailable, NotFound, TooManyStreams
from models.facts import Person
from models.order import FIRST_OUTSIDE_SEQ, OrderRef
from policies.access import is_allowed

log = structlog.get_logger(__name__)

MAX_STREAMS_PER_PERSON = 10


@dataclass
class StreamPosition:
    """The events a reader has received: all up to `complete`, and those `beyond` a gap."""

    complete: int
    beyond: set[int] = field(default_factory=set)

    def add(self, seq: int) -> bool:
        """False if the reader already has this event."""
        if seq <= self.complete or seq in self.beyond:
            return False
        self.beyond.add(seq)
        while self.complete + 1 in self.beyond:
            self.complete += 1
            self.beyond.remove(self.complete)
        return True


def starting_after(seq: int) -> int:
    """Where a reader starts who names this event as the last one it has: with all events, if its number says nothing.

    Events by others than the order's workflow have high numbers: after one of them, it may still lack any other.
    """
    return seq if seq < FIRST_OUTSIDE_SEQ else 0


def complete_up_to(seqs: Iterable[int]) -> int:
    """The highest number up to which none is missing."""
    position = StreamPosition(complete=0)
    for seq in seqs:
        position.add(seq)
    return position.complete


@dataclass(frozen=True, kw_only=True)
class Reader:
    """A client that follows an order from the event `after` on; `stopping` ends all streams of the process."""

    access: Access
    credential: Credential
    ref: OrderRef
    after: int
    stopping: asyncio.Event


async def open_stream(services: Services, access: Access, ref: str) -> OrderFound:
    """Raises NotFound or TooManyStreams."""
    if _has_all_streams(services, access.person):
        raise TooManyStreams(f"You can follow {MAX_STREAMS_PER_PERSON} orders at a time. Close a page and try again.")
    async with services.database.read() as session:
        found = await order_rows.find(session, access.person, ref)
    access.check(found.relations)
    return found


def _has_all_streams(services: Services, person: Person) -> bool:
    return services.event_bus.streams_of(person) >= MAX_STREAMS_PER_PERSON


def is_finished(found: OrderFound, after: int) -> bool:
    """Whether the order is closed and has no event after this one."""
    return found.row.closed_at is not None and after >= found.row.seq


async def follow(services: Services, reader: Reader) -> AsyncGenerator[bytes, None]:
    """Past and future events, until the order closes or the reader loses access to it."""
    if _has_all_streams(services, reader.access.person):
        return  # other streams were opened since the limit was checked
    position = StreamPosition(complete=reader.after)
    with services.event_bus.subscribe(reader.access.person, reader.ref) as wake:
        while not reader.stopping.is_set():
            wake.clear()
            read = await _read(services, reader, position.complete)
            if read is None:
                return
            found, events = read
            for chunk in _new_chunks(services, position, events):
                yield chunk
            if is_finished(found, position.complete):
                yield format_sse_event(event="end", data_str="{}", id=str(position.complete))
                return
            if not await services.event_bus.wait(wake, reader.stopping):
                yield KEEPALIVE_COMMENT


async def _read(services: Services, reader: Reader, after: int) -> tuple[OrderFound, list[EventRow]] | None:
    """None if the reader no longer has access, or the database doesn't answer."""
    try:
        async with services.database.read() as session:
            person = await person_for_credential(services, session, reader.credential)
            if person is None:
                return None
            found = await order_rows.find(session, person, reader.ref.id)
            if not is_allowed(person, reader.access.right, found.relations):
                return None
            return found, await order_rows.timeline(session, reader.ref.tenant, reader.ref.id, after=after)
    except (NotFound, DatabaseUnavailable) as error:
        log.warning("order_stream_closed", error=type(error).__name__)
        return None


def _new_chunks(services: Services, position: StreamPosition, events: list[EventRow]) -> Iterator[bytes]:
    for event in events:
        if position.add(event.seq):
            entry = entry_of(event, services.carrier_names)
            yield format_sse_event(data_str=entry.model_dump_json(), id=str(position.complete))
