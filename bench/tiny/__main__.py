"""The worker of the order in tiny steps, relay and reconciler included: `python -m bench.tiny`."""

import asyncio
from collections.abc import Mapping
from typing import Any

from temporalio.client import Client
from temporalio.worker import Worker
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner

import worker
from activities.history import HistoryActivities
from activities.inventory import InventoryActivities
from bench.tiny.activities import TinySteps
from bench.tiny.workflow import CALLS_QUEUE, TASK_QUEUE, TinyNewServiceDevice
from carriers.base import Carrier
from models.db.session import Database

RUNNER = SandboxedWorkflowRunner(restrictions=worker.RUNNER.restrictions)


def build_workers(client: Client, database: Database, carriers: Mapping[str, Carrier], **_: Any) -> list[Worker]:
    """What the real worker has, with the one order type."""
    steps, inventory = TinySteps(database, carriers), InventoryActivities(database)
    records = HistoryActivities(database)
    here = Worker(
        client,
        task_queue=TASK_QUEUE,
        workflows=[TinyNewServiceDevice],
        activities=[steps.judge, steps.hold, records.record, inventory.reserve, inventory.apply],
        workflow_runner=RUNNER,
        max_concurrent_workflow_tasks=worker.IN_HAND,
        max_concurrent_activities=worker.IN_HAND,
    )
    return [here, Worker(client, task_queue=CALLS_QUEUE, activities=[steps.submit, steps.start_service])]


if __name__ == "__main__":
    asyncio.run(worker.main(hire=build_workers))
