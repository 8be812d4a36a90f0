"""What orders of one kind cost, several at a time."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from bench.environment import PRODUCT, Environment
from bench.histories import Cost, cost_of
from bench.process_stats import cpu_seconds

T = TypeVar("T")
# Work that continues after the last status: the end of the workflow, an email, an outbox row.
_SETTLE_SECONDS = 0.5


@dataclass(frozen=True, kw_only=True)
class Run:
    """Per order: CPU milliseconds by process, SQL statements, and what the workflow cost Temporal."""

    kind: str
    per_second: float
    cpu_ms: Mapping[str, float]
    statements: float
    costs: Sequence[Cost]

    @property
    def product_cpu_ms(self) -> float:
        return sum(ms for part, ms in self.cpu_ms.items() if part in PRODUCT)


async def run_orders(
    environment: Environment, kind: str, order: Callable[[], Awaitable[str]], *, count: int, in_flight: int
) -> Run:
    """Run `order`, which returns the workflow id, `count` times; it is over when all emails are sent."""
    watcher = environment.instance.watcher
    cpu, statements, began = _cpu(environment, kind), await watcher.statements(), time.monotonic()
    workflow_ids = await repeat(order, count, in_flight)
    await watcher.emails_sent()
    seconds = time.monotonic() - began
    await asyncio.sleep(_SETTLE_SECONDS)
    cpu_after, statements_after = _cpu(environment, kind), await watcher.statements()
    return Run(
        kind=kind,
        per_second=count / seconds,
        cpu_ms={part: (cpu_after[part] - cpu[part]) * 1000 / count for part in cpu},
        statements=(statements_after - statements) / count,
        costs=[await cost_of(environment.client.get_workflow_handle(key)) for key in workflow_ids],
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
