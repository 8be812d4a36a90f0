"""An undelivered message waits twice as long after each attempt, at most about 30 seconds."""

from datetime import timedelta

import pytest

from outbox.retry_delay import retry_delay


@pytest.mark.parametrize(
    ("attempts", "seconds"), [(1, 0.5), (2, 1), (3, 2), (6, 16), (7, 30), (8, 30), (12, 30), (100_000, 30)]
)
def test_the_delay_doubles_up_to_its_maximum(monkeypatch: pytest.MonkeyPatch, attempts: int, seconds: float) -> None:
    monkeypatch.setattr("random.random", lambda: 0.5)
    assert retry_delay(attempts) == timedelta(seconds=seconds)


@pytest.mark.parametrize(("random", "seconds"), [(0, 15), (1, 45)])
def test_jitter_changes_even_the_longest_delay_by_up_to_half(
    monkeypatch: pytest.MonkeyPatch, random: float, seconds: float
) -> None:
    monkeypatch.setattr("random.random", lambda: random)
    assert retry_delay(20) == timedelta(seconds=seconds)
