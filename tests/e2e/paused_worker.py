"""The worker process, except that it pauses at one point, announces it, and waits to be killed.

`python -m tests.e2e.paused_worker POINT FILE`: the point is the name of an activity and `before` or `after`, such as
`place-after`; the file is created when the worker pauses. The activity has a short time-out, so that it is soon retried
elsewhere.
"""

import asyncio
import sys
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

from temporalio import activity
from temporalio.worker import (
    ActivityInboundInterceptor,
    ExecuteActivityInput,
    Interceptor,
    StartActivityInput,
    Worker,
    WorkflowInboundInterceptor,
    WorkflowInterceptorClassInput,
    WorkflowOutboundInterceptor,
)
from temporalio.workflow import ActivityHandle

import worker
from carriers.tmf622.adapter import Tmf622Carrier

SHORT_TIMEOUT = timedelta(seconds=3)
# The activity that makes the call to the carrier named `submit`.
SUBMITTING_ACTIVITY = "place"


class Pause(Interceptor):
    """Pauses forever at a point."""

    def __init__(self, point: str, announcement: Path) -> None:
        self._point, self._announcement = point, announcement

    async def around(self, name: str, work: Callable[[], Awaitable[Any]]) -> Any:
        await self._pause_at(f"{name}-before")
        result = await work()
        await self._pause_at(f"{name}-after")
        return result

    async def _pause_at(self, point: str) -> None:
        if point == self._point:
            self._announcement.touch()
            await asyncio.Event().wait()

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:  # noqa: A002 - SDK interface
        return _Activities(next, self)

    def workflow_interceptor_class(self, _: WorkflowInterceptorClassInput) -> type[WorkflowInboundInterceptor]:
        name = self._point.partition("-")[0]
        _ShortTimeouts.activity = SUBMITTING_ACTIVITY if name == "submit" else name
        return _Workflows


class _Activities(ActivityInboundInterceptor):
    def __init__(self, following: ActivityInboundInterceptor, pause: Pause) -> None:
        super().__init__(following)
        self._pause = pause

    async def execute_activity(self, input: ExecuteActivityInput) -> Any:  # noqa: A002 - SDK interface
        return await self._pause.around(activity.info().activity_type, partial(super().execute_activity, input))


class _Workflows(WorkflowInboundInterceptor):
    def init(self, outbound: WorkflowOutboundInterceptor) -> None:
        super().init(_ShortTimeouts(outbound))


class _ShortTimeouts(WorkflowOutboundInterceptor):
    """Shortens the time-out of the activity in which the worker pauses."""

    activity: ClassVar[str]

    def start_activity(self, input: StartActivityInput) -> ActivityHandle[Any]:  # noqa: A002 - SDK interface
        if input.activity == self.activity:
            input.start_to_close_timeout = SHORT_TIMEOUT
        return super().start_activity(input)


def main(point: str, announcement: str) -> None:
    pause = Pause(point, Path(announcement))
    submit = Tmf622Carrier.submit

    async def paused_submit(self: Tmf622Carrier, order: Any) -> Any:
        return await pause.around("submit", partial(submit, self, order))

    Tmf622Carrier.submit = paused_submit  # type: ignore[method-assign] # patched for the test

    def paused_worker(*arguments: Any, interceptors: Sequence[Interceptor] = (), **settings: Any) -> Worker:
        settings["sticky_queue_schedule_to_start_timeout"] = timedelta(seconds=0.5)
        return Worker(*arguments, interceptors=[*interceptors, pause], **settings)

    worker.Worker = paused_worker  # type: ignore[attr-defined, assignment] # patched for the test
    asyncio.run(worker.main())


if __name__ == "__main__":
    main(*sys.argv[1:])
