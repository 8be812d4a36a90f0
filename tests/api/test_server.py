"""The server on a real socket: connections that send their requests slowly, or never."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from api import server
from api.http import request_middleware
from api.server import ApiServer
from tests.api.api_client import ApiTenant

HEAD = b"GET /healthz HTTP/1.1\r\nHost: dialtone.test\r\n"
POST = b"POST /sign-in HTTP/1.1\r\nHost: dialtone.test\r\nOrigin: http://dialtone.test\r\n"
FORM = b"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 100\r\n\r\n"
LIMIT = 0.5
# Much longer than the limit, also on a busy machine, and shorter than any limit of the product.
SOON = 10


@pytest.fixture
async def port(office: ApiTenant, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[int]:
    """A running server that waits half a second for headers, and as long for bodies."""
    monkeypatch.setattr(server, "HEADER_SECONDS", LIMIT)
    monkeypatch.setattr(request_middleware, "BODY_SECONDS", LIMIT)
    running = ApiServer(office.app, host="127.0.0.1", port=0)
    task = asyncio.create_task(running.serve())
    try:
        async with asyncio.timeout(SOON):
            while not running.started:
                await asyncio.sleep(0.01)
        yield running.servers[0].sockets[0].getsockname()[1]
    finally:
        running.should_exit = True
        await task


@asynccontextmanager
async def _connection(port: int) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        async with asyncio.timeout(SOON):
            yield reader, writer
    finally:
        writer.close()


async def _answer(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
    return head + await reader.readexactly(int(length.partition(b":")[2]))


@pytest.mark.fault("52")
@pytest.mark.parametrize("sent", [b"", b"G", HEAD, POST], ids=["nothing", "a byte", "half a GET", "half a POST"])
async def test_a_connection_without_complete_headers_is_closed(port: int, sent: bytes) -> None:
    async with _connection(port) as (reader, writer):
        writer.write(sent)
        assert await reader.read() == b""


@pytest.mark.fault("52")
async def test_headers_that_arrive_byte_by_byte_get_no_more_time(port: int) -> None:
    async with _connection(port) as (reader, writer):
        writer.write(HEAD)
        closed = asyncio.create_task(reader.read())
        while not closed.done():
            writer.write(b"X")
            await asyncio.sleep(LIMIT / 20)
        assert closed.result() == b""


@pytest.mark.fault("52")
async def test_a_later_request_of_a_connection_has_the_same_limit(port: int) -> None:
    async with _connection(port) as (reader, writer):
        for _ in range(2):
            writer.write(HEAD + b"\r\n")
            assert (await _answer(reader)).startswith(b"HTTP/1.1 200")
        writer.write(HEAD)
        assert await reader.read() == b""


@pytest.mark.fault("52")
async def test_a_slow_body_is_answered_and_the_connection_closed(port: int) -> None:
    async with _connection(port) as (reader, writer):
        writer.write(POST + FORM + b"user_name=")
        answer = await reader.read()
    assert answer.startswith(b"HTTP/1.1 408")


async def test_a_request_in_two_parts_is_answered(port: int) -> None:
    async with _connection(port) as (reader, writer):
        writer.write(HEAD)
        await writer.drain()
        writer.write(b"\r\n")
        assert (await _answer(reader)).startswith(b"HTTP/1.1 200")
