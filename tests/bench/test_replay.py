"""What the floor does is read from what a real order did."""

from collections.abc import AsyncIterator

from temporalio.api.history.v1 import HistoryEvent
from temporalio.client import WorkflowHistory

from bench.baseline.replay import RecordedStep, beats_of
from tests.workflows.scenarios import history_of


async def _golden() -> AsyncIterator[HistoryEvent]:
    text = history_of("NEW_SERVICE_DEVICE", "completed").read_text()
    for event in WorkflowHistory.from_json("order", text).events:
        yield event


async def test_the_floor_does_as_much_as_the_order_and_hears_as_much() -> None:
    beats = await beats_of(_golden())
    counted = {beat: beats.count(beat) for beat in RecordedStep}
    assert counted[RecordedStep.ACTIVITY] + counted[RecordedStep.CALL] == len(
        ("rule", "reserve", "place", "activate", "apply")
    )
    assert counted[RecordedStep.CALL] == len(("place", "activate"))
    assert counted[RecordedStep.UPDATE] == len(("approve", "activate"))
    assert counted[RecordedStep.TIMER] == counted[RecordedStep.CANCEL]
    assert beats.index(RecordedStep.UPDATE) == beats.index(RecordedStep.TIMER) + 1
    assert beats[-2:] == [RecordedStep.ACTIVITY, RecordedStep.CANCEL]
