"""The whole benchmark, with few orders."""

import json
import subprocess
import sys
from pathlib import Path
from statistics import fmean

import pytest

OPTIONS = ("--orders", "2", "--rounds", "1", "--backlog", "3", "--decisions", "2", "--in-flight", "2")


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_the_benchmark_compares_the_order_with_the_baseline(tmp_path: Path) -> None:
    file = tmp_path / "figures.json"
    run = subprocess.run(
        [sys.executable, "-m", "bench", *OPTIONS, "--json", str(file)], capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
    figures = json.loads(file.read_text())
    actions = {run["kind"]: fmean(cost["actions"] for cost in run["costs"]) for run in figures["runs"]}
    assert actions.keys() == {"baseline", "order", "suspension", "reassignment"}
    assert all(ratio > 0 for ratio in figures["ratios"].values())
    assert actions["baseline"] <= actions["order"]
    assert "baseline / order, CPU" in run.stdout
