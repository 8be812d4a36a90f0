"""The server on a real socket: connections that send their requests slowly, or never."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from fastapi import FastAPI, Request

from api import server
from api.http import request_middleware
from api.server import MAX_HEADER_BYTES, ApiServer
from tests.api.api_client import ApiTenant
from tests.api.running_server import SOON, running_server

HEAD = b"GET /healthz HTTP/1.1\r\nHost: dialtone.test\r\n"
FORM, JSON = "application/x-www-form-urlencoded", "application/json"
DOORS = pytest.mark.parametrize(
    ("path", "media_type", "limit"),
    [
        ("/sign-in", FORM, 64 * 1024),
        ("/api/v1/orders", JSON, 64 * 1024),
        ("/carriers/northwind/events", JSON, 256 * 1024),
    ],
)
LIMIT = 0.5


@pytest.fixture
async def port(office: ApiTenant, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[int]:
    """A running server that waits half a second for headers, and as long for bodies."""
    monkeypatch.setattr(server, "HEADER_SECONDS", LIMIT)
    monkeypatch.setattr(request_middleware, "BODY_SECONDS", LIMIT)
    async with running_server(ApiServer(office.app, host="127.0.0.1", port=0)) as port:
        yield port


def _post(path: str = "/sign-in", media_type: str = FORM, *more: str) -> bytes:
    """The headers of a form or document, without the empty line after them."""
    lines = (
        f"POST {path} HTTP/1.1",
        "Host: dialtone.test",
        "Origin: http://dialtone.test",
        f"Content-Type: {media_type}",
    )
    return "".join(f"{line}\r\n" for line in (*lines, *more)).encode()


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
@pytest.mark.parametrize("sent", [b"", b"G", HEAD, _post()], ids=["nothing", "a byte", "half a GET", "half a POST"])
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
@pytest.mark.parametrize("sent", [b"\r\n", b"G"])
async def test_a_connection_that_begins_no_later_request_is_closed(port: int, sent: bytes) -> None:
    async with _connection(port) as (reader, writer):
        writer.write(HEAD + b"\r\n")
        await _answer(reader)
        writer.write(sent)
        assert await reader.read() == b""


@pytest.mark.fault("52")
@pytest.mark.parametrize("sent", [b"X: " + b"x" * MAX_HEADER_BYTES, b"X: x\r\n" * (MAX_HEADER_BYTES // 6)])
async def test_headers_that_are_too_long_are_refused(port: int, sent: bytes) -> None:
    async with _connection(port) as (reader, writer):
        writer.write(HEAD + sent)
        answer = await reader.read()
    assert answer.startswith(b"HTTP/1.1 400 Bad Request\r\n")
    assert answer.endswith(b"The headers of the request are too long.")


@pytest.mark.fault("52")
async def test_headers_that_are_too_long_behind_another_request_close_the_connection(port: int) -> None:
    async with _connection(port) as (reader, writer):
        writer.write(HEAD + b"\r\n" + HEAD + b"X: " + b"x" * MAX_HEADER_BYTES)
        assert b"400" not in await reader.read()


@pytest.mark.fault("52")
async def test_headers_after_the_body_are_left_out_and_limited() -> None:
    """They come too late for what has been checked."""
    app = FastAPI()

    @app.post("/")
    async def names(request: Request) -> list[str]:
        await request.body()
        return [name.decode() for name, _ in request.scope["headers"]]

    chunked = b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\na=b\r\n0\r\n"
    async with running_server(ApiServer(app, host="127.0.0.1", port=0)) as port:
        async with _connection(port) as (reader, writer):
            writer.write(chunked + b"Origin: https://elsewhere.example.com\r\n\r\n")
            assert (await _answer(reader)).endswith(b'["host","transfer-encoding"]')
        async with _connection(port) as (reader, writer):
            writer.write(chunked + b"X: " + b"x" * MAX_HEADER_BYTES)
            assert await reader.read() == b""


async def test_many_requests_on_one_connection_are_not_counted_together(port: int) -> None:
    request = HEAD + b"X: " + b"x" * (MAX_HEADER_BYTES // 4) + b"\r\n\r\n"
    async with _connection(port) as (reader, writer):
        for _ in range(8):
            writer.write(request)
            assert (await _answer(reader)).startswith(b"HTTP/1.1 200")


@pytest.mark.fault("52")
@pytest.mark.parametrize("sent", ["Content-Length: 100\r\n\r\n{", "Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n"])
@DOORS
async def test_a_body_that_never_ends_is_answered_and_the_connection_closed(
    port: int, path: str, media_type: str, limit: int, sent: str
) -> None:
    del limit
    async with _connection(port) as (reader, writer):
        writer.write(_post(path, media_type) + sent.encode())
        answer = await reader.read()
    assert answer.startswith(b"HTTP/1.1 408")
    assert b"connection: close" in answer.lower()
    assert b"REQUEST_TIMEOUT" in answer


@pytest.mark.fault("52")
@DOORS
async def test_a_body_that_is_too_long_is_refused(port: int, path: str, media_type: str, limit: int) -> None:
    """By its announced length, and as soon as more than the limit has arrived."""
    announced = f"Content-Length: {limit + 1}\r\n\r\n".encode()
    chunk = b"%x\r\n%s\r\n" % (limit + 1, b"x" * (limit + 1))
    for sent in (announced, b"Transfer-Encoding: chunked\r\n\r\n" + chunk):
        async with _connection(port) as (reader, writer):
            writer.write(_post(path, media_type) + sent)
            assert (await _answer(reader)).startswith(b"HTTP/1.1 413")


async def test_a_request_in_two_parts_is_answered(port: int) -> None:
    async with _connection(port) as (reader, writer):
        writer.write(HEAD)
        await writer.drain()
        writer.write(b"\r\n")
        assert (await _answer(reader)).startswith(b"HTTP/1.1 200")
