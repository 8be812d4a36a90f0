"""What Temporal knows about an order's workflow; it may be away, and then that is what is told."""

from datetime import timedelta
from urllib.parse import quote

from temporalio.api.enums.v1 import WorkflowExecutionStatus
from temporalio.client import Client, WorkflowHandle
from temporalio.service import RPCError, RPCStatusCode

from api.history.engine_spans import EngineSpan
from api.history.temporal_history import fold
from api.http.schemas import View

PATIENCE = timedelta(seconds=3)


class Engine(View):
    """The workflow as such; `problem` says why there is nothing to tell, `url` leads to the Temporal UI."""

    workflow_id: str
    run_id: str | None = None
    status: str | None = None
    events: int = 0
    size_bytes: int = 0
    url: str
    problem: str | None = None


async def look(client: Client, workflow_id: str, ui_url: str) -> tuple[Engine, tuple[EngineSpan, ...]]:
    """The workflow's state and its history, folded."""
    address = f"{ui_url}/namespaces/{quote(client.namespace, safe='')}/workflows/{quote(workflow_id, safe='')}"
    handle = client.get_workflow_handle(workflow_id)
    try:
        return await _read(client, handle, address)
    except RPCError as error:
        missing = error.status is RPCStatusCode.NOT_FOUND
        problem = (
            "The workflow has not been started yet." if missing else f"Temporal does not answer ({error.message})."
        )
    except RuntimeError as error:
        # What a lazy client raises while it cannot connect.
        problem = f"Temporal is away ({error})."
    return Engine(workflow_id=workflow_id, url=address, problem=problem), ()


async def _read(
    client: Client, handle: WorkflowHandle[object, object], address: str
) -> tuple[Engine, tuple[EngineSpan, ...]]:
    described = await handle.describe(rpc_timeout=PATIENCE)
    events = [event async for event in handle.fetch_history_events(rpc_timeout=PATIENCE)]
    raw = described.raw_description
    strands = await fold(events, raw.pending_activities, client.data_converter)
    info = raw.workflow_execution_info
    engine = Engine(
        workflow_id=handle.id,
        run_id=described.run_id,
        status=WorkflowExecutionStatus.Name(info.status).removeprefix("WORKFLOW_EXECUTION_STATUS_"),
        events=info.history_length,
        size_bytes=info.history_size_bytes,
        url=f"{address}/{described.run_id}/timeline",
    )
    return engine, strands
