"""The whole benchmark."""

import os
import sys
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass

from bench.environment import BARE, BASELINE, DBOS, ORDER, Environment, start_environment
from bench.instance import PlacedOrder
from bench.order_traffic import traffic_per_order
from bench.throughput import Run, repeat, run_orders
from bench.waiting_orders import DecisionTimes, SubmitRates, decide, open_rows, submit
from bench.watcher import DatabaseTraffic

# Until PostgreSQL has planned the statements of most connections.
_WARM_UP = 40
_COUNTED = 10


@dataclass(frozen=True, kw_only=True)
class BenchOptions:
    """`orders` are per round and kind."""

    orders: int
    rounds: int
    backlog: int
    decisions: int
    in_flight: int


@dataclass(frozen=True, kw_only=True)
class BenchResults:
    """`load` is that of the machine before. `without_dbos` is why there are no runs of DBOS, if so."""

    options: BenchOptions
    load: float
    runs: Sequence[Run]
    traffic: DatabaseTraffic
    submits: Sequence[SubmitRates]
    decisions: Sequence[DecisionTimes]
    without_dbos: str | None


async def measure(options: BenchOptions) -> BenchResults:
    load, *_ = os.getloadavg()
    log("starting PostgreSQL, Temporal and Dialtone")
    async with AsyncExitStack() as stack:
        environment = await stack.enter_async_context(start_environment())
        instance, driver = environment.instance, environment.baseline
        kinds = _kinds(environment)
        for work in kinds.values():
            await repeat(work, _WARM_UP, 1)
        runs = await _run_all(environment, kinds, options)
        log(f"{_COUNTED} orders one after another")
        traffic = await traffic_per_order(instance, _COUNTED)
        rows = await stack.enter_async_context(open_rows(instance))
        submits, placed = [], list[PlacedOrder]()
        for part in _parts(options.backlog, options.rounds):
            log(f"a backlog of {len(placed) + part} orders")
            rates, orders = await submit(instance, driver, rows, orders=part, in_flight=options.in_flight)
            submits.append(rates)
            placed += orders
        log(f"{options.decisions} decisions")
        return BenchResults(
            options=options,
            load=load,
            runs=runs,
            traffic=traffic,
            submits=submits,
            decisions=await decide(instance, driver, rows, placed[: options.decisions]),
            without_dbos=environment.without_dbos,
        )


def _kinds(environment: Environment) -> dict[str, Callable[[], Awaitable[object]]]:
    """What does one order of each kind."""
    kinds: dict[str, Callable[[], Awaitable[object]]] = {
        BASELINE: environment.baseline.run,
        ORDER: environment.instance.order_phone,
        BARE: environment.other.bare_work,
    }
    return kinds if environment.without_dbos else kinds | {DBOS: environment.other.dbos_order}


async def _run_all(
    environment: Environment, kinds: dict[str, Callable[[], Awaitable[object]]], options: BenchOptions
) -> list[Run]:
    """The kinds take turns, so that other load on the machine affects all alike."""
    runs = []
    for number in range(1, options.rounds + 1):
        for kind, work in kinds.items():
            log(f"{options.orders} of {kind}, round {number} of {options.rounds}")
            runs.append(await run_orders(environment, kind, work, count=options.orders, in_flight=options.in_flight))
    return runs


def _parts(total: int, parts: int) -> list[int]:
    """As equal as possible, and none empty."""
    parts = min(parts, total)
    return [len(range(number, total, parts)) for number in range(parts)]


def log(text: str) -> None:
    print(f"bench: {text} ...", file=sys.stderr, flush=True)
