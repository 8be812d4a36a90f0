from collections.abc import Mapping
from typing import Any

from models.facts import Facts
from policies.default_answer import DefaultAnswer
from policies.start_date import PLAN_START


def _plan_starts(facts: Facts, _: Mapping[str, Any]) -> str:
    """On the start date if one is given, else as the policy says, as far as the billing cycle is known."""
    if facts.effective_on:
        return PLAN_START.on_date
    wanted = facts.policy.plan_starts
    is_unknown = wanted == PLAN_START.with_cycle and PLAN_START.shared_day(facts) is None
    return PLAN_START.at_once if is_unknown else wanted


PLAN_STARTS = DefaultAnswer(code="plan_starts", compute=_plan_starts)
