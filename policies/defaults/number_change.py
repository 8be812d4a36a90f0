from collections.abc import Mapping
from typing import Any

from models.facts import Facts
from models.questions.line import LINE, SERVICE_ZIP
from models.rule_kinds.disconnection import RECOVER_DAYS
from models.rule_kinds.number_change import ADDRESS, NUMBER_AREA
from policies.carrier_rules import rules_of
from policies.default_answer import DefaultAnswer


def _address_first(facts: Facts, answers: Mapping[str, Any]) -> bool | None:
    """Whether the carrier takes the area from the subscriber's address, and that has another ZIP code."""
    named, wanted = facts.lines.get(LINE.of(answers) or ""), SERVICE_ZIP.of(answers)
    if named is None or wanted is None:
        return None
    known = str((named.line.service_address or {}).get("postal_code", ""))
    return rules_of(facts, named.line.carrier).value(NUMBER_AREA) == ADDRESS and known[:5] != wanted[:5]


def _number_undo(facts: Facts, answers: Mapping[str, Any]) -> str | None:
    named = facts.lines.get(LINE.of(answers) or "")
    if named is None:
        return None
    days = rules_of(facts, named.line.carrier).value(RECOVER_DAYS)
    if days is None:
        return "No, and the carrier doesn't say how long it keeps the old number."
    return f"No. For {days} days after the change, the telecom desk can ask the carrier for the old number."


ADDRESS_FIRST = DefaultAnswer(code="address_first", compute=_address_first)
NUMBER_UNDO = DefaultAnswer(code="number_undo", compute=_number_undo)
