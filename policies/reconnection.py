"""For how long a disconnected line can be reconnected with its number: a rule of its carrier."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from models.carrier_rule import CarrierRule
from models.facts import Facts, NamedLine
from models.inventory import Line, LineStatus
from models.optional_facts.carriers import CARRIER_RULES
from models.optional_facts.recover_windows import RECOVER_WINDOWS
from models.rule_kinds.disconnection import RECOVER_DAYS, undo_sentence
from policies.start_date import last_day


def recover_rule(facts: Facts, line: Line) -> CarrierRule | None:
    """The rule in force for the line's carrier; without a value if the carrier publishes none."""
    return CARRIER_RULES.of(facts).of(line.carrier).find(RECOVER_DAYS)


def recoverable_until(facts: Facts, line: Line) -> date | None:
    """The last day on which a disconnected line can be reconnected; None if that is not known."""
    return RECOVER_WINDOWS.of(facts).get(line.id)


def closed_on(line: Line, last: date | None, today: date) -> date | None:
    """The last day on which a disconnected line could be reconnected, if it is over.

    An order that reconnects a line makes it pending. The day can have been over before.
    """
    may_be_over = line.status in {LineStatus.DISCONNECTED, LineStatus.PENDING}
    return last if may_be_over and last is not None and today > last else None


def undo_text(facts: Facts, named: NamedLine, answers: Mapping[str, Any]) -> str:
    """Until when the end of a line can be undone, for those who decide on it."""
    rule = recover_rule(facts, named.line)
    ends = last_day(facts, answers, named.line.id)
    days = None if rule is None or rule.value is None else int(rule.value)
    return undo_sentence(None if days is None else ends + timedelta(days=days), if_ends_on=ends)
