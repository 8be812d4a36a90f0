"""The results as Markdown tables to read and as a JSON document."""

import os
import platform
import statistics
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from bench.environment import KINDS, ORDER
from bench.goals import Figure, figures
from bench.measure import BenchResults
from bench.throughput import Run


def document(results: BenchResults) -> dict[str, Any]:
    header = {"at": datetime.now(UTC).isoformat(timespec="seconds"), "machine": machine(results.load)}
    return header | {"figures": [asdict(figure) for figure in figures(results)]} | asdict(results)


def tables(results: BenchResults) -> str:
    options = results.options
    head = (
        f"Measured on {machine(results.load)}: {options.rounds} times {options.orders} "
        f"orders of each kind, {options.in_flight} at a time, then {options.backlog} waiting; medians."
    )
    return "\n\n".join((head, goals_table(figures(results)), _cpu_table(results.runs)))


def goals_table(rows: Iterable[Figure]) -> str:
    return _table(
        ("figure", "goal", "stretch", "measured", "", "from"),
        (
            (
                figure.name,
                f"{figure.bound} {figure.goal:g}",
                f"{figure.stretch:g}",
                "–" if figure.measured is None else f"{figure.measured:.2f}",
                figure.verdict,
                figure.note,
            )
            for figure in rows
        ),
    )


def _cpu_table(runs: Sequence[Run]) -> str:
    """The columns are the kinds; what doesn't work on a kind is left empty."""
    columns = [[_row_values(run) for run in runs if run.kind == kind] for kind in KINDS]
    return _table(("per order", *KINDS), ((name, *_medians(columns, name)) for name in columns[KINDS.index(ORDER)][0]))


def _medians(columns: Sequence[Sequence[Mapping[str, float]]], name: str) -> Iterator[str]:
    for runs in columns:
        values = [run[name] for run in runs if name in run]
        yield f"{statistics.median(values):.1f}" if values else ""


def _row_values(run: Run) -> dict[str, float]:
    parts = {f"{part}, CPU ms": ms for part, ms in run.cpu_ms.items()}
    return parts | {"all, CPU ms": run.total_cpu_ms, "orders per second": run.per_second}


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def machine(load: float) -> str:
    """The day and the machine, with its load before."""
    cores = f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"
    return f"{datetime.now(UTC):%Y-%m-%d}, {cores}, load {load:.1f} before"
