"""The shape of a line change: what a timer does to its line in the end. The changes are in `models/line_changes/`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from models.inventory import InventoryState
from models.order_type import Aspect
from models.registry import find

LINE_CHANGES = "models.line_changes"


@dataclass(frozen=True, kw_only=True)
class ChangeInput:
    """What a change takes from its timer: the day in the tenant's time zone, and the SKUs of the features that end."""

    today: date
    features: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class CarrierRequest:
    """What the carrier is asked for before the line changes, with the help of an operator if it does not do it.

    Attributes:
        action: the carrier action.
        requested, failed: the events that record the request, and that it failed, by code.
        problem: why an operator is asked first, as a sentence; empty if the carrier is.
        waits_for: the carrier is not asked while an order locks one of these aspects of the line. It is held meanwhile.
        in_service: whether the carrier does this only for a line that is in service.
        changes: the answers that the carrier gets, by question, from the SKUs of the features that end.
    """

    action: str
    requested: str
    failed: str
    problem: str = ""
    waits_for: tuple[Aspect, ...] = (Aspect.STATUS,)
    in_service: bool = False
    changes: Callable[[tuple[str, ...]], Mapping[str, Any]] = lambda _: {}


@dataclass(frozen=True, kw_only=True)
class LineChange:
    """How a timer ends: what happens to its line.

    Attributes:
        event: recorded when it has happened, by code.
        outcome: how the timer has ended then, as a past participle.
        at_limit: whether it happens at the carrier's limit, by the carrier's rule.
        apply: the inventory afterwards; pure.
        request: what the carrier is asked for first; None if it does it on its own.
    """

    code: str
    event: str
    outcome: str
    at_limit: bool
    apply: Callable[[InventoryState, ChangeInput], InventoryState]
    request: CarrierRequest | None = None


def find_line_change(code: str) -> LineChange:
    """Raises UnknownWordError."""
    return find(LINE_CHANGES, LineChange, code)
