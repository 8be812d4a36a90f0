"""Makes activities fail, take long, or run twice, for all orders or for one."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from temporalio import activity
from temporalio.client import Interceptor as ClientInterceptor
from temporalio.exceptions import ApplicationError
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput, Interceptor

from models.order import Order

# Whether the running activity has done its work before.
delivered_again: ContextVar[bool] = ContextVar("delivered_again", default=False)


@dataclass
class Faults:
    """By activity name: `broken` fail at once and are not retried, `lost` do their work and fail, `slow` start late.

    `held` start when their event is set. `after` is awaited when an activity has done its work, before Temporal knows.
    `spared` says how many runs of a broken activity succeed first. `twice` runs every activity twice. `runs` counts.
    """

    broken: set[str] = field(default_factory=set)
    spared: dict[str, int] = field(default_factory=dict)
    slow: dict[str, float] = field(default_factory=dict)
    held: dict[str, asyncio.Event] = field(default_factory=dict)
    lost: set[str] = field(default_factory=set)
    after: dict[str, Callable[[], Awaitable[None]]] = field(default_factory=dict)
    twice: bool = False
    runs: Counter[str] = field(default_factory=Counter)

    def breaks(self, name: str) -> bool:
        return name in self.broken and self.runs[name] > self.spared.get(name, 0)


@dataclass
class FaultInjector(Faults, ClientInterceptor, Interceptor):
    """The faults of all orders, except for those that have faults of their own."""

    _own: dict[str, Faults] = field(default_factory=dict)
    _finished: defaultdict[str, asyncio.Event] = field(default_factory=lambda: defaultdict(asyncio.Event))

    def of(self, order: Order) -> Faults:
        """From now on, this order has faults of its own."""
        return self._own.setdefault(order.workflow_id, Faults())

    def next_finished(self, order: Order) -> asyncio.Event:
        """Set when an activity of the order has finished after this call."""
        return self._finished[order.workflow_id]

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:  # noqa: A002 - as in the SDK
        return _Inbound(next, self)


class _Inbound(ActivityInboundInterceptor):
    def __init__(self, following: ActivityInboundInterceptor, faults: FaultInjector) -> None:
        super().__init__(following)
        self._faults = faults

    async def execute_activity(self, input: ExecuteActivityInput) -> Any:  # noqa: A002 - as in the SDK
        workflow_id = activity.info().workflow_id or ""
        try:
            return await self._execute(input, self._faults._own.get(workflow_id, self._faults))
        finally:
            self._faults._finished.pop(workflow_id, asyncio.Event()).set()

    async def _execute(self, input: ExecuteActivityInput, faults: Faults) -> Any:  # noqa: A002 - as in the SDK
        name = activity.info().activity_type
        faults.runs[name] += 1
        await asyncio.sleep(faults.slow.get(name, 0))
        if released := faults.held.get(name):
            await released.wait()
        if name in faults.lost:
            await super().execute_activity(input)
        if faults.breaks(name) or name in faults.lost:
            raise ApplicationError(f"{name} is broken", type="BROKEN", non_retryable=True)
        if faults.twice:
            await super().execute_activity(input)
            delivered_again.set(True)
        result = await super().execute_activity(input)
        if after := faults.after.get(name):
            await after()
        return result
