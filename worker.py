"""The worker process: workflows, activities, one activity queue per carrier, the relay, the reconciler, the watches."""

import contextlib
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from datetime import timedelta

import structlog
from temporalio.client import Client
from temporalio.worker import Worker
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions

from activities.carrier import CarrierActivities
from activities.history import HistoryActivities
from activities.inventory import InventoryActivities
from activities.log_interceptor import LogContext
from activities.rule import RuleActivities
from activities.timers import TimerActivities
from carriers import registry
from carriers.base import Carrier
from models.db import schema_version
from models.db.encryption import Keyring
from models.db.session import Database
from models.settings import Settings
from notifications.links import mask
from outbox.bootstrap import build_clock_watch, build_reconciler, build_relay, build_watch, run_until
from outbox.temporal_client import connect, sdk_runtime
from runtime import logs, shutdown, tracing
from runtime.metrics_server import metrics_at
from runtime.workers import running
from workflows.activity_options import carrier_queue
from workflows.order_type_registry import all_workflows

# Loaded once for all workflows; `workflows` itself is not, so that no state leaks from one order to another.
RUNNER = SandboxedWorkflowRunner(
    restrictions=SandboxRestrictions.default.with_passthrough_modules(
        "models", "activities", "carriers", "policies", "notifications", "opentelemetry"
    )
)
log = structlog.get_logger()

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
    records, rulings = HistoryActivities(database), RuleActivities(database)
    inventory, vendors = InventoryActivities(database), CarrierActivities(database, carriers)
    clocks = TimerActivities(database, vendors)
    core = Worker(
        client,
        task_queue=task_queue,
        workflows=all_workflows(),
        activities=[
            records.record,
            records.open_stage,
            records.open_question,
            rulings.rule,
            inventory.reserve,
            inventory.apply,
            inventory.undo,
            clocks.tell,
            clocks.end,
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
            task_queue=carrier_queue(code),
            activities=[
                vendors.place,
                vendors.cancel_at_carrier,
                vendors.activate,
                vendors.correct,
                clocks.ask_to_resume,
            ],
            max_task_queue_activities_per_second=calls_per_second.get(code),
            graceful_shutdown_timeout=GRACE,
        )
        for code in carriers
    ]


async def run(settings: Settings, *, hire: Callable[..., list[Worker]]) -> None:
    """Work until SIGINT or SIGTERM, then finish what is in hand."""
    told = shutdown.stop_event()
    keyring = Keyring({name: key.get_secret_value() for name, key in settings.payload_keys.items()})
    provider = tracing.tracer_provider("dialtone-worker")
    sdk = sdk_runtime(metrics_host=settings.metrics_host, metrics_port=settings.temporal_metrics_port)
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(metrics_at(settings.metrics_host, settings.metrics_port))
        await stack.enter_async_context(tracing.flushed(provider))
        database = Database(settings.database_url)
        stack.push_async_callback(database.close)
        carriers = registry.build(registry.Connection(**one.opened()) for one in settings.carriers)
        stack.push_async_callback(registry.close, carriers)
        await shutdown.wait_for_dependency("PostgreSQL", lambda: schema_version.migrated(database), told)
        interceptors = [LogContext(), *tracing.interceptors(provider)]
        client = await shutdown.wait_for_dependency(
            "Temporal", lambda: connect(keyring, process="worker", interceptors=interceptors, runtime=sdk), told
        )
        rates = {carrier.code: carrier.calls_per_second for carrier in settings.carriers}
        workers = hire(client, database, carriers, task_queue=settings.task_queue, calls_per_second=rates)
        relay = build_relay(settings, database, client)
        reconciler = build_reconciler(settings, database, carriers, keyring)
        watch = build_watch(settings, database, client)
        clock_watch = build_clock_watch(database, client)
        async with running(workers):
            await run_until(told, relay, reconciler.run(), watch.run(), clock_watch.run())
    log.info("stopped")


async def main(*, hire: Callable[..., list[Worker]] = build_workers) -> None:
    """Run a worker with the settings of the environment; `hire` makes those who do the work."""
    settings = Settings()
    logs.configure(as_json=not settings.development, mask=mask)
    with contextlib.suppress(shutdown.ShutdownRequested):
        await run(settings, hire=hire)
