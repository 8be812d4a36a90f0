"""What Temporal knows of running orders that need somebody: what fails there, and is tried again."""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import MappingProxyType

from temporalio.api.workflow.v1 import PendingActivityInfo
from temporalio.client import Client, WorkflowExecutionDescription, WorkflowExecutionStatus
from temporalio.service import RPCError, RPCStatusCode

from models.order import OrderRef
from models.timers import SUSPENSION_TIMER
from workflows.search_attributes import NEEDS_ATTENTION, TENANT

PATIENCE = timedelta(seconds=3)
# How many workflows are asked about at most; each is one call.
SUSPECTS = 20
# A task of a workflow may fail once and again while a worker is replaced.
_TASK_ATTEMPTS = 3


@dataclass(frozen=True, kw_only=True)
class Retrying:
    """An activity of a running order that has failed and is tried again."""

    activity: str
    since: datetime
    attempts: int
    most_attempts: int
    failure: str
    again_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class FailingTask:
    """The code of a running order's workflow raises, task after task."""

    since: datetime
    attempts: int


@dataclass(frozen=True, kw_only=True)
class EngineProblems:
    """What was found, by order id; `problem` says why nothing could be."""

    retrying: Mapping[str, tuple[Retrying, ...]] = field(default_factory=lambda: MappingProxyType({}))
    raising: Mapping[str, FailingTask] = field(default_factory=lambda: MappingProxyType({}))
    problem: str | None = None


async def find_engine_problems(client: Client, tenant: str, suspects: Iterable[str]) -> EngineProblems:
    """Ask about the orders that Temporal itself marks, and then about these; about `SUSPECTS` in all.

    Without Temporal, says so.
    """
    try:
        async with asyncio.timeout(PATIENCE.total_seconds()):
            ids = list(dict.fromkeys([*await _marked(client, tenant), *suspects]))[:SUSPECTS]
            described = await asyncio.gather(*(_describe(client, OrderRef(tenant=tenant, id=one)) for one in ids))
    except (RPCError, RuntimeError, TimeoutError) as error:
        # A lazy client raises RuntimeError while it cannot connect.
        return EngineProblems(
            problem=f"Temporal does not answer ({getattr(error, 'message', None) or type(error).__name__})."
        )
    running = {one: known for one, known in zip(ids, described, strict=True) if known is not None}
    retrying = {one: await _retrying(client, known) for one, known in running.items()}
    raising = {one: _raising(known) for one, known in running.items()}
    return EngineProblems(
        retrying={one: found for one, found in retrying.items() if found},
        raising={one: found for one, found in raising.items() if found is not None},
    )


async def _marked(client: Client, tenant: str) -> list[str]:
    """Ids of running orders whose workflows say they need attention, or whose tasks keep failing."""
    query = (
        f'{TENANT.name} = "{tenant}" AND ExecutionStatus = "Running" AND WorkflowType != "{SUSPENSION_TIMER}" '
        f"AND ({NEEDS_ATTENTION.name} = true OR TemporalReportedProblems IS NOT NULL)"
    )
    found = client.list_workflows(query, limit=SUSPECTS, rpc_timeout=PATIENCE)
    return [one.id.rpartition(":")[2] async for one in found]


async def _describe(client: Client, ref: OrderRef) -> WorkflowExecutionDescription | None:
    """The order's workflow; None where it does not run."""
    try:
        described = await client.get_workflow_handle(ref.workflow_id).describe(rpc_timeout=PATIENCE)
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            return None
        raise
    return described if described.status is WorkflowExecutionStatus.RUNNING else None


async def _retrying(client: Client, described: WorkflowExecutionDescription) -> tuple[Retrying, ...]:
    pending = described.raw_description.pending_activities
    return tuple([await _retry(client, one) for one in pending if one.HasField("last_failure")])


async def _retry(client: Client, activity: PendingActivityInfo) -> Retrying:
    waits = activity.HasField("next_attempt_schedule_time")
    return Retrying(
        activity=activity.activity_type.name.replace("_", " "),
        since=activity.scheduled_time.ToDatetime(UTC),
        attempts=activity.attempt,
        most_attempts=activity.maximum_attempts,
        failure=str(await client.data_converter.decode_failure(activity.last_failure)),
        again_at=activity.next_attempt_schedule_time.ToDatetime(UTC) if waits else None,
    )


def _raising(described: WorkflowExecutionDescription) -> FailingTask | None:
    task = described.raw_description.pending_workflow_task
    if task.attempt < _TASK_ATTEMPTS:
        return None
    return FailingTask(since=task.original_scheduled_time.ToDatetime(UTC), attempts=task.attempt)
