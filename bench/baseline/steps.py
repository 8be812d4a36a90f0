"""The steps of an order, recorded once in `steps.json` from the history of a workflow."""

import json
from collections.abc import AsyncIterator, Sequence
from enum import StrEnum
from pathlib import Path

from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent

_FILE = Path(__file__).with_name("steps.json")


class RecordedStep(StrEnum):
    ACTIVITY = "activity"
    CARRIER = "carrier"  # an activity on a carrier's task queue
    TIMER = "timer"
    CANCEL = "cancel"  # of the oldest timer
    UPDATE = "update"
    SIGNAL = "signal"
    EARLY_SIGNAL = "early signal"  # comes while the activity before it runs


ACTIVITIES = frozenset({RecordedStep.ACTIVITY, RecordedStep.CARRIER})
MESSAGES = frozenset({RecordedStep.UPDATE, RecordedStep.SIGNAL, RecordedStep.EARLY_SIGNAL})
_STEPS = {
    EventType.EVENT_TYPE_TIMER_STARTED: RecordedStep.TIMER,
    EventType.EVENT_TYPE_TIMER_CANCELED: RecordedStep.CANCEL,
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ACCEPTED: RecordedStep.UPDATE,
}


def recorded_steps() -> list[RecordedStep]:
    return [RecordedStep(step) for step in json.loads(_FILE.read_text())]


def keep_steps(steps: Sequence[RecordedStep]) -> None:
    _FILE.write_text(json.dumps(steps, indent=1) + "\n")


async def steps_of(history: AsyncIterator[HistoryEvent]) -> list[RecordedStep]:
    steps: list[RecordedStep] = []
    workflow_queue, running = "", 0
    async for event in history:
        match event.event_type:
            case EventType.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED:
                workflow_queue = event.workflow_execution_started_event_attributes.task_queue.name
            case EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED:
                queue = event.activity_task_scheduled_event_attributes.task_queue.name
                steps.append(RecordedStep.ACTIVITY if queue == workflow_queue else RecordedStep.CARRIER)
                running += 1
            case EventType.EVENT_TYPE_ACTIVITY_TASK_COMPLETED:
                running -= 1
            case EventType.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED:
                steps.append(RecordedStep.EARLY_SIGNAL if running else RecordedStep.SIGNAL)
            case other if other in _STEPS:
                steps.append(_STEPS[other])
    return steps
