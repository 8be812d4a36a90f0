"""Ends the workflow of an order, a timer or a task that must not continue."""

from datetime import timedelta

from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from models.errors import EngineUnavailable

RPC_TIMEOUT = timedelta(seconds=10)


async def terminate_workflow(client: Client, workflow_id: str, reason: str) -> None:
    """Temporal stores the reason in plain text. What doesn't run stays as it is. Raises EngineUnavailable."""
    try:
        await client.get_workflow_handle(workflow_id).terminate(reason, rpc_timeout=RPC_TIMEOUT)
    except (RPCError, RuntimeError) as error:
        # A lazy client that can't connect raises RuntimeError.
        if not isinstance(error, RPCError) or error.status is not RPCStatusCode.NOT_FOUND:
            raise EngineUnavailable("Temporal couldn't end the workflow. Try again in a minute.") from error
