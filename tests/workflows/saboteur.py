"""Makes activities fail, or run twice, where a test says so."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from temporalio import activity
from temporalio.client import Interceptor as ClientInterceptor
from temporalio.exceptions import ApplicationError
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput, Interceptor


@dataclass
class Saboteur(ClientInterceptor, Interceptor):
    """`broken` names activities that fail for good till they are taken out; `twice` delivers everything twice."""

    broken: set[str] = field(default_factory=set)
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
        if name in self._saboteur.broken:
            raise ApplicationError(f"{name} is broken", type="BROKEN", non_retryable=True)
        if self._saboteur.twice:
            await super().execute_activity(input)
        return await super().execute_activity(input)
