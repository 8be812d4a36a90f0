from collections.abc import Mapping
from typing import Any

from models.facts import Facts
from models.questions.suspension import SUSPEND_REASON
from policies.default_answer import DefaultAnswer

_WITHOUT_BILLING = frozenset({"seasonal", "vacation", "separation", "military"})


def _billing(_: Facts, answers: Mapping[str, Any]) -> bool:
    """Whether billing continues while the line is suspended."""
    return SUSPEND_REASON.of(answers) not in _WITHOUT_BILLING


BILLING = DefaultAnswer(code="billing", compute=_billing)
