"""Phone numbers that a line doesn't give up without an admin who knows why they are protected."""

from models.facts import Facts, NamedLine
from models.formatting import phone_number
from models.optional_facts.accounts import CRITICAL_LINES


def why_critical(facts: Facts, named: NamedLine) -> str | None:
    """Which account lists the line's number as critical."""
    account = CRITICAL_LINES.of(facts).get(named.line.id)
    return f"{_number(named)} is on the list of critical numbers of {account}." if account else None


def why_protected(facts: Facts, named: NamedLine) -> str | None:
    """Why the line's number is protected: an account lists it, or it is locked at the carrier."""
    locked = f"{_number(named)} is locked at the carrier." if named.line.number_locked else None
    return why_critical(facts, named) or locked


def _number(named: NamedLine) -> str:
    return phone_number(named.line.mdn) if named.line.mdn else "This number"
