"""How the floor's activities let the one who drives them know that they have run: a datagram, at next to no cost."""

import asyncio
import os
import socket
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

VARIABLE = "BENCH_EAR"


class EventSender:
    """Says the names of workflows to the ear of the environment."""

    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.connect(os.environ[VARIABLE])

    def say(self, name: str) -> None:
        """Say one name."""
        self._socket.send(name.encode())


class EventListener(asyncio.DatagramProtocol):
    """Counts how often each name was heard."""

    def __init__(self) -> None:
        self._heard: Counter[str] = Counter()
        self._waiting: dict[str, tuple[int, asyncio.Event]] = {}

    def datagram_received(self, data: bytes, _: object) -> None:
        """Hear a name."""
        name = data.decode()
        self._heard[name] += 1
        count, enough = self._waiting.get(name, (0, None))
        if enough is not None and self._heard[name] >= count:
            enough.set()

    async def heard(self, name: str, count: int) -> None:
        """Wait until a name was heard this often."""
        if self._heard[name] >= count:
            return
        enough = asyncio.Event()
        self._waiting[name] = (count, enough)
        await enough.wait()
        del self._waiting[name]

    @classmethod
    @asynccontextmanager
    async def listening(cls, path: Path) -> AsyncIterator["EventListener"]:
        """Listen at a path for as long as the block runs."""
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        listener.bind(str(path))
        transport, ear = await asyncio.get_running_loop().create_datagram_endpoint(cls, sock=listener)
        try:
            yield ear
        finally:
            transport.close()
