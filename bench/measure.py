"""The whole benchmark."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass

from bench.backlog import BacklogResult, bare_submits_per_second, measure_backlog
from bench.baseline.driver import BaselineDriver
from bench.baseline.replay import recorded_steps
from bench.environment import BASELINE, ORDER, REASSIGNMENT, SUSPENSION, Environment, start_environment
from bench.throughput import Run, repeat, run_orders

_WARM_UP = 5


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
    """`idle` is a backlog no larger than the number of decisions."""

    options: BenchOptions
    runs: Sequence[Run]
    idle: BacklogResult
    backlog: BacklogResult
    bare_submits_per_second: float


async def measure(options: BenchOptions) -> BenchResults:
    _log("starting PostgreSQL, Temporal and Dialtone")
    async with start_environment() as environment:
        instance, decided = environment.instance, options.decisions
        driver = await _warm_up(environment)
        runs = await _run_all(environment, driver, options)
        _log(f"{decided} decisions")
        idle = await measure_backlog(instance, driver, orders=decided, decided=decided, in_flight=1)
        _log(f"a backlog of {options.backlog} orders")
        return BenchResults(
            options=options,
            runs=runs,
            idle=idle,
            bare_submits_per_second=await bare_submits_per_second(instance, driver, options.backlog, options.in_flight),
            backlog=await measure_backlog(
                instance, driver, orders=options.backlog, decided=decided, in_flight=options.in_flight
            ),
        )


async def _warm_up(environment: Environment) -> BaselineDriver:
    """Complete a few orders of both kinds; the baseline repeats the steps of the last one."""
    workflow_ids = await repeat(environment.instance.order_phone, _WARM_UP, 1)
    await environment.instance.watcher.emails_sent()
    handle = environment.client.get_workflow_handle(workflow_ids[-1])
    steps = await recorded_steps(handle.fetch_history_events())
    driver = BaselineDriver(client=environment.client, listener=environment.listener, steps=steps)
    await repeat(driver.run, _WARM_UP, 1)
    return driver


async def _run_all(environment: Environment, driver: BaselineDriver, options: BenchOptions) -> list[Run]:
    instance = environment.instance
    # Baseline and order take turns, so that other load on the machine affects both alike.
    turns = [(BASELINE, driver.run), (ORDER, instance.order_phone)] * options.rounds
    # In this order, since a reassigned line can be suspended.
    turns += [(REASSIGNMENT, instance.reassign), (SUSPENSION, instance.suspend)]
    runs = []
    for number, (kind, order) in enumerate(turns, start=1):
        _log(f"{options.orders} orders of kind {kind}, run {number} of {len(turns)}")
        await instance.load_lines()
        run = await run_orders(environment, kind, order, count=options.orders, in_flight=options.in_flight)
        runs.append(run)
    return runs


def _log(text: str) -> None:
    print(f"bench: {text} ...", file=sys.stderr, flush=True)
