"""What a workflow does, beat by beat, read from the history of one that did it."""

from collections.abc import AsyncIterator
from enum import StrEnum

from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent


class RecordedStep(StrEnum):
    """One thing a workflow asks of the engine, or is told through it."""

    ACTIVITY = "activity"
    CALL = "call"  # an activity on a carrier's queue
    LOCAL = "local"
    TIMER = "timer"
    CANCEL = "cancel"  # of a timer
    UPDATE = "update"
    SIGNAL = "signal"

    @property
    def message(self) -> bool:
        """Whether it comes from outside."""
        return self in {RecordedStep.UPDATE, RecordedStep.SIGNAL}

    @property
    def work(self) -> bool:
        """Whether a worker does something for it."""
        return self in {RecordedStep.ACTIVITY, RecordedStep.CALL, RecordedStep.LOCAL}


_BEATS = {
    EventType.EVENT_TYPE_MARKER_RECORDED: RecordedStep.LOCAL,
    EventType.EVENT_TYPE_TIMER_STARTED: RecordedStep.TIMER,
    EventType.EVENT_TYPE_TIMER_CANCELED: RecordedStep.CANCEL,
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ACCEPTED: RecordedStep.UPDATE,
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED: RecordedStep.SIGNAL,
}


async def beats_of(history: AsyncIterator[HistoryEvent]) -> list[RecordedStep]:
    """The beats of a history, in their order."""
    found: list[RecordedStep] = []
    home = ""
    async for event in history:
        if event.event_type == EventType.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED:
            home = event.workflow_execution_started_event_attributes.task_queue.name
        elif event.event_type == EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED:
            queue = event.activity_task_scheduled_event_attributes.task_queue.name
            found.append(RecordedStep.ACTIVITY if queue == home else RecordedStep.CALL)
        elif event.event_type in _BEATS:
            found.append(_BEATS[event.event_type])
    return found
