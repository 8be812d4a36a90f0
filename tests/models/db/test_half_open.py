"""A server that keeps its connections and says nothing more hangs nothing: shown with a proxy that stops forwarding."""

import asyncio
import contextlib
import socket
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from sqlalchemy.engine import URL
from sqlmodel import select, text

from models.db import listener
from models.db.people.tables import TenantRow
from models.db.session import CLOSE_SECONDS, Database
from models.db.timeouts import DatabaseTimeouts
from models.errors import DatabaseUnavailable

SHORT = DatabaseTimeouts(connect=1, statement=1, long_statement=1, lock=0.5, tcp=2)
# What the limits add up to, and time for a busy machine.
SOON = 30


@dataclass
class Proxy:
    """Between clients and PostgreSQL: without `flowing` it keeps their connections and forwards nothing."""

    server: URL
    flowing: asyncio.Event = field(default_factory=asyncio.Event)
    tasks: set["asyncio.Task[None]"] = field(default_factory=set)
    writers: list[asyncio.StreamWriter] = field(default_factory=list)

    async def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        their_reader, their_writer = await self._connect()
        self.writers += [writer, their_writer]
        for source, target in ((reader, their_writer), (their_reader, writer)):
            self.tasks.add(asyncio.create_task(self._forward(source, target)))

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        folder = self.server.query.get("host")
        if folder:
            return await asyncio.open_unix_connection(f"{folder}/.s.PGSQL.{self.server.query.get('port', 5432)}")
        return await asyncio.open_connection(self.server.host, self.server.port)

    async def _forward(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await source.read(65536):
                await self.flowing.wait()
                target.write(data)
                await target.drain()
        await self.flowing.wait()
        target.close()


@pytest.fixture
async def proxy(database: Database) -> AsyncIterator[Proxy]:
    proxy = Proxy(server=database.url)
    proxy.flowing.set()
    yield proxy
    for task in proxy.tasks:
        task.cancel()
    await asyncio.gather(*proxy.tasks, return_exceptions=True)
    for writer in proxy.writers:
        writer.close()


@pytest.fixture
async def proxied(database: Database, proxy: Proxy) -> AsyncIterator[Database]:
    """The database behind the proxy, with short limits."""
    server = await asyncio.start_server(proxy.accept, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    url = database.url.set(host="127.0.0.1", port=port, query={})
    behind = Database(url.render_as_string(hide_password=False), timeouts=SHORT)
    yield behind
    await behind.close()
    server.close()


async def count(database: Database) -> int:
    async with database.transaction() as session:
        return len(await session.all(select(TenantRow)))


@pytest.mark.fault("23")
async def test_a_statement_ends_when_the_server_says_nothing_and_the_next_one_works_again(
    proxied: Database, proxy: Proxy
) -> None:
    assert await count(proxied) == 0
    proxy.flowing.clear()
    async with asyncio.timeout(SOON):
        with pytest.raises(DatabaseUnavailable):
            await count(proxied)
    proxy.flowing.set()
    assert await count(proxied) == 0


@pytest.mark.fault("23")
async def test_a_connection_is_not_waited_for_forever(proxied: Database, proxy: Proxy) -> None:
    proxy.flowing.clear()
    async with asyncio.timeout(SOON):
        with pytest.raises(DatabaseUnavailable):
            await count(proxied)


@pytest.mark.fault("23")
async def test_a_process_stops_although_the_server_says_nothing(proxied: Database, proxy: Proxy) -> None:
    await asyncio.gather(*(count(proxied) for _ in range(5)))
    proxy.flowing.clear()
    began = time.monotonic()
    async with asyncio.timeout(SOON):
        await proxied.close()
    assert time.monotonic() - began < CLOSE_SECONDS + 5


@pytest.mark.fault("23")
async def test_a_listener_notices_that_the_server_is_gone_and_listens_again(
    proxied: Database, proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listener, "HEARTBEAT_SECONDS", 0.5)
    changes: asyncio.Queue[bool] = asyncio.Queue()
    listening = asyncio.create_task(listener.listen(proxied, {}, on_change=changes.put_nowait))
    async with asyncio.timeout(SOON):
        assert await changes.get() is True
        proxy.flowing.clear()
        assert await changes.get() is False
        proxy.flowing.set()
        assert await changes.get() is True
    listening.cancel()
    await asyncio.gather(listening, return_exceptions=True)


@pytest.mark.fault("23")
@pytest.mark.parametrize(("statement", "sqlstate"), [
    ("SELECT pg_sleep(20)", "57014"), ("UPDATE tenant SET name = 'b'", "55P03"),
])  # fmt: skip
async def test_a_slow_statement_and_a_held_lock_end_at_their_limits(
    database: Database, proxied: Database, statement: str, sqlstate: str
) -> None:
    plain: Any = text(statement)
    async with database.transaction() as holder:
        await holder.insert(TenantRow(id="a", name="a"))
    async with database.transaction() as holder, asyncio.timeout(SOON):
        await holder.get_one(TenantRow, "a", with_for_update=True)
        with pytest.raises(DatabaseUnavailable) as failure:
            async with proxied.transaction() as session:
                await session.exec(plain)
    assert getattr(failure.value.__cause__, "sqlstate", None) == sqlstate


@pytest.mark.fault("23")
async def test_a_process_that_hangs_in_a_transaction_loses_its_locks(database: Database) -> None:
    """The other transaction waits for the lock up to its limit, which is longer than the first may be idle."""
    async with database.transaction() as session:
        await session.insert(TenantRow(id="a", name="a"))
    hanging, is_locked, is_free = (
        Database(database.url.render_as_string(hide_password=False), timeouts=SHORT),
        asyncio.Event(),
        asyncio.Event(),
    )

    async def hang() -> None:
        async with hanging.transaction() as session:
            await session.get_one(TenantRow, "a", with_for_update=True)
            is_locked.set()
            await is_free.wait()
            await session.now()

    task = asyncio.create_task(hang())
    async with asyncio.timeout(SOON):
        await is_locked.wait()
        async with database.transaction() as session:
            await session.get_one(TenantRow, "a", with_for_update=True)
        is_free.set()
        with pytest.raises(DatabaseUnavailable):
            await task
    await hanging.close()


async def test_the_socket_has_the_limits_of_tcp(proxied: Database) -> None:
    await count(proxied)
    async with proxied.engine.connect() as connection:
        raw: Any = await connection.get_raw_connection()
        tcp = raw.driver_connection._transport.get_extra_info("socket")
    assert tcp.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1
    if hasattr(socket, "TCP_USER_TIMEOUT"):
        assert tcp.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == SHORT.tcp * 1000
