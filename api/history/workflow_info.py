"""Reads an order's workflow and its history from Temporal."""

from datetime import timedelta
from urllib.parse import quote

from temporalio.api.enums.v1 import WorkflowExecutionStatus
from temporalio.client import Client, WorkflowHandle
from temporalio.service import RPCError, RPCStatusCode

from api.attention.temporal_problems import unreachable
from api.history.schemas import HistoryItem, WorkflowInfo
from api.history.temporal_history import fold
from outbox.temporal_client import converter_for

TIMEOUT = timedelta(seconds=3)


async def read_workflow(
    client: Client, workflow_id: str, ui_url: str, *, carrier: str | None
) -> tuple[WorkflowInfo, tuple[HistoryItem, ...]]:
    """The workflow and its history; if it is unknown or Temporal is unreachable, the reason and no history.

    `carrier` is the name of the order's carrier.
    """
    url = f"{ui_url}/namespaces/{quote(client.namespace, safe='')}/workflows/{quote(workflow_id, safe='')}"
    info = WorkflowInfo(workflow_id=workflow_id, url=url)
    try:
        return await _read(client, client.get_workflow_handle(workflow_id), url, carrier)
    except (RPCError, RuntimeError) as error:
        if isinstance(error, RPCError) and error.status is RPCStatusCode.NOT_FOUND:
            return info.model_copy(update={"problem": "The workflow hasn't started yet."}), ()
        return info.model_copy(update={"problem": "Temporal is unreachable.", "failure": unreachable(error)}), ()


async def _read(
    client: Client, handle: WorkflowHandle[object, object], url: str, carrier: str | None
) -> tuple[WorkflowInfo, tuple[HistoryItem, ...]]:
    described = await handle.describe(rpc_timeout=TIMEOUT)
    events = [event async for event in handle.fetch_history_events(rpc_timeout=TIMEOUT)]
    raw = described.raw_description
    info = raw.workflow_execution_info
    workflow = WorkflowInfo(
        workflow_id=handle.id,
        run_id=described.run_id,
        status=WorkflowExecutionStatus.Name(info.status).removeprefix("WORKFLOW_EXECUTION_STATUS_"),
        events=info.history_length,
        size_bytes=info.history_size_bytes,
        url=f"{url}/{described.run_id}/timeline",
    )
    return workflow, await fold(events, raw.pending_activities, converter_for(client, handle.id), carrier)
