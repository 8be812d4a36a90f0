"""How the baseline reports to the driver how far it is: by datagram, which costs next to nothing."""

import asyncio
import os
import socket
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

SOCKET_VARIABLE = "BENCH_SOCKET"


class EventSender:
    """Sends to the socket named in the environment."""

    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.connect(os.environ[SOCKET_VARIABLE])

    def send(self, workflow_id: str) -> None:
        self._socket.send(workflow_id.encode())


class EventListener(asyncio.DatagramProtocol):
    """Counts the activities that run and the messages that are waited for, by workflow."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._changed = asyncio.Event()

    def datagram_received(self, data: bytes, _: object) -> None:
        self._counts[data.decode()] += 1
        self._changed.set()
        self._changed = asyncio.Event()

    async def wait_for(self, workflow_id: str, events: int) -> None:
        while self._counts[workflow_id] < events:
            await self._changed.wait()


@asynccontextmanager
async def listen(path: Path) -> AsyncIterator[EventListener]:
    loop = asyncio.get_running_loop()
    transport, listener = await loop.create_datagram_endpoint(
        EventListener, local_addr=str(path), family=socket.AF_UNIX
    )
    try:
        yield listener
    finally:
        transport.close()
