"""Starts baseline workflows and sends them their messages."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import uuid4

from temporalio.client import Client, WorkflowHandle

from bench.baseline.listener import EventListener
from bench.baseline.steps import ACTIVITIES, MESSAGES, RecordedStep
from bench.baseline.workflow import TASK_QUEUE, BaselineWorkflow

# A workflow says that it waits a moment before Temporal knows.
_SETTLE_SECONDS = 0.03


@dataclass(frozen=True, kw_only=True)
class BaselineDriver:
    """`steps` are those of one whole order."""

    client: Client
    listener: EventListener
    steps: Sequence[RecordedStep]

    async def start(self, steps: Sequence[RecordedStep] = ()) -> WorkflowHandle[BaselineWorkflow, None]:
        return await self.client.start_workflow(
            BaselineWorkflow.run, [str(step) for step in steps], id=f"baseline:{uuid4()}", task_queue=TASK_QUEUE
        )

    async def start_until_update(self) -> WorkflowHandle[BaselineWorkflow, None]:
        """A workflow that has run the steps before the approval and waits for an update."""
        steps = self.steps[: self.steps.index(RecordedStep.UPDATE) + 1]
        handle = await self.start(steps)
        await self._wait_for(handle.id, steps)
        await asyncio.sleep(_SETTLE_SECONDS)
        return handle

    async def run(self) -> str:
        """Run all steps, with each message when it came; returns the workflow id."""
        handle = await self.start(self.steps)
        for number, step in enumerate(self.steps):
            if step in MESSAGES:
                early = step is RecordedStep.EARLY_SIGNAL
                await self._wait_for(handle.id, self.steps[: number if early else number + 1])
                if step is RecordedStep.UPDATE:
                    await handle.execute_update(BaselineWorkflow.update)
                else:
                    await handle.signal(BaselineWorkflow.signal)
        await self._wait_for(handle.id, self.steps)
        return handle.id

    async def _wait_for(self, workflow_id: str, steps: Sequence[RecordedStep]) -> None:
        """Wait until it has begun all these steps."""
        await self.listener.wait_for(workflow_id, sum(step in ACTIVITIES | MESSAGES for step in steps))
