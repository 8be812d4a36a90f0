"""Makes activities fail, dawdle, or run twice, where a test says so."""

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from temporalio import activity
from temporalio.client import Interceptor as ClientInterceptor
from temporalio.exceptions import ApplicationError
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput, Interceptor


@dataclass
class Saboteur(ClientInterceptor, Interceptor):
    """`broken` names activities that fail for good till they are taken out; `twice` delivers everything twice.

    `slow` names activities that wait so many seconds before they begin, `lost` those that do their work and fail.
    """

    broken: set[str] = field(default_factory=set)
    slow: dict[str, float] = field(default_factory=dict)
    lost: set[str] = field(default_factory=set)
    twice: bool = False
    runs: Counter[str] = field(default_factory=Counter)

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:  # noqa: A002
        return _Inbound(next, self)


class _Inbound(ActivityInboundInterceptor):
    def __init__(self, following: ActivityInboundInterceptor, saboteur: Saboteur) -> None:
        super().__init__(following)
        self._saboteur = saboteur

    async def execute_activity(self, input: ExecuteActivityInput) -> Any:  # noqa: A002
        name = activity.info().activity_type
        self._saboteur.runs[name] += 1
        await asyncio.sleep(self._saboteur.slow.get(name, 0))
        if name in self._saboteur.lost:
            await super().execute_activity(input)
        if name in self._saboteur.broken | self._saboteur.lost:
            raise ApplicationError(f"{name} is broken", type="BROKEN", non_retryable=True)
        if self._saboteur.twice:
            await super().execute_activity(input)
        return await super().execute_activity(input)
