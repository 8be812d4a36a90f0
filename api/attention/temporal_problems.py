"""Asks Temporal which running orders have failing activities or failing workflow code."""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import MappingProxyType

from temporalio.api.workflow.v1 import PendingActivityInfo
from temporalio.client import Client, WorkflowExecutionDescription, WorkflowExecutionStatus
from temporalio.converter import DataConverter
from temporalio.service import RPCError, RPCStatusCode

from models.order import OrderRef
from outbox.temporal_client import converter_for
from workflows.search_attributes import NEEDS_ATTENTION, RUNNING_ORDERS, TENANT

TIMEOUT = timedelta(seconds=3)
# Each suspect costs one call.
SUSPECTS = 20
# A workflow task may fail a few times while a worker is replaced.
_TASK_ATTEMPTS = 3


@dataclass(frozen=True, kw_only=True)
class Retrying:
    """A failed activity that Temporal retries: `attempts` counts the next try, too.

    `max_attempts` is 0 without a limit.
    """

    activity: str
    since: datetime
    attempts: int
    max_attempts: int
    failure: str
    next_attempt_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class FailingTask:
    """A workflow task that fails repeatedly because the workflow's code raises."""

    since: datetime
    attempts: int


@dataclass(frozen=True, kw_only=True)
class TemporalProblems:
    """The problems by order id, or why Temporal could not be asked (`problem`)."""

    retrying: Mapping[str, tuple[Retrying, ...]] = field(default_factory=lambda: MappingProxyType({}))
    failing_tasks: Mapping[str, FailingTask] = field(default_factory=lambda: MappingProxyType({}))
    problem: str | None = None


def unreachable(error: Exception) -> str:
    """The sentence for an error of a call to Temporal. A lazy client raises RuntimeError while it cannot connect."""
    return f"Temporal is unreachable ({getattr(error, 'message', None) or str(error) or type(error).__name__})."


async def find_temporal_problems(client: Client, tenant: str, suspects: Iterable[str]) -> TemporalProblems:
    """Look at the orders that Temporal marks and then at these, at no more than `SUSPECTS` in all."""
    try:
        async with asyncio.timeout(TIMEOUT.total_seconds()):
            ids = list(dict.fromkeys([*await _marked(client, tenant), *suspects]))[:SUSPECTS]
            described = await asyncio.gather(*(_describe(client, OrderRef(tenant=tenant, id=one)) for one in ids))
    except (RPCError, RuntimeError, TimeoutError) as error:
        return TemporalProblems(problem=unreachable(error))
    running = {order_id: found for order_id, found in zip(ids, described, strict=True) if found is not None}
    retrying = {order_id: await _retrying(client, found) for order_id, found in running.items()}
    failing_tasks = {order_id: _failing_task(found) for order_id, found in running.items()}
    return TemporalProblems(
        retrying={order_id: activities for order_id, activities in retrying.items() if activities},
        failing_tasks={order_id: task for order_id, task in failing_tasks.items() if task is not None},
    )


async def _marked(client: Client, tenant: str) -> list[str]:
    """Ids of running orders whose workflows report that they need attention, or whose tasks keep failing."""
    query = (
        f'{TENANT.name} = "{tenant}" AND {RUNNING_ORDERS} '
        f"AND ({NEEDS_ATTENTION.name} = true OR TemporalReportedProblems IS NOT NULL)"
    )
    found = client.list_workflows(query, limit=SUSPECTS, rpc_timeout=TIMEOUT)
    return [workflow.id.rpartition(":")[2] async for workflow in found]


async def _describe(client: Client, ref: OrderRef) -> WorkflowExecutionDescription | None:
    """The order's workflow if it is running."""
    try:
        described = await client.get_workflow_handle(ref.workflow_id).describe(rpc_timeout=TIMEOUT)
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            return None
        raise
    return described if described.status is WorkflowExecutionStatus.RUNNING else None


async def _retrying(client: Client, described: WorkflowExecutionDescription) -> tuple[Retrying, ...]:
    pending, converter = described.raw_description.pending_activities, converter_for(client, described.id)
    return tuple([await _retry(converter, one) for one in pending if one.HasField("last_failure")])


async def _retry(converter: DataConverter, activity: PendingActivityInfo) -> Retrying:
    waits = activity.HasField("next_attempt_schedule_time")
    return Retrying(
        activity=activity.activity_type.name,
        since=activity.scheduled_time.ToDatetime(UTC),
        attempts=activity.attempt,
        max_attempts=activity.maximum_attempts,
        failure=str(await converter.decode_failure(activity.last_failure)),
        next_attempt_at=activity.next_attempt_schedule_time.ToDatetime(UTC) if waits else None,
    )


def _failing_task(described: WorkflowExecutionDescription) -> FailingTask | None:
    task = described.raw_description.pending_workflow_task
    if task.attempt < _TASK_ATTEMPTS:
        return None
    return FailingTask(since=task.original_scheduled_time.ToDatetime(UTC), attempts=task.attempt)
