from dataclasses import replace

import pytest

from api.bootstrap import resolve_words
from models.registry import UnknownWordError
from tests.policies.sample_facts import NEW_LINE


def test_an_unknown_approval_plan_stops_the_process() -> None:
    with pytest.raises(UnknownWordError, match="did you mean 'MANAGER_THEN_BUDGET'"):
        resolve_words([replace(NEW_LINE, approval="MANAGER_THEN_BUGDET")])
