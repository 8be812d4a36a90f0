from collections.abc import Mapping
from typing import Any

from models.facts import Facts
from models.questions.line import LINE
from policies.default_answer import DefaultAnswer


def _subscriber_name(facts: Facts, answers: Mapping[str, Any]) -> str | None:
    """The name of the line's holder; a line without one keeps the name that the carrier has."""
    named = facts.lines.get(LINE.of(answers) or "")
    if named is None:
        return None
    return named.holder.name if named.holder else named.line.subscriber_name


SUBSCRIBER_NAME = DefaultAnswer(code="subscriber_name", compute=_subscriber_name)
