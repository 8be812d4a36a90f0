from collections.abc import Mapping
from typing import Any

from models.facts import Facts
from models.questions.line import LINE
from models.questions.termination import DATE, IMMEDIATE
from policies.default_answer import DefaultAnswer
from policies.reconnection import undo_text


def _effective(facts: Facts, _: Mapping[str, Any]) -> str:
    return DATE if facts.effective_on else IMMEDIATE


def _undo_until(facts: Facts, answers: Mapping[str, Any]) -> str | None:
    named = facts.lines.get(LINE.of(answers) or "")
    return undo_text(facts, named, answers) if named else None


EFFECTIVE = DefaultAnswer(code="effective", compute=_effective)
UNDO_UNTIL = DefaultAnswer(code="undo_until", compute=_undo_until)
