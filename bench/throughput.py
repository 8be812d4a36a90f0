"""Rounds of orders of each kind, one kind after the other so that the machine's moods hit all alike."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from bench.baseline.driver import Driver
from bench.baseline.replay import RecordedStep
from bench.environment import FLOOR, REAL, REASSIGNMENT, SUSPENSION, TINY, Environment
from bench.process_stats import cpu_seconds

T = TypeVar("T")
Carry = Callable[[], Awaitable[str]]
# What an order leaves behind when it is done: a workflow's end, a mail, a row of the outbox.
_AFTERMATH = 0.5


@dataclass(frozen=True, kw_only=True)
class Run:
    """One round of one kind: orders per second, per order milliseconds of processor by process, and statements."""

    kind: str
    per_second: float
    cpu: Mapping[str, float]
    statements: float | None
    ids: tuple[str, ...]

    @property
    def cpu_total(self) -> float:
        """Milliseconds of processor an order takes in all."""
        return sum(self.cpu.values())


class Track:
    """Where the kinds run; `beats` are what the floor does."""

    def __init__(self, ground: Environment, beats: Sequence[RecordedStep], *, in_flight: int) -> None:
        self._ground = ground
        self._in_flight = in_flight
        driver = Driver(client=ground.client, ear=ground.ear)
        self._carry: Mapping[str, Carry] = {
            FLOOR: lambda: driver.carry(beats),
            REAL: ground.houses[REAL].carry,
            TINY: ground.houses[TINY].carry,
            SUSPENSION: ground.houses[REAL].suspend,
            REASSIGNMENT: ground.houses[REAL].reassign,
        }

    async def heat(self, kind: str, orders: int) -> Run:
        """Run orders of one kind, so many at a time; it is over when their mails are sent."""
        before, statements, began = self._cpu(kind), await self._statements(kind), time.monotonic()
        ids = await at_once(self._carry[kind], orders, self._in_flight)
        if kind != FLOOR:
            await self._ground.house(kind).watcher.mails_sent()
        seconds = time.monotonic() - began
        await asyncio.sleep(_AFTERMATH)
        spent, said = self._cpu(kind), await self._statements(kind)
        return Run(
            kind=kind,
            per_second=orders / seconds,
            cpu={part: (spent[part] - before[part]) * 1000 / orders for part in before},
            statements=None if said is None or statements is None else (said - statements) / orders,
            ids=tuple(ids),
        )

    def _cpu(self, kind: str) -> dict[str, float]:
        watchers = [house.watcher.pid for house in self._ground.houses.values()]
        return {part: cpu_seconds(pid, but=watchers) for part, pid in self._ground.parts(kind).items()}

    async def _statements(self, kind: str) -> int | None:
        return None if kind == FLOOR else await self._ground.house(kind).watcher.statements()


async def at_once(work: Callable[[], Awaitable[T]], count: int, in_flight: int) -> list[T]:
    """Do it so often, so many at a time."""
    turns = asyncio.Semaphore(in_flight)

    async def one() -> T:
        async with turns:
            return await work()

    return await asyncio.gather(*(one() for _ in range(count)))
