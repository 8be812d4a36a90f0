"""Drives workflows of the floor: starts them, and says what they wait for as soon as they wait."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import uuid4

from temporalio.client import Client, WorkflowHandle

from bench.baseline.listener import EventListener
from bench.baseline.replay import RecordedStep
from bench.baseline.workflow import TASK_QUEUE, Floor

# After the last activity its result has to reach the workflow; a message that comes earlier saves the engine a task.
_BREATH = 0.03


@dataclass(frozen=True, kw_only=True)
class Driver:
    """Whoever plays the people and the carriers of the floor."""

    client: Client
    ear: EventListener

    async def start(self, beats: Sequence[RecordedStep]) -> WorkflowHandle[Floor, None]:
        """Start a workflow of these beats."""
        said = [str(beat) for beat in beats]
        return await self.client.start_workflow(Floor.run, said, id=f"floor:{uuid4()}", task_queue=TASK_QUEUE)

    async def waiting(self, beats: Sequence[RecordedStep]) -> WorkflowHandle[Floor, None]:
        """A workflow that has gone through these beats and then waits for an update."""
        handle = await self.start([*beats, RecordedStep.UPDATE])
        await self.ear.heard(handle.id, sum(beat.work for beat in beats))
        await asyncio.sleep(_BREATH)
        return handle

    async def carry(self, beats: Sequence[RecordedStep]) -> str:
        """Carry a workflow through all its beats; returns its id."""
        handle, done = await self.start(beats), 0
        for beat in beats:
            done += beat.work
            if beat.message:
                await self.ear.heard(handle.id, done)
                await asyncio.sleep(_BREATH)
                await (handle.execute_update(Floor.say) if beat is RecordedStep.UPDATE else handle.signal(Floor.tell))
        await self.ear.heard(handle.id, done)
        return handle.id
