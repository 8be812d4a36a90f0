"""The workflow that does nothing, as often as it is told to."""

import asyncio
from datetime import timedelta

from temporalio import workflow

TASK_QUEUE = "bench-floor"
CALLS_QUEUE = "bench-floor-calls"
NOTHING = "nothing"
_SOON = timedelta(seconds=30)
_LATER = timedelta(days=1)


@workflow.defn(name="FLOOR")
class Floor:
    """Goes through its beats: activities without work, timers that are canceled, messages that say nothing."""

    @workflow.init
    def __init__(self, beats: list[str]) -> None:
        self._beats = beats
        self._heard = 0
        self._awaited = 0
        self._timers: list[asyncio.Task[None]] = []

    @workflow.run
    async def run(self, _: list[str]) -> None:
        """Do nothing, beat by beat."""
        for beat in self._beats:
            await self._play(beat)
        for timer in self._timers:
            timer.cancel()

    @workflow.update
    def say(self) -> int:
        """Count a message, with an answer."""
        self._heard += 1
        return self._heard

    @workflow.signal
    def tell(self) -> None:
        """Count a message, without one."""
        self._heard += 1

    async def _play(self, beat: str) -> None:
        match beat:
            case "activity":
                await workflow.execute_activity(NOTHING, start_to_close_timeout=_SOON)
            case "call":
                await workflow.execute_activity(NOTHING, start_to_close_timeout=_SOON, task_queue=CALLS_QUEUE)
            case "local":
                await workflow.execute_local_activity(NOTHING, start_to_close_timeout=_SOON)
            case "timer":
                self._timers.append(asyncio.create_task(workflow.sleep(_LATER)))
            case "cancel":
                self._timers.pop(0).cancel()
            case _:
                self._awaited += 1
                await workflow.wait_condition(lambda: self._heard >= self._awaited)
