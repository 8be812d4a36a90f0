"""The metrics endpoint, on a port of its own so that the public port never exposes it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog
from prometheus_client import start_http_server

log = structlog.get_logger()


@asynccontextmanager
async def serve_metrics(host: str, port: int | None) -> AsyncIterator[None]:
    """Serve `/metrics` while the block runs; without a port, do nothing."""
    if port is None:
        yield
        return
    server, thread = start_http_server(port, addr=host)
    log.info("metrics_server_started", address=f"http://{host}:{port}/metrics")
    try:
        yield
    finally:
        await asyncio.to_thread(server.shutdown)
        server.server_close()
        await asyncio.to_thread(thread.join)
