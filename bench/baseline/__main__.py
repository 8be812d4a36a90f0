"""The worker of the baseline."""

import asyncio
import os

import uvloop

from api.bootstrap import development_keyring
from bench.baseline.listener import EventSender
from bench.baseline.workers import baseline_workers
from outbox.temporal_client import connect
from runtime.garbage_collection import skip_loaded


async def main() -> None:
    client = await connect(development_keyring(os.environ["DATABASE_URL"]), process="bench-baseline")
    workers = baseline_workers(client, EventSender())
    skip_loaded()
    await asyncio.gather(*(worker.run() for worker in workers))


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main())
