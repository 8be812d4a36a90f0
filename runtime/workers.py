"""Running Temporal workers together."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager

import structlog
from temporalio.worker import Worker

from runtime.metrics import WORKER_READY

log = structlog.get_logger()


@asynccontextmanager
async def running(workers: Sequence[Worker]) -> AsyncIterator[None]:
    """Run the workers while the block runs, then stop all at once, so that they share one grace period."""
    async with AsyncExitStack() as stack:
        for worker in workers:
            await stack.enter_async_context(worker)
        WORKER_READY.set(1)
        log.info("worker_ready")
        try:
            yield
        finally:
            WORKER_READY.set(0)
            await asyncio.gather(*(worker.shutdown() for worker in workers))
