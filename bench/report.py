"""The results as a table to read and as a JSON document."""

import os
import platform
import statistics
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from bench.backlog import BacklogResult
from bench.environment import BASELINE, KINDS, ORDER
from bench.measure import BenchResults
from bench.throughput import Run


def document(results: BenchResults) -> dict[str, Any]:
    header = {"at": datetime.now(UTC).isoformat(timespec="seconds"), "machine": _machine()}
    return header | {"ratios": ratios(results)} | asdict(results)


def ratios(results: BenchResults) -> dict[str, float]:
    return {
        "baseline / order, CPU": 1 / _order_to_baseline(results, lambda run: run.product_cpu_ms),
        "order / baseline, Temporal CPU": _order_to_baseline(results, lambda run: run.cpu_ms["Temporal"]),
        "order / baseline, orders per second": _order_to_baseline(results, lambda run: run.per_second),
        "approve / bare update": _approve_to_update(results.idle),
        "approve / bare update, with backlog": _approve_to_update(results.backlog),
        "submit / bare submit": results.backlog.submits_per_second / results.bare_submits_per_second,
    }


def table(results: BenchResults) -> str:
    options = results.options
    lines = [
        _machine(),
        f"{options.rounds} rounds of {options.orders} orders, {options.in_flight} at a time; medians",
        "",
        *_kinds(results),
        "",
        *_decisions(results.idle),
        *_decisions(results.backlog),
        "",
        f"{'submits per second':36}{results.backlog.submits_per_second:8.1f}",
        f"{'bare submits per second':36}{results.bare_submits_per_second:8.1f}",
        "",
        *(f"{name:36}{value:8.2f}" for name, value in ratios(results).items()),
    ]
    return "\n".join(lines)


def _kinds(results: BenchResults) -> list[str]:
    columns = [[_figures(run) for run in results.runs if run.kind == kind] for kind in KINDS]
    lines = [" " * 20 + "".join(f"{kind:>14}" for kind in KINDS)]
    for name in columns[KINDS.index(ORDER)][0]:
        cells = (f"{statistics.median(run[name] for run in runs):.1f}" if name in runs[0] else "-" for runs in columns)
        lines.append(f"{name:20}" + "".join(f"{cell:>14}" for cell in cells))
    return lines


def _figures(run: Run) -> dict[str, float]:
    statements = {"SQL statements": run.statements} if run.kind != BASELINE else {}
    return {
        "orders per second": run.per_second,
        "CPU ms per order": run.product_cpu_ms,
        **{f"  {part}": ms for part, ms in run.cpu_ms.items()},
        **statements,
        "history events": statistics.mean(cost.events for cost in run.costs),
        "billable actions": statistics.mean(cost.actions for cost in run.costs),
        "history KiB": statistics.mean(cost.kib for cost in run.costs),
    }


def _decisions(backlog: BacklogResult) -> list[str]:
    lines = [f"approve, {backlog.orders} orders waiting: ms, p50 / p99"]
    for name in ("bare_ms", "answered_ms", "shown_ms"):
        times = [getattr(decision, name) for decision in backlog.decisions]
        cuts = statistics.quantiles(times, n=100, method="inclusive")
        lines.append(f"  {name.removesuffix('_ms'):34}{cuts[49]:8.1f} /{cuts[98]:8.1f}")
    return lines


def _order_to_baseline(results: BenchResults, figure: Callable[[Run], float]) -> float:
    """The median over the rounds."""
    orders, baselines = ([figure(run) for run in results.runs if run.kind == kind] for kind in (ORDER, BASELINE))
    return statistics.median(order / baseline for order, baseline in zip(orders, baselines, strict=True))


def _approve_to_update(backlog: BacklogResult) -> float:
    answered = statistics.median(decision.answered_ms for decision in backlog.decisions)
    return answered / statistics.median(decision.bare_ms for decision in backlog.decisions)


def _machine() -> str:
    return f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"
