"""What a workflow cost Temporal, by its history."""

from dataclasses import dataclass
from typing import Any

from temporalio.api.enums.v1 import EventType
from temporalio.client import WorkflowHandle

# What Temporal Cloud bills as actions.
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
    """Events and size of the history, and billable actions."""

    events: float
    actions: float
    kib: float


async def cost_of(handle: WorkflowHandle[Any, Any]) -> Cost:
    described = (await handle.describe()).raw_description.workflow_execution_info
    events = [event async for event in handle.fetch_history_events()]
    actions = sum(event.event_type in BILLED for event in events)
    return Cost(events=len(events), actions=actions, kib=described.history_size_bytes / 1024)
