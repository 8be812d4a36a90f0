"""What orders of one kind cost, several at a time."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from bench.environment import Environment
from bench.process_stats import cpu_seconds

T = TypeVar("T")
# Work that continues after the last status: the end of the workflow, an email, an outbox row.
_SETTLE_SECONDS = 0.5


@dataclass(frozen=True, kw_only=True)
class Run:
    """Orders per second, and CPU milliseconds per order by process."""

    kind: str
    per_second: float
    cpu_ms: Mapping[str, float]

    @property
    def total_cpu_ms(self) -> float:
        return sum(self.cpu_ms.values())


async def run_orders(
    environment: Environment, kind: str, order: Callable[[], Awaitable[object]], *, count: int, in_flight: int
) -> Run:
    """Run `order` `count` times; it is over when all emails are sent."""
    cpu, began = _cpu(environment, kind), time.monotonic()
    await repeat(order, count, in_flight)
    await environment.instance.watcher.emails_sent()
    seconds = time.monotonic() - began
    await asyncio.sleep(_SETTLE_SECONDS)
    cpu_after = _cpu(environment, kind)
    return Run(
        kind=kind,
        per_second=count / seconds,
        cpu_ms={part: (cpu_after[part] - cpu[part]) * 1000 / count for part in cpu},
    )


async def repeat(work: Callable[[], Awaitable[T]], count: int, in_flight: int) -> list[T]:
    """Do the work `count` times, at most `in_flight` at once."""
    slots = asyncio.Semaphore(in_flight)

    async def limited() -> T:
        async with slots:
            return await work()

    return await asyncio.gather(*(limited() for _ in range(count)))


def _cpu(environment: Environment, kind: str) -> dict[str, float]:
    return {
        part: cpu_seconds(pid, exclude={environment.instance.watcher.pid})
        for part, pid in environment.parts(kind).items()
    }
