"""The shape of a line change: what a timer does to its line in the end. The changes are in `models/line_changes/`."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from models.inventory import InventoryState
from models.registry import find

LINE_CHANGES = "models.line_changes"


@dataclass(frozen=True, kw_only=True)
class CarrierRequest:
    """What the carrier is asked for before the line changes, with the help of an operator if it does not do it.

    Attributes:
        action: the carrier action.
        requested, failed: the events that record the request, and that it failed, by code.
        problem: why an operator is asked first, as a sentence; empty if the carrier is.
    """

    action: str
    requested: str
    failed: str
    problem: str = ""


@dataclass(frozen=True, kw_only=True)
class LineChange:
    """How a timer ends: what happens to its line.

    Attributes:
        event: recorded when it has happened, by code.
        outcome: how the timer has ended then, as a past participle.
        at_limit: whether it happens at the carrier's limit, by the carrier's rule.
        apply: the inventory afterwards; pure, from the inventory before and the day in the tenant's time zone.
        request: what the carrier is asked for first; None if it does it on its own.
    """

    code: str
    event: str
    outcome: str
    at_limit: bool
    apply: Callable[[InventoryState, date], InventoryState]
    request: CarrierRequest | None = None


def find_line_change(code: str) -> LineChange:
    """Raises UnknownWordError."""
    return find(LINE_CHANGES, LineChange, code)
