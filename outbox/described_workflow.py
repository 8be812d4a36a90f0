"""Asks Temporal about the workflow of an order, a timer or a task."""

from dataclasses import dataclass
from datetime import timedelta

from temporalio.api.errordetails.v1 import NamespaceNotFoundFailure
from temporalio.client import Client, WorkflowQueryFailedError, WorkflowQueryRejectedError
from temporalio.service import RPCError, RPCStatusCode

from models.errors import EngineUnavailable
from models.workflow_health import WorkflowHealth

RPC_TIMEOUT = timedelta(seconds=3)


@dataclass(frozen=True, kw_only=True)
class DescribedWorkflow:
    """`health` is HEALTHY if the workflow runs. It is `idle` while it only waits for a message or a time."""

    health: WorkflowHealth
    run_id: str = ""
    history_length: int = 0
    idle: bool = False

    @property
    def runs(self) -> bool:
        return self.health is WorkflowHealth.HEALTHY


async def describe_workflow(client: Client, workflow_id: str) -> DescribedWorkflow:
    """Raises EngineUnavailable."""
    try:
        described = await client.get_workflow_handle(workflow_id).describe(rpc_timeout=RPC_TIMEOUT)
    except (RPCError, RuntimeError) as error:
        # A lazy client that can't connect raises RuntimeError.
        if isinstance(error, RPCError) and _is_missing_workflow(error):
            return DescribedWorkflow(health=WorkflowHealth.MISSING)
        raise EngineUnavailable("Temporal is unavailable. Try again in a minute.") from error
    status, raw = described.status.name if described.status else "", described.raw_description
    return DescribedWorkflow(
        # A status that is no problem, such as RUNNING, has no member of its own.
        health=WorkflowHealth.__members__.get(status, WorkflowHealth.HEALTHY),
        run_id=described.run_id or "",
        history_length=described.history_length,
        idle=not raw.pending_activities and not raw.HasField("pending_workflow_task"),
    )


async def last_seq(client: Client, workflow_id: str) -> int | None:
    """The number of the last event of a workflow; None if no worker can say it now."""
    handle = client.get_workflow_handle(workflow_id)
    try:
        seq: int = await handle.query("last_seq", result_type=int, rpc_timeout=RPC_TIMEOUT)
    except (RPCError, WorkflowQueryFailedError, WorkflowQueryRejectedError):
        return None
    return seq


def _is_missing_workflow(error: RPCError) -> bool:
    """A missing namespace is NOT_FOUND as well, but is a wrong configuration that says nothing about workflows."""
    missing_namespace = any(detail.Is(NamespaceNotFoundFailure.DESCRIPTOR) for detail in error.grpc_status.details)
    return error.status is RPCStatusCode.NOT_FOUND and not missing_namespace
