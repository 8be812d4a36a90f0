"""A relay between a program and a server that notes what passes."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Protocol

_CHUNK = 1 << 16
Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Conversation(Protocol):
    """One connection."""

    def sent(self, data: bytes) -> None: ...

    def returned(self, data: bytes) -> None: ...


@asynccontextmanager
async def tap_port(port: int, begin: Callable[[], Conversation]) -> AsyncIterator[int]:
    """Relays to a port of this machine; yields the port to connect to instead."""

    async def connect() -> Streams:
        return await asyncio.open_connection("127.0.0.1", port)

    server = await asyncio.start_server(_Relay(connect, begin), "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


@asynccontextmanager
async def tap_socket(path: Path, tapped: Path, begin: Callable[[], Conversation]) -> AsyncIterator[None]:
    """Relays to the socket `path` what connects to `tapped`."""

    async def connect() -> Streams:
        return await asyncio.open_unix_connection(path)

    server = await asyncio.start_unix_server(_Relay(connect, begin), tapped)
    async with server:
        yield


class _Relay:
    def __init__(self, connect: Callable[[], Awaitable[Streams]], begin: Callable[[], Conversation]) -> None:
        self._connect = connect
        self._begin = begin

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        conversation = self._begin()
        async with AsyncExitStack() as stack:
            stack.callback(writer.close)
            server_reader, server_writer = await self._connect()
            stack.callback(server_writer.close)
            ways = [
                asyncio.create_task(_pass_on(reader, server_writer, conversation.sent)),
                asyncio.create_task(_pass_on(server_reader, writer, conversation.returned)),
            ]
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            for way in ways:
                way.cancel()


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, note: Callable[[bytes], None]) -> None:
    while data := await reader.read(_CHUNK):
        note(data)
        writer.write(data)
        await writer.drain()
