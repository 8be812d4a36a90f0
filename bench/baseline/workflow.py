"""A workflow that repeats the steps of an order without doing anything in them."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import ClassVar

from temporalio import workflow

from workflows.activity_options import CARRIER_TIMEOUT, DB_TIMEOUT

TASK_QUEUE = "bench-baseline"
CARRIER_QUEUE = "bench-baseline-carrier"
NOOP = "noop"
_TIMER = timedelta(days=1)  # canceled before it fires


@workflow.defn(name="BASELINE")
class BaselineWorkflow:
    """`report` gets the workflow's id when it begins to wait for a message."""

    report: ClassVar[Callable[[str], None]]

    def __init__(self) -> None:
        self._received = 0
        self._expected = 0
        self._timers: list[asyncio.Task[None]] = []

    @workflow.run
    async def run(self, steps: list[str]) -> None:
        """`steps` are values of RecordedStep."""
        for step in steps:
            await self._run_step(step)

    @workflow.update
    def update(self) -> None:
        self._received += 1

    @workflow.signal
    def signal(self) -> None:
        self._received += 1

    async def _run_step(self, step: str) -> None:
        match step:
            case "activity":
                await workflow.execute_activity(NOOP, start_to_close_timeout=DB_TIMEOUT)
            case "carrier":
                await workflow.execute_activity(NOOP, start_to_close_timeout=CARRIER_TIMEOUT, task_queue=CARRIER_QUEUE)
            case "timer":
                self._timers.append(asyncio.create_task(workflow.sleep(_TIMER)))
            case "cancel":
                self._timers.pop(0).cancel()
            case _:
                self._expected += 1
                if not workflow.unsafe.is_replaying():
                    BaselineWorkflow.report(workflow.info().workflow_id)
                await workflow.wait_condition(lambda: self._received >= self._expected)
