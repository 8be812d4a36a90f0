"""The server on a real socket."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from api.server import ApiServer

# Much longer than the limits of tests, also on a busy machine, and shorter than any limit of the product.
SOON = 10


@asynccontextmanager
async def running_server(server: ApiServer) -> AsyncIterator[int]:
    """Serve, and yield the port."""
    task = asyncio.create_task(server.serve())
    try:
        async with asyncio.timeout(SOON):
            while not server.started:
                await asyncio.sleep(0.01)
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.should_exit = True
        await task
