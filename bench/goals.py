"""The figures that are tracked, with their goals."""

import operator
import statistics
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from bench.environment import BARE, BASELINE, DBOS, ORDER, TEMPORAL
from bench.measure import BenchResults
from bench.throughput import Run

AT_MOST, AT_LEAST = "≤", "≥"
_COMPARE = {AT_MOST: operator.le, AT_LEAST: operator.ge}


@dataclass(frozen=True, kw_only=True)
class Figure:
    """`measured` is None if it could not be measured, and `note` says why; else `note` says from what it results."""

    name: str
    bound: str
    goal: float
    stretch: float
    measured: float | None
    note: str

    @property
    def verdict(self) -> str:
        if self.measured is None:
            return "not measured"
        if _COMPARE[self.bound](self.measured, self.stretch):
            return "met, stretch too"
        return "met" if _COMPARE[self.bound](self.measured, self.goal) else "**missed**"


def figures(results: BenchResults) -> list[Figure]:
    return [*_cpu_figures(results), *_traffic_figures(results), *_waiting_figures(results)]


def _cpu_figures(results: BenchResults) -> list[Figure]:
    runs = results.runs
    cpu = {kind: statistics.median(run.total_cpu_ms for run in runs if run.kind == kind) for kind in _kinds(runs)}
    dbos = _per_round(runs, _cpu(ORDER), _cpu(DBOS)) if DBOS in cpu else None
    temporal = [_median(runs, kind, TEMPORAL) for kind in (ORDER, BASELINE)]
    return [
        Figure(
            name="CPU: order ÷ (baseline + bare work)",
            bound=AT_MOST,
            goal=2.0,
            stretch=1.6,
            measured=_per_round(runs, _cpu(ORDER), _cpu(BASELINE, BARE)),
            note=f"{cpu[ORDER]:.0f} ms ÷ ({cpu[BASELINE]:.0f} + {cpu[BARE]:.0f})",
        ),
        Figure(
            name="CPU: baseline ÷ order",
            bound=AT_LEAST,
            goal=0.35,
            stretch=0.42,
            measured=_per_round(runs, _cpu(BASELINE), _cpu(ORDER)),
            note=f"{cpu[BASELINE]:.0f} ms ÷ {cpu[ORDER]:.0f}",
        ),
        Figure(
            name="CPU of Temporal: order ÷ baseline",
            bound=AT_MOST,
            goal=1.3,
            stretch=1.15,
            measured=_per_round(runs, _cpu(ORDER, part=TEMPORAL), _cpu(BASELINE, part=TEMPORAL)),
            note="{:.0f} ms ÷ {:.0f}".format(*temporal),
        ),
        Figure(
            name="CPU: order ÷ order with DBOS",
            bound=AT_MOST,
            goal=4,
            stretch=3,
            measured=dbos,
            note=results.without_dbos or f"{cpu[ORDER]:.0f} ms ÷ {cpu[DBOS]:.0f}",
        ),
    ]


def _traffic_figures(results: BenchResults) -> list[Figure]:
    counted = (
        ("SQL statements of an order", 160, 110, results.traffic.statements),
        ("transactions of an order", 35, 25, results.traffic.transactions),
        ("durable commits of an order", 30, 22, results.traffic.durable_commits),
    )
    return [
        Figure(name=name, bound=AT_MOST, goal=goal, stretch=stretch, measured=measured, note="")
        for name, goal, stretch, measured in counted
    ]


def _waiting_figures(results: BenchResults) -> list[Figure]:
    bare, answered, shown = (
        statistics.median(getattr(decision, name) for decision in results.decisions)
        for name in ("bare_ms", "answered_ms", "shown_ms")
    )
    submits = results.submits
    product, least = (statistics.median(getattr(rates, name) for rates in submits) for name in ("product", "bare"))
    return [
        Figure(
            name="approve, p50: answered ÷ bare update and durable commit",
            bound=AT_MOST,
            goal=1.8,
            stretch=1.5,
            measured=answered / bare,
            note=f"{answered:.0f} ms ÷ {bare:.0f}; shown after {shown:.0f}",
        ),
        Figure(
            name="submit: orders per second ÷ bare inserts with a start",
            bound=AT_LEAST,
            goal=0.5,
            stretch=0.7,
            measured=statistics.median(rates.product / rates.bare for rates in submits),
            note=f"{product:.0f} ÷ {least:.0f}",
        ),
    ]


def _kinds(runs: Sequence[Run]) -> set[str]:
    return {run.kind for run in runs}


def _median(runs: Sequence[Run], kind: str, part: str) -> float:
    return statistics.median(run.cpu_ms[part] for run in runs if run.kind == kind)


def _cpu(*kinds: str, part: str = "") -> Callable[[Iterable[Run]], float]:
    """Takes the runs of a round, and returns the CPU time of these kinds together."""
    return lambda runs: sum(run.cpu_ms[part] if part else run.total_cpu_ms for run in runs if run.kind in kinds)


def _per_round(
    runs: Sequence[Run], of: Callable[[Iterable[Run]], float], to: Callable[[Iterable[Run]], float]
) -> float:
    """The median of the ratio over the rounds."""
    size = len(_kinds(runs))
    rounds = [runs[start : start + size] for start in range(0, len(runs), size)]
    return statistics.median(of(one) / to(one) for one in rounds)
