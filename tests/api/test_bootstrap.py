from dataclasses import replace

import pytest

from api import bootstrap
from models.registry import UnknownWordError
from tests.policies.sample_facts import NEW_LINE


def test_a_type_with_an_unknown_approval_plan_stops_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    types = {NEW_LINE.code: replace(NEW_LINE, approval="MANAGER_THEN_BUGDET")}
    monkeypatch.setattr(bootstrap, "order_types_by_code", lambda: types)
    with pytest.raises(UnknownWordError, match="did you mean 'MANAGER_THEN_BUDGET'"):
        bootstrap._catalog()
