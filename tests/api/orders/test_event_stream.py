"""Order event streams: resuming, gaps, access, and how they end."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

import pytest

from api.auth.credentials import Credential
from api.deps import Access, Caller, Services
from api.http import event_bus
from api.http.event_bus import OrderEventBus
from api.orders.event_stream import MAX_STREAMS_PER_PERSON, Reader, StreamPosition, complete_up_to, follow
from models.db import order_events
from models.db.orders import order_values
from models.db.people import lookup
from models.db.people.tables import PersonRow
from models.db.session import utc_now
from models.events.approval import REMINDER
from models.events.ending import COMPLETED
from models.lifecycle import Status
from models.order import FIRST_OUTSIDE_SEQ, SYSTEM, Channel, OrderEvent, OrderRef
from policies.access import Right
from tests.api.api_client import CLIENT_INFO, ApiTenant, Json

TIMEOUT = 30


@dataclass(frozen=True)
class StreamEvent:
    """One event of a stream."""

    id: int
    seq: int | None
    kind: str = "message"


def read(chunk: bytes) -> StreamEvent | None:
    fields = dict(line.split(": ", 1) for line in chunk.decode().splitlines() if line and not line.startswith(":"))
    if "id" not in fields:
        return None
    data = json.loads(fields["data"])
    return StreamEvent(id=int(fields["id"]), seq=data.get("seq"), kind=fields.get("event", "message"))


def served(office: ApiTenant) -> Services:
    services: Services = office.app.state.services
    return services


def chunks_of(text: str) -> list[bytes]:
    return [chunk.encode() for chunk in text.split("\n\n")]


async def write(office: ApiTenant, order: Json, seq: int, status: Status = Status.AWAITING_APPROVAL) -> None:
    """Commit an event with this number, also with a gap before it."""
    event = COMPLETED if status is Status.COMPLETED else REMINDER
    async with office.database.transaction() as session:
        known = await order_values.load(session, OrderRef(tenant="acme", id=order["id"]))
        entry = OrderEvent(seq=seq, at=utc_now(), event=event.code, status=status, actor=SYSTEM)
        assert await order_events.apply_event(session, known, entry)


async def reader(office: ApiTenant, order: Json, name: str = "Jordan", *, after: int = 0) -> Reader:
    person = lookup.person(await office.row(name))
    caller = Caller(person=person, channel=Channel.PORTAL, client_info=CLIENT_INFO, stepped_up=True)
    return Reader(
        access=Access(caller=caller, right=Right.ORDER_READ),
        credential=Credential(secret=await office.session(name), channel=Channel.PORTAL),
        ref=OrderRef(tenant="acme", id=order["id"]),
        after=after,
        stopping=asyncio.Event(),
    )


async def some(stream: AsyncIterator[bytes], count: int) -> list[StreamEvent]:
    """The next events, without keepalive comments."""
    found: list[StreamEvent] = []
    async with asyncio.timeout(TIMEOUT):
        while len(found) < count:
            event = read(await anext(stream))
            found += [event] if event else []
    return found


async def rest(stream: AsyncIterator[bytes]) -> list[StreamEvent]:
    async with asyncio.timeout(TIMEOUT):
        return [event async for chunk in stream if (event := read(chunk))]


@asynccontextmanager
async def listening(office: ApiTenant) -> AsyncIterator[OrderEventBus]:
    """The event bus, connected to the database."""
    bus = served(office).event_bus
    task = asyncio.create_task(bus.listen(office.database))
    async with asyncio.timeout(TIMEOUT):
        while not bus.listening:
            await asyncio.sleep(0.01)
    try:
        yield bus
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@pytest.fixture
async def order(office: ApiTenant) -> Json:
    return await office.order("Jordan")


@pytest.mark.parametrize(("received", "ids", "duplicates"), [
    ([1, 2, 3], [1, 2, 3], []),
    ([1, 3, 2], [1, 1, 3], [1, 2, 3]),
    ([3, 2, 1], [0, 0, 3], [2, 3]),
    ([2, 4, 1, 3], [0, 0, 2, 4], [4]),
])  # fmt: skip
def test_the_id_is_the_number_up_to_which_no_event_is_missing(
    received: Sequence[int], ids: Sequence[int], duplicates: Sequence[int]
) -> None:
    position = StreamPosition(complete=0)
    seen = []
    for seq in received:
        assert position.add(seq)
        seen.append(position.complete)
    assert seen == list(ids)
    assert not any(position.add(seq) for seq in duplicates)
    assert complete_up_to(received) == ids[-1]


async def test_a_stream_sends_past_events_and_those_written_while_it_is_open(office: ApiTenant, order: Json) -> None:
    async with listening(office), aclosing(follow(served(office), await reader(office, order))) as stream:
        assert await some(stream, 1) == [StreamEvent(1, 1)]
        await write(office, order, 2)
        assert await some(stream, 1) == [StreamEvent(2, 2)]


async def test_a_notification_wakes_a_reader_at_once(
    office: ApiTenant, order: Json, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_bus, "POLL_SECONDS", 10 * TIMEOUT)
    async with listening(office), aclosing(follow(served(office), await reader(office, order))) as stream:
        await some(stream, 1)
        events = asyncio.create_task(some(stream, 1))
        await asyncio.sleep(0.2)
        await write(office, order, 2)
        assert await events == [StreamEvent(2, 2)]


async def test_without_a_listener_readers_poll(office: ApiTenant, order: Json, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_bus, "POLL_SECONDS_WITHOUT_LISTENER", 0.05)
    async with aclosing(follow(served(office), await reader(office, order))) as stream:
        await some(stream, 1)
        await write(office, order, 2)
        assert await some(stream, 1) == [StreamEvent(2, 2)]


async def test_a_lost_connection_is_reopened(office: ApiTenant, order: Json, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("models.db.listener.RECONNECT_SECONDS", 0.05)
    monkeypatch.setattr(event_bus, "POLL_SECONDS", 10 * TIMEOUT)
    monkeypatch.setattr(event_bus, "POLL_SECONDS_WITHOUT_LISTENER", 10 * TIMEOUT)
    async with listening(office) as bus, aclosing(follow(served(office), await reader(office, order))) as stream:
        await some(stream, 1)
        events = asyncio.create_task(some(stream, 1))
        await close_listeners(office)
        await write(office, order, 2)
        assert await events == [StreamEvent(2, 2)]
        async with asyncio.timeout(TIMEOUT):
            while not bus.listening:
                await asyncio.sleep(0.01)


async def close_listeners(office: ApiTenant) -> None:
    """Terminate every database connection that listens."""
    async with office.database.engine.connect() as connection:
        await connection.exec_driver_sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND query LIKE 'LISTEN%'"
        )


async def test_a_late_event_is_sent_also_after_reconnecting(office: ApiTenant, order: Json) -> None:
    async with listening(office), aclosing(follow(served(office), await reader(office, order))) as stream:
        await some(stream, 1)
        await write(office, order, 3)
        (early,) = await some(stream, 1)
        assert early == StreamEvent(1, 3)
    await write(office, order, 2)
    async with aclosing(follow(served(office), await reader(office, order, after=early.id))) as stream:
        assert await some(stream, 2) == [StreamEvent(2, 2), StreamEvent(3, 3)]


@pytest.mark.parametrize("own", [2, 3])
async def test_who_has_read_an_event_of_someone_else_gets_the_order_s_next_one(
    office: ApiTenant, order: Json, own: int
) -> None:
    """Also if an event before it is missing."""
    async with office.database.transaction() as session:
        ref = OrderRef(tenant="acme", id=order["id"])
        await order_events.append_outside(session, ref, REMINDER, actor=SYSTEM, at=utc_now(), data={})
    path = f"/api/v1/orders/{order['number']}/timeline"
    async with await office.client("Jordan") as client:
        before = [entry["seq"] for entry in (await client.get(path)).json()]
        await write(office, order, own)
        after = [entry["seq"] for entry in (await client.get(path, params={"after": before[-1]})).json()]
        await write(office, order, 5 - own)
        late = [entry["seq"] for entry in (await client.get(path, params={"after": after[-1]})).json()]
        none = (await client.get(path, params={"after": late[-1]})).json()
        await write(office, order, 4, Status.COMPLETED)
        streamed = await client.get(f"/api/v1/orders/{order['number']}/events?after={before[-1]}")
    assert before == [1, FIRST_OUTSIDE_SEQ]
    assert (after, late, none) == ([own], [5 - own], [])
    assert [one.seq for one in map(read, chunks_of(streamed.text)) if one] == [1, 2, 3, 4, FIRST_OUTSIDE_SEQ, None]


async def test_an_open_stream_sends_every_event_once(office: ApiTenant, order: Json) -> None:
    async with listening(office), aclosing(follow(served(office), await reader(office, order))) as stream:
        await some(stream, 1)
        await write(office, order, 4)
        await write(office, order, 3)
        events = await some(stream, 2)
        await write(office, order, 2)
        events += await some(stream, 1)
        await write(office, order, 5)
        events += await some(stream, 1)
    assert sorted(one.seq or 0 for one in events) == [2, 3, 4, 5]
    assert [one.id for one in events] == [1, 1, 4, 5]


async def test_the_stream_ends_with_the_order_after_the_missing_events(office: ApiTenant, order: Json) -> None:
    await write(office, order, 3, Status.COMPLETED)
    async with listening(office), aclosing(follow(served(office), await reader(office, order))) as stream:
        assert await some(stream, 2) == [StreamEvent(1, 1), StreamEvent(1, 3)]
        await write(office, order, 2)
        assert await rest(stream) == [StreamEvent(3, 2), StreamEvent(3, None, "end")]


async def test_a_revoked_session_ends_the_stream(
    office: ApiTenant, order: Json, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_bus, "POLL_SECONDS_WITHOUT_LISTENER", 0.05)
    mine = await reader(office, order)
    async with aclosing(follow(served(office), mine)) as stream:
        await some(stream, 1)
        async with office.anonymous(Cookie=f"dialtone_session={mine.credential.secret}") as client:
            await client.post("/sign-out", headers={"Sec-Fetch-Site": "same-origin"})
        await write(office, order, 2)
        assert await rest(stream) == []


async def test_an_expired_session_ends_the_stream(office: ApiTenant, order: Json) -> None:
    services = served(office)
    later = replace(services, now=lambda: utc_now().replace(year=2099))
    assert await rest(follow(later, await reader(office, order))) == []


async def test_losing_access_to_the_order_ends_the_stream(office: ApiTenant, order: Json) -> None:
    dana = await reader(office, order, "Dana")
    async with listening(office), aclosing(follow(served(office), dana)) as stream:
        await some(stream, 1)
        async with office.database.transaction() as session:
            jordan = await session.get_one(PersonRow, ("acme", (await office.row("Jordan")).id))
            jordan.manager_id = None
        await write(office, order, 2)
        assert await rest(stream) == []


async def test_stopping_the_process_ends_its_streams(office: ApiTenant, order: Json) -> None:
    mine = await reader(office, order)
    async with aclosing(follow(served(office), mine)) as stream:
        await some(stream, 1)
        mine.stopping.set()
        assert await rest(stream) == []


async def test_waiting_holds_no_connection_of_the_pool(office: ApiTenant, order: Json) -> None:
    async with listening(office), aclosing(follow(served(office), await reader(office, order))) as stream:
        await some(stream, 1)
        waiting = asyncio.create_task(some(stream, 1))
        pool: Any = office.database.engine.pool
        async with asyncio.timeout(TIMEOUT):
            while pool.checkedout():
                await asyncio.sleep(0.01)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)


async def test_a_person_can_follow_a_limited_number_of_orders(office: ApiTenant, order: Json) -> None:
    person = lookup.person(await office.row("Jordan"))
    bus, ref = served(office).event_bus, OrderRef(tenant="acme", id=order["id"])
    subscriptions = [bus.subscribe(person, ref) for _ in range(MAX_STREAMS_PER_PERSON)]
    for one in subscriptions:
        one.__enter__()
    async with await office.client("Jordan") as client, await office.client("Dana") as other:
        rejected = await client.get(f"/api/v1/orders/{order['number']}/events")
        assert (rejected.status_code, rejected.json()["code"]) == (429, "TOO_MANY_STREAMS")
        late_reader = await reader(office, order)
        assert await rest(follow(served(office), late_reader)) == []
        subscriptions.pop().__exit__(None, None, None)
        await write(office, order, 2, Status.COMPLETED)
        for reads in (client, other):
            assert (await reads.get(f"/api/v1/orders/{order['number']}/events")).status_code == 200
    for one in subscriptions:
        one.__exit__(None, None, None)
    assert not bus._readers
    assert not bus._streams


async def test_over_http_a_closed_order_is_sent_completely_once(office: ApiTenant, order: Json) -> None:
    await write(office, order, 2, Status.COMPLETED)
    path = f"/api/v1/orders/{order['number']}/events"
    async with await office.client("Jordan") as client:
        answer = await client.get(path)
        resumed = await client.get(path, headers={"Last-Event-ID": "1"})
        by_query = await client.get(f"{path}?after=1")
        finished = await client.get(path, headers={"Last-Event-ID": "2"})
        invalid = [
            (await client.get(path, headers={"Last-Event-ID": one})).status_code for one in ("x", "-1", "9" * 20)
        ]
    assert answer.headers["content-type"].startswith("text/event-stream")
    parts = [read(f"{part}\n".encode()) for part in answer.text.split("\n\n") if part]
    assert parts == [StreamEvent(1, 1), StreamEvent(2, 2), StreamEvent(2, None, "end")]
    assert '"event":"received"' in answer.text
    assert '"event":"received"' not in resumed.text
    assert resumed.text == by_query.text
    assert (finished.status_code, finished.content) == (204, b"")
    assert invalid == [422, 422, 422]


@pytest.mark.parametrize(("name", "tenant", "status"), [
    ("Jordan", "acme", 200), ("Dana", "acme", 200), ("Priya", "acme", 200), ("Samuel", "acme", 404),
    ("Mina", "globex", 404),
])  # fmt: skip
async def test_everyone_who_can_read_the_order_can_follow_it(
    office: ApiTenant, order: Json, name: str, tenant: str, status: int
) -> None:
    await write(office, order, 2, Status.COMPLETED)
    async with await office.client(name, tenant) as client:
        assert (await client.get(f"/api/v1/orders/{order['id']}/events")).status_code == status


async def test_a_signed_out_client_cannot_follow_orders(office: ApiTenant, order: Json) -> None:
    async with office.anonymous() as client:
        assert (await client.get(f"/api/v1/orders/{order['id']}/events")).status_code == 401
