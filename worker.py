"""The worker process: workflows, activities, one activity queue per carrier, the relay and the reconciler."""

import asyncio
import signal
from collections.abc import Coroutine, Mapping
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import Any

from temporalio.client import Client
from temporalio.worker import Worker
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions

from activities.inventory import Inventory
from activities.records import Records
from activities.rulings import Rulings
from activities.vendors import Vendors
from carriers import registry
from carriers.base import Carrier
from models.db.keyring import Keyring
from models.db.session import Database
from models.settings import Settings
from notifications.links import Signer
from notifications.postman import Postman
from notifications.render import Renderer
from notifications.smtp import MailServer
from outbox.connection import connect
from outbox.courier import Courier
from outbox.reconciler import Reconciler
from outbox.relay import Relay
from workflows.catalog import workflow_classes
from workflows.steps.calls import vendor_queue

# Loaded once for all workflows; `workflows` itself is not, so that no state leaks from one order to another.
RUNNER = SandboxedWorkflowRunner(
    restrictions=SandboxRestrictions.default.with_passthrough_modules(
        "models", "activities", "carriers", "policies", "notifications"
    )
)
GRACE = timedelta(seconds=10)
# How much one process takes on at a time. What is taken on runs against its time-out, what waits at the server does
# not: with more in hand, a burst of orders runs into time-outs and is tried again, and none of it gets done.
IN_HAND = 10


def build_workers(
    client: Client,
    database: Database,
    carriers: Mapping[str, Carrier],
    *,
    task_queue: str,
    calls_per_second: Mapping[str, float],
    max_cached_workflows: int = 1000,
) -> list[Worker]:
    """The workflow worker, and one activity worker per carrier whose rate of calls the server limits."""
    records, rulings = Records(database), Rulings(database)
    inventory, vendors = Inventory(database), Vendors(database, carriers)
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
        max_cached_workflows=max_cached_workflows,
        max_concurrent_workflow_tasks=IN_HAND,
        max_concurrent_activities=IN_HAND,
        max_concurrent_local_activities=IN_HAND,
        graceful_shutdown_timeout=GRACE,
    )
    return [core] + [
        Worker(
            client,
            task_queue=vendor_queue(code),
            activities=[vendors.place, vendors.cancel_at_carrier, vendors.activate, vendors.correct],
            max_task_queue_activities_per_second=calls_per_second.get(code),
            graceful_shutdown_timeout=GRACE,
        )
        for code in carriers
    ]


async def run(settings: Settings) -> None:
    """Work until SIGINT or SIGTERM, then finish what is in hand."""
    keyring = Keyring({name: key.get_secret_value() for name, key in settings.payload_keys.items()})
    async with AsyncExitStack() as stack:
        database = Database(settings.database_url)
        stack.push_async_callback(database.close)
        carriers = registry.build(registry.Connection(**one.opened()) for one in settings.carriers)
        stack.push_async_callback(registry.close, carriers)
        client = await connect(keyring, process="worker")
        rates = {carrier.code: carrier.calls_per_second for carrier in settings.carriers}
        for worker in build_workers(client, database, carriers, task_queue=settings.task_queue, calls_per_second=rates):
            await stack.enter_async_context(worker)
        patience = timedelta(seconds=settings.update_timeout_seconds)
        courier = Courier(database, client, task_queue=settings.task_queue, patience=patience)
        relay = Relay(database, courier, _postman(settings, database))
        quiet = timedelta(seconds=settings.reconcile_after_seconds)
        reconciler = Reconciler(database, carriers, keyring, after=quiet, public_url=settings.public_url)
        await _until_told_to_stop(relay.run(), reconciler.run())


def _postman(settings: Settings, database: Database) -> Postman:
    password = settings.smtp_password
    return Postman(
        database,
        smtp=MailServer(
            host=settings.smtp_host,
            port=settings.smtp_port,
            username=settings.smtp_username,
            password=password.get_secret_value() if password else None,
            start_tls=settings.smtp_start_tls,
        ),
        renderer=Renderer(mail_from=settings.mail_from, public_url=settings.public_url),
        signer=Signer([key.get_secret_value() for key in settings.link_keys], settings.public_url),
    )


async def _until_told_to_stop(*loops: Coroutine[Any, Any, None]) -> None:
    """Run the loops till a signal comes; one that ends by itself takes the process down, loudly."""
    told = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, told.set)
    async with asyncio.TaskGroup() as group:
        running = [group.create_task(loop) for loop in loops]
        await told.wait()
        for task in running:
            task.cancel()


async def main() -> None:
    """Run a worker with the settings of the environment."""
    await run(Settings())
