from collections.abc import Mapping
from typing import Any

from models.facts import Facts
from models.questions.suspension import SUSPEND_REASON
from models.suspension_reason import REASONS
from policies.default_answer import DefaultAnswer


def _billing(_: Facts, answers: Mapping[str, Any]) -> bool:
    """Whether billing continues while the line is suspended; it does until a reason is chosen."""
    return next((one.billed for one in REASONS if one.code == SUSPEND_REASON.of(answers)), True)


BILLING = DefaultAnswer(code="billing", compute=_billing)
