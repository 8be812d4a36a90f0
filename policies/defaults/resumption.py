"""What the inventory says of a line that is to be resumed."""

from collections.abc import Mapping
from typing import Any

from models.facts import Facts
from models.inventory import LineStatus
from models.questions.line import LINE
from policies.default_answer import DefaultAnswer


def _resume_from(facts: Facts, answers: Mapping[str, Any]) -> str | None:
    named = facts.lines.get(LINE.of(answers) or "")
    if named is None:
        return None
    return "suspended" if named.line.status is LineStatus.SUSPENDED else "disconnected"


def _suspended_for(facts: Facts, answers: Mapping[str, Any]) -> str | None:
    named = facts.lines.get(LINE.of(answers) or "")
    return named.line.suspended_for if named else None


RESUME_FROM = DefaultAnswer(code="resume_from", compute=_resume_from)
SUSPENDED_FOR = DefaultAnswer(code="suspended_for", compute=_suspended_for)
