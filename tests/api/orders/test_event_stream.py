"""Following an order live: resuming, gaps, access, endings."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

import pytest

from api.auth.credentials import Credential
from api.deps import Access, Caller, Services
from api.orders import event_bus
from api.orders.event_bus import STREAMS_PER_PERSON, OrderEventBus
from api.orders.event_stream import Progress, Reader, complete_up_to, follow
from models.db import order_events
from models.db.orders import order_values
from models.db.people import lookup
from models.db.people.tables import PersonRow
from models.db.session import utc_now
from models.lifecycle import Event, Status
from models.order import SYSTEM, Channel, OrderEvent, OrderRef
from policies.access import Right
from tests.api.api_client import VISITOR, Json, Office

PATIENCE = 30


@dataclass(frozen=True)
class Told:
    """One event of a stream."""

    id: int
    seq: int | None
    kind: str = "message"


def read(chunk: bytes) -> Told | None:
    fields = dict(line.split(": ", 1) for line in chunk.decode().splitlines() if line and not line.startswith(":"))
    if "id" not in fields:
        return None
    data = json.loads(fields["data"])
    return Told(id=int(fields["id"]), seq=data.get("seq"), kind=fields.get("event", "message"))


def served(office: Office) -> Services:
    services: Services = office.app.state.services
    return services


async def write(office: Office, order: Json, seq: int, status: Status = Status.AWAITING_APPROVAL) -> None:
    """Commit an entry of this number, whatever came before."""
    event = Event.COMPLETED if status is Status.COMPLETED else Event.REMINDER
    async with office.database.transaction() as session:
        known = await order_values.load(session, OrderRef(tenant="acme", id=order["id"]))
        entry = OrderEvent(seq=seq, at=utc_now(), event=event, status=status, actor=SYSTEM)
        assert await order_events.record(session, known, entry)


async def reader(office: Office, order: Json, name: str = "Jordan", *, after: int = 0) -> Reader:
    person = lookup.person(await office.row(name))
    caller = Caller(person=person, channel=Channel.PORTAL, client_info=VISITOR, fresh=True)
    return Reader(
        access=Access(caller=caller, right=Right.ORDER_READ),
        shown=Credential(secret=await office.session(name), channel=Channel.PORTAL),
        ref=OrderRef(tenant="acme", id=order["id"]),
        after=after,
        stopping=asyncio.Event(),
    )


async def some(stream: AsyncIterator[bytes], count: int) -> list[Told]:
    """The next events, without the pings between them."""
    found: list[Told] = []
    async with asyncio.timeout(PATIENCE):
        while len(found) < count:
            event = read(await anext(stream))
            found += [event] if event else []
    return found


async def rest(stream: AsyncIterator[bytes]) -> list[Told]:
    async with asyncio.timeout(PATIENCE):
        return [event async for chunk in stream if (event := read(chunk))]


@asynccontextmanager
async def hearing(office: Office) -> AsyncIterator[OrderEventBus]:
    """The process listens."""
    hub = served(office).live
    task = asyncio.create_task(hub.listen(office.database))
    async with asyncio.timeout(PATIENCE):
        while not hub.hearing:
            await asyncio.sleep(0.01)
    try:
        yield hub
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@pytest.fixture
async def order(office: Office) -> Json:
    return await office.order("Jordan")


@pytest.mark.parametrize(("came", "ids", "twice"), [
    ([1, 2, 3], [1, 2, 3], []),
    ([1, 3, 2], [1, 1, 3], [1, 2, 3]),
    ([3, 2, 1], [0, 0, 3], [2, 3]),
    ([2, 4, 1, 3], [0, 0, 2, 4], [4]),
])  # fmt: skip
def test_the_id_is_the_number_up_to_which_nothing_is_missing(
    came: Sequence[int], ids: Sequence[int], twice: Sequence[int]
) -> None:
    progress = Progress(complete=0)
    seen = []
    for seq in came:
        assert progress.take(seq)
        seen.append(progress.complete)
    assert seen == list(ids)
    assert not any(progress.take(seq) for seq in twice)
    assert complete_up_to(came) == ids[-1]


async def test_a_stream_tells_the_past_and_what_is_written_while_it_is_open(office: Office, order: Json) -> None:
    async with hearing(office), aclosing(follow(served(office), await reader(office, order))) as stream:
        assert await some(stream, 1) == [Told(1, 1)]
        await write(office, order, 2)
        assert await some(stream, 1) == [Told(2, 2)]


async def test_news_wake_a_reader_at_once(office: Office, order: Json, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_bus, "LOOK_AROUND_SECONDS", 10 * PATIENCE)
    async with hearing(office), aclosing(follow(served(office), await reader(office, order))) as stream:
        await some(stream, 1)
        news = asyncio.create_task(some(stream, 1))
        await asyncio.sleep(0.2)
        await write(office, order, 2)
        assert await news == [Told(2, 2)]


async def test_without_a_listener_readers_look_by_themselves(
    office: Office, order: Json, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_bus, "LOOK_AROUND_DEAF_SECONDS", 0.05)
    async with aclosing(follow(served(office), await reader(office, order))) as stream:
        await some(stream, 1)
        await write(office, order, 2)
        assert await some(stream, 1) == [Told(2, 2)]


async def test_a_lost_connection_is_opened_again(office: Office, order: Json, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("models.db.listener.RECONNECT_SECONDS", 0.05)
    monkeypatch.setattr(event_bus, "LOOK_AROUND_SECONDS", 10 * PATIENCE)
    monkeypatch.setattr(event_bus, "LOOK_AROUND_DEAF_SECONDS", 10 * PATIENCE)
    async with hearing(office) as hub, aclosing(follow(served(office), await reader(office, order))) as stream:
        await some(stream, 1)
        news = asyncio.create_task(some(stream, 1))
        await cut(office)
        await write(office, order, 2)
        assert await news == [Told(2, 2)]
        async with asyncio.timeout(PATIENCE):
            while not hub.hearing:
                await asyncio.sleep(0.01)


async def cut(office: Office) -> None:
    """End every connection that listens to the database."""
    async with office.database.engine.connect() as connection:
        await connection.exec_driver_sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND query LIKE 'LISTEN%'"
        )


async def test_an_entry_that_comes_late_is_told_and_survives_a_broken_stream(office: Office, order: Json) -> None:
    async with hearing(office), aclosing(follow(served(office), await reader(office, order))) as stream:
        await some(stream, 1)
        await write(office, order, 3)
        (early,) = await some(stream, 1)
        assert early == Told(1, 3)
    await write(office, order, 2)
    async with aclosing(follow(served(office), await reader(office, order, after=early.id))) as stream:
        assert await some(stream, 2) == [Told(2, 2), Told(3, 3)]


async def test_an_open_stream_tells_a_late_entry_once_and_nothing_twice(office: Office, order: Json) -> None:
    async with hearing(office), aclosing(follow(served(office), await reader(office, order))) as stream:
        await some(stream, 1)
        await write(office, order, 4)
        await write(office, order, 3)
        told = await some(stream, 2)
        await write(office, order, 2)
        told += await some(stream, 1)
        await write(office, order, 5)
        told += await some(stream, 1)
    assert sorted(one.seq or 0 for one in told) == [2, 3, 4, 5]
    assert [one.id for one in told] == [1, 1, 4, 5]


async def test_the_stream_ends_with_the_order_but_not_before_what_is_missing(office: Office, order: Json) -> None:
    await write(office, order, 3, Status.COMPLETED)
    async with hearing(office), aclosing(follow(served(office), await reader(office, order))) as stream:
        assert await some(stream, 2) == [Told(1, 1), Told(1, 3)]
        await write(office, order, 2)
        assert await rest(stream) == [Told(3, 2), Told(3, None, "end")]


async def test_a_revoked_session_ends_the_stream(office: Office, order: Json, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_bus, "LOOK_AROUND_DEAF_SECONDS", 0.05)
    mine = await reader(office, order)
    async with aclosing(follow(served(office), mine)) as stream:
        await some(stream, 1)
        async with office.anonymous(Cookie=f"dialtone_session={mine.shown.secret}") as client:
            await client.post("/sign-out", headers={"Sec-Fetch-Site": "same-origin"})
        await write(office, order, 2)
        assert await rest(stream) == []


async def test_an_expired_session_ends_the_stream(office: Office, order: Json) -> None:
    services = served(office)
    later = replace(services, now=lambda: utc_now().replace(year=2099))
    assert await rest(follow(later, await reader(office, order))) == []


async def test_losing_the_tie_to_the_order_ends_the_stream(office: Office, order: Json) -> None:
    dana = await reader(office, order, "Dana")
    async with hearing(office), aclosing(follow(served(office), dana)) as stream:
        await some(stream, 1)
        async with office.database.transaction() as session:
            jordan = await session.get_one(PersonRow, ("acme", (await office.row("Jordan")).id))
            jordan.manager_id = None
        await write(office, order, 2)
        assert await rest(stream) == []


async def test_a_process_that_stops_ends_its_streams(office: Office, order: Json) -> None:
    mine = await reader(office, order)
    async with aclosing(follow(served(office), mine)) as stream:
        await some(stream, 1)
        mine.stopping.set()
        assert await rest(stream) == []


async def test_waiting_holds_no_connection_of_the_pool(office: Office, order: Json) -> None:
    async with hearing(office), aclosing(follow(served(office), await reader(office, order))) as stream:
        await some(stream, 1)
        waiting = asyncio.create_task(some(stream, 1))
        pool: Any = office.database.engine.pool
        async with asyncio.timeout(PATIENCE):
            while pool.checkedout():
                await asyncio.sleep(0.01)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)


async def test_one_person_follows_a_bounded_number_of_orders(office: Office, order: Json) -> None:
    person = lookup.person(await office.row("Jordan"))
    hub, ref = served(office).live, OrderRef(tenant="acme", id=order["id"])
    readings = [hub.reading(person, ref) for _ in range(STREAMS_PER_PERSON)]
    for one in readings:
        one.__enter__()
    async with await office.client("Jordan") as client, await office.client("Dana") as other:
        refused = await client.get(f"/api/v1/orders/{order['number']}/events")
        assert (refused.status_code, refused.json()["code"]) == (429, "TOO_MANY_STREAMS")
        admitted_with_others = await reader(office, order)
        assert await rest(follow(served(office), admitted_with_others)) == []
        readings.pop().__exit__(None, None, None)
        await write(office, order, 2, Status.COMPLETED)
        for reads in (client, other):
            assert (await reads.get(f"/api/v1/orders/{order['number']}/events")).status_code == 200
    for one in readings:
        one.__exit__(None, None, None)
    assert not hub._readers
    assert not hub._streams


async def test_over_http_an_ended_order_is_told_whole_and_then_is_silent(office: Office, order: Json) -> None:
    await write(office, order, 2, Status.COMPLETED)
    path = f"/api/v1/orders/{order['number']}/events"
    async with await office.client("Jordan") as client:
        answer = await client.get(path)
        resumed = await client.get(path, headers={"Last-Event-ID": "1"})
        by_query = await client.get(f"{path}?after=1")
        over = await client.get(path, headers={"Last-Event-ID": "2"})
        broken = [(await client.get(path, headers={"Last-Event-ID": one})).status_code for one in ("x", "-1", "9" * 20)]
    assert answer.headers["content-type"].startswith("text/event-stream")
    parts = [read(f"{part}\n".encode()) for part in answer.text.split("\n\n") if part]
    assert parts == [Told(1, 1), Told(2, 2), Told(2, None, "end")]
    assert '"event":"received"' in answer.text
    assert '"event":"received"' not in resumed.text
    assert resumed.text == by_query.text
    assert (over.status_code, over.content) == (204, b"")
    assert broken == [422, 422, 422]


@pytest.mark.parametrize(("name", "tenant", "status"), [
    ("Jordan", "acme", 200), ("Dana", "acme", 200), ("Priya", "acme", 200), ("Samuel", "acme", 404),
    ("Mina", "globex", 404),
])  # fmt: skip
async def test_whoever_may_read_the_order_may_follow_it(
    office: Office, order: Json, name: str, tenant: str, status: int
) -> None:
    await write(office, order, 2, Status.COMPLETED)
    async with await office.client(name, tenant) as client:
        assert (await client.get(f"/api/v1/orders/{order['id']}/events")).status_code == status


async def test_strangers_follow_nothing(office: Office, order: Json) -> None:
    async with office.anonymous() as client:
        assert (await client.get(f"/api/v1/orders/{order['id']}/events")).status_code == 401
