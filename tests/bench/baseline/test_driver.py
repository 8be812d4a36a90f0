"""The baseline does what was recorded."""

from pathlib import Path

import pytest
from temporalio.api.enums.v1 import EventType
from temporalio.testing import WorkflowEnvironment

from bench.baseline.driver import BaselineDriver
from bench.baseline.listener import SOCKET_VARIABLE, EventSender, listen
from bench.baseline.steps import RecordedStep, recorded_steps, steps_of
from bench.baseline.workers import baseline_workers
from runtime.workers import running


async def test_the_baseline_repeats_the_recorded_steps_each_message_when_it_came(
    temporal: WorkflowEnvironment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    socket, steps = tmp_path / "socket", recorded_steps()
    monkeypatch.setenv(SOCKET_VARIABLE, str(socket))
    async with listen(socket) as listener, running(baseline_workers(temporal.client, EventSender())):
        driver = BaselineDriver(client=temporal.client, listener=listener, steps=steps)
        handle = temporal.client.get_workflow_handle(await driver.run())
        await handle.result()
    events = [event async for event in handle.fetch_history_events()]
    seen = await steps_of(handle.fetch_history_events())
    signals = {RecordedStep.EARLY_SIGNAL: RecordedStep.SIGNAL}
    assert [signals.get(step, step) for step in seen] == [signals.get(step, step) for step in steps]
    tasks = sum(event.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED for event in events)
    early = steps.count(RecordedStep.EARLY_SIGNAL)
    one_each = 1 + len(steps) - steps.count(RecordedStep.TIMER) - early
    assert one_each <= tasks <= one_each + early  # such a signal joins the end of its activity if it is quick enough
