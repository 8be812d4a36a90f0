"""The worker process: workflows, activities, and what runs beside them in every worker."""

import contextlib
from collections.abc import Mapping
from contextlib import AsyncExitStack
from datetime import timedelta
from functools import partial

import structlog
from temporalio.client import Client
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from activities.approvals import ApprovalActivities
from activities.carrier import CarrierActivities
from activities.carrier_status import CarrierStatusActivities
from activities.corrections import CorrectionActivities
from activities.defect_guard import DefectGuard
from activities.device_returns import ReturnActivities
from activities.history import HistoryActivities
from activities.inventory import InventoryActivities
from activities.log_interceptor import LogContext
from activities.protection import ProtectionActivities
from activities.rule import RuleActivities
from activities.task_outcomes import TaskActivities
from activities.timers import TimerActivities
from carriers import registry
from carriers.base import Carrier
from models import questions
from models.db import schema_version
from models.db.encryption import Keyring
from models.db.session import Database
from models.settings import Settings
from notifications.links import mask
from outbox.bootstrap import database_of, keyring_of, run_beside_workers
from outbox.carrier_polls import poll
from outbox.child_orders import open_return
from outbox.temporal_client import connect, sdk_runtime
from outbox.word_check import check_words
from runtime import logs, shutdown, tracing
from runtime.garbage_collection import skip_loaded
from runtime.metrics_server import serve_metrics
from runtime.workers import running
from workflows.activity_options import carrier_queue
from workflows.message_guard import MessageGuard
from workflows.order_type_registry import all_workflows, order_types_by_code

# The sandbox would load the workflow files again for each order; checks of the code take its place
# (docs/decisions/0019-workflows-outside-the-sandbox.md).
RUNNER = UnsandboxedWorkflowRunner()
log = structlog.get_logger()

SHUTDOWN_GRACE = timedelta(seconds=10)
# Tasks a process takes on at once. A task's timeout runs once it is taken on, not while it waits at the server: with
# more tasks at once, a burst of orders runs into timeouts and retries, and none of them gets done.
MAX_CONCURRENT = 10
# How long a task of a workflow waits for the process that knows it, before any process takes it: after a crash, each
# order waits that long once.
STICKY_WAIT = timedelta(seconds=5)


def build_workers(
    client: Client,
    database: Database,
    carriers: Mapping[str, Carrier],
    *,
    keyring: Keyring,
    task_queue: str,
    calls_per_second: Mapping[str, float],
    max_cached_workflows: int = 1000,
) -> list[Worker]:
    """The workflow worker, and one activity worker per carrier, whose rate of calls Temporal limits."""
    history, rule, approval = HistoryActivities(database), RuleActivities(database), ApprovalActivities(database)
    inventory, protection = InventoryActivities(database), ProtectionActivities(database)
    task, timer = TaskActivities(database), TimerActivities(database, carriers)
    correction = CorrectionActivities(database)
    returns = ReturnActivities(database, partial(open_return, keyring, order_types_by_code().values()))
    carrier = CarrierActivities(database, carriers, keyring)
    status = CarrierStatusActivities(database, carriers, partial(poll, database, keyring))
    workflow_worker = Worker(
        client,
        task_queue=task_queue,
        workflows=all_workflows(),
        activities=[
            history.record,
            rule.rule,
            rule.find_changes,
            rule.rule_again,
            approval.request_approval,
            approval.request_info,
            inventory.reserve,
            inventory.apply,
            inventory.undo,
            inventory.accept,
            inventory.correct,
            correction.correct_order,
            returns.open_return,
            returns.expect,
            returns.charge,
            task.finish_task,
            protection.notify_holder,
            protection.report_number_at_risk,
            timer.record_timer_event,
            timer.record_timer_stop,
            timer.end_timer,
        ],
        workflow_runner=RUNNER,
        interceptors=[MessageGuard(), DefectGuard()],
        max_cached_workflows=max_cached_workflows,
        max_concurrent_workflow_tasks=MAX_CONCURRENT,
        max_concurrent_activities=MAX_CONCURRENT,
        sticky_queue_schedule_to_start_timeout=STICKY_WAIT,
        graceful_shutdown_timeout=SHUTDOWN_GRACE,
    )
    return [workflow_worker] + [
        Worker(
            client,
            task_queue=carrier_queue(code),
            activities=[
                carrier.place,
                carrier.cancel_at_carrier,
                carrier.activate,
                carrier.provide_info,
                carrier.restore_submissions,
                carrier.end_delivery,
                status.ask_again,
                status.ask_about_order,
                timer.request_from_carrier,
            ],
            interceptors=[DefectGuard()],
            max_task_queue_activities_per_second=calls_per_second.get(code),
            graceful_shutdown_timeout=SHUTDOWN_GRACE,
        )
        for code in carriers
    ]


async def run(settings: Settings) -> None:
    """Run until SIGINT or SIGTERM, then finish what has begun."""
    check_words(order_types_by_code().values())
    stop = shutdown.stop_event()
    provider = tracing.tracer_provider("dialtone-worker")
    sdk = sdk_runtime(metrics_host=settings.metrics_host, metrics_port=settings.temporal_metrics_port)
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(serve_metrics(settings.metrics_host, settings.metrics_port))
        await stack.enter_async_context(tracing.flush_on_exit(provider))
        database = database_of(settings)
        stack.push_async_callback(database.close)
        carriers = registry.build(settings.carriers)
        stack.push_async_callback(registry.close, carriers)
        await shutdown.wait_for_dependency("PostgreSQL", lambda: schema_version.check_migrated(database), stop)
        interceptors = [LogContext(), *tracing.interceptors(provider)]
        keyring = keyring_of(settings)
        client = await shutdown.wait_for_dependency(
            "Temporal",
            lambda: connect(keyring, process="worker", interceptors=interceptors, runtime=sdk),
            stop,
        )
        rates = {carrier.code: carrier.calls_per_second for carrier in settings.carriers}
        workers = build_workers(
            client, database, carriers, keyring=keyring, task_queue=settings.task_queue, calls_per_second=rates
        )
        skip_loaded()
        async with running(workers):
            await run_beside_workers(stop, settings, database, client, carriers)
    log.info("worker_stopped")


async def main() -> None:
    """Run a worker with the settings of the environment."""
    settings = Settings()
    logs.configure(as_json=not settings.development, mask=mask, secrets=questions.private_codes())
    with contextlib.suppress(shutdown.ShutdownRequested):
        await run(settings)
