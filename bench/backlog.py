"""Many orders that wait for their approval: how fast they come in, what they take, how the others fare among them."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bench.baseline.driver import Driver
from bench.baseline.replay import RecordedStep
from bench.environment import REAL, Environment
from bench.instance import Instance, Placed
from bench.latency import Decisions, decisions
from bench.process_stats import megabytes
from bench.throughput import at_once
from bench.watcher import BenchStatus
from models.lifecycle import Status

_MEMORY = ("server", "worker", "database")
Waiting = tuple[Placed, BenchStatus]


@dataclass(frozen=True, kw_only=True)
class Parking:
    """Requests answered and workflows started per second, megabytes before and with all parked, and how it ended."""

    orders: int
    answered_per_second: float
    started_per_second: float
    empty: Mapping[str, float]
    full: Mapping[str, float]
    decisions: Decisions
    finish_seconds: float


async def park(
    ground: Environment, beats: Sequence[RecordedStep], *, orders: int, decided: int, in_flight: int
) -> Parking:
    """Park orders, decide some one by one, then finish all others as fast as it goes."""
    house, driver = ground.houses[REAL], Driver(client=ground.client, ear=ground.ear)
    empty, began = _memory(ground), time.monotonic()
    placed = await at_once(house.place, orders, in_flight)
    answered = time.monotonic() - began
    waiting = await asking(house, placed)
    started = time.monotonic() - began
    await house.watcher.mails_sent()
    full = _memory(ground)
    found = await decisions(house, driver, beats, waiting[:decided])
    finish_seconds = await _finish(house, waiting[decided:], in_flight)
    return Parking(
        orders=orders,
        answered_per_second=orders / answered,
        started_per_second=orders / started,
        empty=empty,
        full=full,
        decisions=found,
        finish_seconds=finish_seconds,
    )


async def asking(house: Instance, placed: Sequence[Placed]) -> list[Waiting]:
    """These orders, once all of them wait for their approval."""
    standing = await asyncio.gather(*(house.watcher.reached(one.id, Status.AWAITING_APPROVAL) for one in placed))
    return list(zip(placed, standing, strict=True))


async def _finish(house: Instance, waiting: Sequence[Waiting], in_flight: int) -> float:
    left, began = iter(waiting), time.monotonic()

    async def finish() -> None:
        await house.finish(*next(left))

    await at_once(finish, len(waiting), in_flight)
    await house.watcher.mails_sent()
    return time.monotonic() - began


def _memory(ground: Environment) -> Mapping[str, float]:
    return {part: megabytes(pid) for part, pid in ground.parts(REAL).items() if part in _MEMORY}
