"""The whole benchmark, with few orders."""

import json
from pathlib import Path

import pytest

from bench.dbos_order.availability import missing
from bench.environment import KINDS
from tests.bench.running import run_program

OPTIONS = ("--orders", "2", "--rounds", "1", "--backlog", "3", "--decisions", "2", "--in-flight", "2")


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_the_benchmark_measures_every_figure(tmp_path: Path) -> None:
    file = tmp_path / "figures.json"
    printed = run_program("bench", *OPTIONS, "--json", str(file))
    results = json.loads(file.read_text())
    unmeasured = [figure["note"] for figure in results["figures"] if not figure["measured"]]
    assert unmeasured == ([missing()] if missing() else [])
    assert {run["kind"] for run in results["runs"]} == {*KINDS} - ({"DBOS"} if missing() else set())
    assert "| CPU: order ÷ (baseline + bare work) | ≤ 2 |" in printed
