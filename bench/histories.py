"""What a workflow has cost the engine, by its history."""

from dataclasses import dataclass
from typing import Any

from temporalio.api.enums.v1 import EventType
from temporalio.client import WorkflowHandle

BILLED = frozenset(
    {
        EventType.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED,
        EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED,
        EventType.EVENT_TYPE_MARKER_RECORDED,
        EventType.EVENT_TYPE_TIMER_STARTED,
        EventType.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED,
        EventType.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ACCEPTED,
        EventType.EVENT_TYPE_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES,
    }
)


@dataclass(frozen=True, kw_only=True)
class Cost:
    """Events of the history, actions a provider of the engine would bill, and its size."""

    events: float
    actions: float
    kib: float


async def cost_of(handle: WorkflowHandle[Any, Any]) -> Cost:
    """What this workflow has cost so far."""
    described = (await handle.describe()).raw_description.workflow_execution_info
    events = [event async for event in handle.fetch_history_events()]
    actions = sum(event.event_type in BILLED for event in events)
    return Cost(events=len(events), actions=actions, kib=described.history_size_bytes / 1024)
