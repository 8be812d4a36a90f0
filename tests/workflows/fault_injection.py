"""Makes activities fail, take long, or run twice."""

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from temporalio import activity
from temporalio.client import Interceptor as ClientInterceptor
from temporalio.exceptions import ApplicationError
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput, Interceptor


@dataclass
class FaultInjector(ClientInterceptor, Interceptor):
    """By activity name: `broken` fail at once and are not retried, `lost` do their work and fail, `slow` start late.

    `twice` runs every activity twice. `runs` counts.
    """

    broken: set[str] = field(default_factory=set)
    slow: dict[str, float] = field(default_factory=dict)
    lost: set[str] = field(default_factory=set)
    twice: bool = False
    runs: Counter[str] = field(default_factory=Counter)

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:  # noqa: A002 - as in the SDK
        return _Inbound(next, self)


class _Inbound(ActivityInboundInterceptor):
    def __init__(self, following: ActivityInboundInterceptor, faults: FaultInjector) -> None:
        super().__init__(following)
        self._faults = faults

    async def execute_activity(self, input: ExecuteActivityInput) -> Any:  # noqa: A002 - as in the SDK
        name, faults = activity.info().activity_type, self._faults
        faults.runs[name] += 1
        await asyncio.sleep(faults.slow.get(name, 0))
        if name in faults.lost:
            await super().execute_activity(input)
        if name in faults.broken | faults.lost:
            raise ApplicationError(f"{name} is broken", type="BROKEN", non_retryable=True)
        if faults.twice:
            await super().execute_activity(input)
        return await super().execute_activity(input)
