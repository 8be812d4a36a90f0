"""The worker process: workflows and activities, one activity queue per carrier, the relay and the reconcilers."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from temporalio.client import Client
from temporalio.worker import Worker
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions

from activities.inventory import Inventory
from activities.records import Records
from activities.rulings import Rulings
from activities.vendors import Vendors
from carriers.base import Carrier
from models.db.session import Database
from workflows.catalog import workflow_classes
from workflows.steps.calls import vendor_queue

# Loaded once for all workflows; `workflows` itself is not, so that no state leaks from one order to another.
RUNNER = SandboxedWorkflowRunner(
    restrictions=SandboxRestrictions.default.with_passthrough_modules(
        "models", "activities", "carriers", "policies", "notifications"
    )
)


def build_workers(
    client: Client,
    database: Database,
    carriers: Mapping[str, Carrier],
    *,
    task_queue: str,
    calls_per_second: Mapping[str, float],
    graceful: timedelta = timedelta(seconds=10),
) -> Sequence[Worker]:
    """The workflow worker, and one activity worker per carrier whose rate the server limits."""
    records, rulings, inventory = Records(database), Rulings(database), Inventory(database)
    vendors = Vendors(database, carriers)
    core = Worker(
        client,
        task_queue=task_queue,
        workflows=list(workflow_classes().values()),
        activities=[
            records.record,
            records.open_stage,
            records.open_question,
            rulings.rule,
            inventory.reserve,
            inventory.apply,
            inventory.undo,
        ],
        workflow_runner=RUNNER,
        graceful_shutdown_timeout=graceful,
    )
    return [core] + [
        Worker(
            client,
            task_queue=vendor_queue(code),
            activities=[vendors.place, vendors.cancel_at_carrier, vendors.activate, vendors.correct],
            max_task_queue_activities_per_second=calls_per_second.get(code),
            graceful_shutdown_timeout=graceful,
        )
        for code in carriers
    ]
