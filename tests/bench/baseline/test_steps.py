"""The baseline takes the recorded steps of an order."""

from collections.abc import AsyncIterator

from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent
from temporalio.client import WorkflowHistory

from bench.baseline.steps import ACTIVITIES, RecordedStep, recorded_steps, steps_of
from tests.workflows.scenarios import history_file


async def _golden() -> AsyncIterator[HistoryEvent]:
    text = history_file("NEW_SERVICE_DEVICE", "completed").read_text()
    for event in WorkflowHistory.from_json("order", text).events:
        yield event


async def test_the_steps_of_a_history_are_its_activities_messages_and_timers() -> None:
    steps = await steps_of(_golden())
    counts = {step: steps.count(step) for step in RecordedStep}
    assert counts[RecordedStep.ACTIVITY] + counts[RecordedStep.CARRIER] == len(
        ("rule", "reserve", "place", "record", "record", "activate", "apply")
    )
    assert counts[RecordedStep.CARRIER] == len(("place", "activate"))
    assert counts[RecordedStep.UPDATE] == len(("approve", "activate"))
    assert (counts[RecordedStep.TIMER], counts[RecordedStep.CANCEL]) == (1, 0)
    assert steps.index(RecordedStep.UPDATE) == steps.index(RecordedStep.TIMER) + 1
    assert steps[-2:] == [RecordedStep.EARLY_SIGNAL, RecordedStep.ACTIVITY]


async def test_a_signal_that_comes_while_an_activity_runs_is_told_apart() -> None:
    async def history() -> AsyncIterator[HistoryEvent]:
        for kind in ("ACTIVITY_TASK_SCHEDULED", "WORKFLOW_EXECUTION_SIGNALED", "ACTIVITY_TASK_COMPLETED"):
            yield HistoryEvent(event_type=EventType.Value(f"EVENT_TYPE_{kind}"))
        yield HistoryEvent(event_type=EventType.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED)

    assert await steps_of(history()) == [RecordedStep.ACTIVITY, RecordedStep.EARLY_SIGNAL, RecordedStep.SIGNAL]


def test_the_recorded_steps_are_those_of_a_whole_order() -> None:
    steps = recorded_steps()
    assert steps.count(RecordedStep.UPDATE) == len(("approve", "activate"))
    assert steps.count(RecordedStep.CARRIER) == len(("place", "activate"))
    assert steps[-1] in ACTIVITIES
