"""Defaults from the carrier's record of a line, else from the person or site that has the line."""

from collections.abc import Mapping
from typing import Any

from models.facts import NO_ONE, Facts
from models.questions.line import LINE
from policies.default_answer import DefaultAnswer


def _subscriber_name(facts: Facts, answers: Mapping[str, Any]) -> str | None:
    named = facts.lines.get(LINE.of(answers) or "")
    if named is None:
        return None
    return named.line.subscriber_name or (None if named.assigned_to is NO_ONE else named.assigned_to.name)


def _service_address(facts: Facts, answers: Mapping[str, Any]) -> Mapping[str, str] | None:
    """Never the address of anyone else: emergency calls are sent there."""
    named = facts.lines.get(LINE.of(answers) or "")
    if named is None or named.line.service_address:
        return named.line.service_address if named else None
    known = {name: value for name, value in (named.assigned_to.address or {}).items() if value}
    return {"name": named.assigned_to.name, **known} if known else None


SUBSCRIBER_NAME = DefaultAnswer(code="subscriber_name", compute=_subscriber_name)
SERVICE_ADDRESS = DefaultAnswer(code="service_address", compute=_service_address)
