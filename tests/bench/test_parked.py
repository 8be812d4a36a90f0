"""Orders that wait while their worker is killed, with few orders."""

import json
from pathlib import Path
from statistics import median

import pytest

from tests.bench.running import run_program


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_orders_that_wait_while_their_worker_is_killed_are_decided_and_replayed(tmp_path: Path) -> None:
    file = tmp_path / "parked.json"
    printed = run_program("bench.parked", "--orders", "5", "--json", str(file))
    results = json.loads(file.read_text())
    assert (results["parked"], len(results["replayed"])) == (5, 5)
    assert 0 < results["decision_answered"] <= results["decision_shown"] <= median(results["replayed"])
    assert "5 orders replayed" in printed
    assert "the time was up" not in printed


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_orders_that_are_not_all_there_in_time_are_counted(tmp_path: Path) -> None:
    printed = run_program("bench.parked", "--orders", "500", "--seconds", "20", "--json", str(tmp_path / "parked.json"))
    assert "of 500 orders wait for approval" in printed
    assert printed.endswith("stopped, because the time was up\n")
