"""A worker process as it ships, but that it stops at one moment, says so, and waits there to be killed.

`python -m tests.e2e.held_worker MOMENT FILE`: the moment is the name of an activity and `before` or `after`, such as
`place-after`; the file appears when it has come. Time-outs are short, so that what was killed is soon tried again.
"""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

from temporalio import activity
from temporalio.worker import (
    ActivityInboundInterceptor,
    ExecuteActivityInput,
    Interceptor,
    StartActivityInput,
    StartLocalActivityInput,
    Worker,
    WorkflowInboundInterceptor,
    WorkflowInterceptorClassInput,
    WorkflowOutboundInterceptor,
)
from temporalio.workflow import ActivityHandle

import worker
from carriers.tmf622.adapter import Tmf622Carrier

SHORT = timedelta(seconds=3)


class Hold(Interceptor):
    """Holds whatever runs at its moment for good."""

    def __init__(self, moment: str, announcement: Path) -> None:
        self._moment, self._announcement = moment, announcement

    async def around(self, name: str, work: Callable[[], Awaitable[Any]]) -> Any:
        """Do the work, unless this is the moment, or till it is."""
        await self._wait(f"{name}-before")
        result = await work()
        await self._wait(f"{name}-after")
        return result

    async def _wait(self, moment: str) -> None:
        if moment == self._moment:
            self._announcement.touch()
            await asyncio.Event().wait()

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:  # noqa: A002
        return _Activities(next, self)

    def workflow_interceptor_class(self, _: WorkflowInterceptorClassInput) -> type[WorkflowInboundInterceptor]:
        return _Workflows


class _Activities(ActivityInboundInterceptor):
    def __init__(self, following: ActivityInboundInterceptor, hold: Hold) -> None:
        super().__init__(following)
        self._hold = hold

    async def execute_activity(self, input: ExecuteActivityInput) -> Any:  # noqa: A002
        return await self._hold.around(activity.info().activity_type, partial(super().execute_activity, input))


class _Workflows(WorkflowInboundInterceptor):
    def init(self, outbound: WorkflowOutboundInterceptor) -> None:
        super().init(_InHaste(outbound))


class _InHaste(WorkflowOutboundInterceptor):
    def start_activity(self, input: StartActivityInput) -> ActivityHandle[Any]:  # noqa: A002
        input.start_to_close_timeout = SHORT
        return super().start_activity(input)

    def start_local_activity(self, input: StartLocalActivityInput) -> ActivityHandle[Any]:  # noqa: A002
        input.start_to_close_timeout = SHORT
        return super().start_local_activity(input)


def main(moment: str, announcement: str) -> None:
    """Run the worker of the environment's settings."""
    hold = Hold(moment, Path(announcement))
    submit = Tmf622Carrier.submit

    async def held_submit(self: Tmf622Carrier, work: Any) -> Any:
        return await hold.around("submit", partial(submit, self, work))

    Tmf622Carrier.submit = held_submit  # type: ignore[method-assign]
    at_once = timedelta(seconds=0.5)
    worker.Worker = partial(  # type: ignore[attr-defined, assignment]
        Worker, interceptors=[hold], sticky_queue_schedule_to_start_timeout=at_once
    )
    asyncio.run(worker.main())


if __name__ == "__main__":
    main(*sys.argv[1:])
