"""The recorded work of an order."""

from pathlib import Path

import pytest

from bench.bare import work as work_file
from bench.bare.work import Work, keep_work, recorded_work


def test_the_recorded_work_is_that_of_a_whole_order() -> None:
    work = recorded_work()
    people, carrier = len(("submit", "approve", "activate")), len(("shipped", "activated"))
    assert len(work.requests) >= people + carrier
    assert len(work.calls) >= len(("place", "activate"))
    assert work.emails
    assert 0 < sum(one.durable for one in work.transactions) < len(work.transactions) < work.statements


def test_what_is_recorded_is_read_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    recorded = recorded_work()
    monkeypatch.setattr(work_file, "_FILE", tmp_path / "work.json")
    keep_work(recorded)
    assert recorded_work() == recorded
    keep_work(Work(transactions=[], requests=[], calls=[], emails=[]))
    assert not recorded_work().transactions
