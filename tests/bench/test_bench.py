"""The benchmark, in little: it runs to its end on all real parts, and says what it is asked for."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

LITTLE = ("--orders", "2", "--rounds", "1", "--park", "3", "--decisions", "2", "--in-flight", "2")


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_the_benchmark_runs_to_its_end_and_compares_the_order_with_the_engine(tmp_path: Path) -> None:
    file = tmp_path / "figures.json"
    run = subprocess.run(
        [sys.executable, "-m", "bench", *LITTLE, "--json", str(file)], capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
    figures = json.loads(file.read_text())
    assert {heat["kind"] for heat in figures["heats"]} == {"floor", "real", "tiny", "suspension", "reassignment"}
    assert all(ratio > 0 for ratio in figures["ratios"].values())
    assert (
        figures["costs"]["floor"]["actions"]
        <= figures["costs"]["real"]["actions"]
        < figures["costs"]["tiny"]["actions"]
    )
    assert "real/floor" in run.stdout
