from datetime import timedelta

import pytest

from api.attention import temporal_problems


@pytest.fixture(autouse=True)
def short_timeout(monkeypatch: pytest.MonkeyPatch) -> None:
    """Temporal is unreachable in these tests."""
    monkeypatch.setattr(temporal_problems, "TIMEOUT", timedelta(milliseconds=100))
