"""How long a decision takes, beside a bare update of a workflow that waits in the same way."""

import asyncio
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from time import perf_counter

from bench.baseline.driver import Driver
from bench.baseline.replay import RecordedStep
from bench.baseline.workflow import Floor
from bench.instance import Instance, Placed
from bench.watcher import BenchStatus
from models.lifecycle import FINAL, Status

_DECIDED = frozenset(Status) - FINAL - {Status.VALIDATING, Status.AWAITING_APPROVAL}
_HUNDREDTH = 100


@dataclass(frozen=True, kw_only=True)
class Spread:
    """Half and all but a hundredth of the tries took no longer than this, in milliseconds."""

    p50: float
    p99: float

    @classmethod
    def of(cls, seconds: Sequence[float]) -> "Spread":
        """The spread of what was measured."""
        cuts = statistics.quantiles(seconds, n=_HUNDREDTH, method="inclusive")
        return cls(p50=1000 * statistics.median(seconds), p99=1000 * cuts[-1])


@dataclass(frozen=True, kw_only=True)
class Decisions:
    """Till the API answers with the order's next state, till the order's row shows it, and the bare update."""

    answered: Spread
    shown: Spread
    bare: Spread


async def decisions(
    house: Instance, driver: Driver, beats: Sequence[RecordedStep], waiting: Sequence[tuple[Placed, BenchStatus]]
) -> Decisions:
    """Approve these orders one after the other, each beside a bare update."""
    before = beats[: next(number for number, beat in enumerate(beats) if beat.message)]
    answered, shown, bare = [], [], []
    for order, asked in waiting:
        bare.append(await _bare(driver, before))
        said, seen = await _approve(house, order, asked)
        answered.append(said)
        shown.append(seen)
    return Decisions(answered=Spread.of(answered), shown=Spread.of(shown), bare=Spread.of(bare))


async def _bare(driver: Driver, beats: Sequence[RecordedStep]) -> float:
    handle = await driver.waiting(beats)
    began = perf_counter()
    await handle.execute_update(Floor.say)
    return perf_counter() - began


async def _approve(house: Instance, order: Placed, asked: BenchStatus) -> tuple[float, float]:
    began = perf_counter()
    showing = asyncio.create_task(house.watcher.reached(order.id, *_DECIDED))
    await house.approve(asked)
    answered = perf_counter() - began
    await showing
    shown = perf_counter() - began
    await house.activated(order)
    await house.watcher.mails_sent()
    return answered, shown
