"""The worker of the baseline."""

import asyncio
import os

import uvloop
from temporalio import activity
from temporalio.worker import Worker

from api.bootstrap import development_keyring
from bench.baseline.listener import EventSender
from bench.baseline.workflow import CARRIER_QUEUE, NOOP, TASK_QUEUE, BaselineWorkflow
from outbox.temporal_client import connect
from runtime.garbage_collection import skip_loaded
from worker import MAX_CONCURRENT, RUNNER


async def main() -> None:
    sender = EventSender()

    @activity.defn(name=NOOP)
    async def noop() -> None:
        sender.send(activity.info().workflow_id or "")

    client = await connect(development_keyring(os.environ["DATABASE_URL"]), process="bench-baseline")
    orders = Worker(
        client,
        task_queue=TASK_QUEUE,
        workflows=[BaselineWorkflow],
        activities=[noop],
        workflow_runner=RUNNER,
        max_concurrent_workflow_tasks=MAX_CONCURRENT,
        max_concurrent_activities=MAX_CONCURRENT,
    )
    skip_loaded()
    await asyncio.gather(orders.run(), Worker(client, task_queue=CARRIER_QUEUE, activities=[noop]).run())


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main())
