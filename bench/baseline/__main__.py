"""The worker of the floor: `python -m bench.floor`."""

import asyncio

from temporalio import activity
from temporalio.client import Client
from temporalio.worker import Worker

from bench.baseline.listener import EventSender
from bench.baseline.workflow import CALLS_QUEUE, NOTHING, TASK_QUEUE, Floor
from models.db.encryption import Keyring
from models.settings import Settings
from outbox.temporal_client import connect
from worker import IN_HAND


class Nothing:
    """The activity without work."""

    def __init__(self) -> None:
        self._mouth = EventSender()

    @activity.defn(name=NOTHING)
    async def nothing(self) -> None:
        """Say that it was done."""
        self._mouth.say(activity.info().workflow_id or "")


def _workers(client: Client) -> list[Worker]:
    nothing = Nothing().nothing
    here = Worker(
        client,
        task_queue=TASK_QUEUE,
        workflows=[Floor],
        activities=[nothing],
        max_concurrent_workflow_tasks=IN_HAND,
        max_concurrent_activities=IN_HAND,
        max_concurrent_local_activities=IN_HAND,
    )
    return [here, Worker(client, task_queue=CALLS_QUEUE, activities=[nothing])]


async def main() -> None:
    """Work until the process is ended."""
    keys = {name: key.get_secret_value() for name, key in Settings().payload_keys.items()}
    client = await connect(Keyring(keys), process="bench-floor")
    await asyncio.gather(*(worker.run() for worker in _workers(client)))


if __name__ == "__main__":
    asyncio.run(main())
