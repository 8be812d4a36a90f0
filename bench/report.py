"""What was measured, as a table to read and as a document to keep."""

import os
import platform
import statistics
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from bench.backlog import Parking
from bench.environment import FLOOR, KINDS, OTHERS, REAL, TINY
from bench.latency import Decisions
from bench.measure import Findings
from bench.throughput import Run

_PARTS = ("server", "worker", "api", "database", "mail", "simulator")
_COLUMNS = (*KINDS, *OTHERS)
_NAMES = {FLOOR: "engine floor", REAL: "real order", TINY: "tiny steps"}


def document(findings: Findings) -> dict[str, Any]:
    """Everything, with the ratios on top."""
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": _machine(),
        "ratios": ratios(findings),
    } | {
        **asdict(findings),
        "heats": [{**asdict(heat), "ids": len(heat.ids)} for heat in findings.heats],
    }


def ratios(findings: Findings) -> dict[str, float]:
    """What the aims are about: medians over the rounds."""
    idle, parked = findings.idle, findings.parking.decisions
    return {
        "real/floor": _pairwise(findings.heats, FLOOR, _speed),
        "real/tiny": _pairwise(findings.heats, TINY, _speed),
        "real/floor by processor time": 1 / _pairwise(findings.heats, FLOOR, _cpu),
        "real/tiny by processor time": 1 / _pairwise(findings.heats, TINY, _cpu),
        "approve/update": idle.answered.p50 / idle.bare.p50,
        "approve/update among the parked": parked.answered.p50 / parked.bare.p50,
        "submit/insert": findings.parking.answered_per_second / findings.inserts_per_second,
    }


def table(findings: Findings) -> str:
    """The same for people."""
    return "\n".join(_lines(findings))


def _lines(findings: Findings) -> Iterator[str]:
    yield f"{_machine()}, {datetime.now(UTC):%Y-%m-%d %H:%M} UTC"
    yield (
        f"{findings.options.rounds} rounds of {findings.options.orders} orders of each kind, "
        f"{findings.options.in_flight} at a time; medians"
    )
    yield ""
    yield _row("", *(_NAMES.get(kind, kind) for kind in _COLUMNS))
    yield _row("orders/s", *(f"{_median(findings, kind, _speed):.1f}" for kind in _COLUMNS))
    yield _row("CPU ms per order", *(f"{_median(findings, kind, _cpu):.0f}" for kind in _COLUMNS))
    for part in _PARTS:
        yield _row(f"  {part}", *(_cell(findings, kind, part) for kind in _COLUMNS))
    yield _row("SQL statements", "-", *(f"{_median(findings, kind, _said):.0f}" for kind in _COLUMNS[1:]))
    for name in ("events", "actions", "kib"):
        yield _row(name, *(f"{getattr(findings.costs[kind], name):.1f}" for kind in _COLUMNS))
    yield ""
    yield from _decisions("approve, quiet", findings.idle)
    yield from _decisions(f"approve among {findings.parking.orders} parked", findings.parking.decisions)
    yield ""
    yield from _parking(findings.parking, findings.inserts_per_second)
    yield ""
    yield from (f"{name:36}{value:8.2f}" for name, value in ratios(findings).items())


def _decisions(title: str, found: Decisions) -> Iterator[str]:
    yield f"{title}: ms, p50 / p99"
    for name in ("bare", "answered", "shown"):
        spread = getattr(found, name)
        yield f"  {name:34}{spread.p50:8.1f} /{spread.p99:8.1f}"


def _parking(found: Parking, inserts_per_second: float) -> Iterator[str]:
    yield f"{found.orders} orders parked"
    yield f"  bare inserts per second           {inserts_per_second:8.0f}"
    yield f"  requests answered per second      {found.answered_per_second:8.1f}"
    yield f"  workflows started per second      {found.started_per_second:8.1f}"
    for part, full in found.full.items():
        yield f"  {part + ' MB, before and after':34}{found.empty[part]:8.0f}{full:8.0f}"
    yield f"  seconds to finish the rest        {found.finish_seconds:8.0f}"


def _row(name: str, *cells: str) -> str:
    return f"{name:20}" + "".join(f"{cell:>14}" for cell in cells)


def _cell(findings: Findings, kind: str, part: str) -> str:
    found = [heat.cpu[part] for heat in findings.heats if heat.kind == kind and part in heat.cpu]
    return f"{statistics.median(found):.0f}" if found else "-"


def _median(findings: Findings, kind: str, what: Callable[[Run], float]) -> float:
    return statistics.median(what(heat) for heat in findings.heats if heat.kind == kind)


def _pairwise(heats: Sequence[Run], other: str, what: Callable[[Run], float]) -> float:
    """The median over the rounds of the real order's measure over the other kind's."""
    by_kind: Mapping[str, list[float]] = {
        kind: [what(heat) for heat in heats if heat.kind == kind] for kind in (REAL, other)
    }
    return statistics.median(real / rival for real, rival in zip(by_kind[REAL], by_kind[other], strict=True))


def _speed(heat: Run) -> float:
    return heat.per_second


def _cpu(heat: Run) -> float:
    return heat.cpu_total


def _said(heat: Run) -> float:
    return heat.statements or 0


def _machine() -> str:
    return f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"
