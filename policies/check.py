"""A check: a rule an order must pass. Its values are in `policies/checks/`."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from models import registry
from models.errors import FieldError
from models.facts import Facts
from models.inventory import Device, Line, LineStatus
from models.optional_fact import OptionalFact
from models.order_type import FrozenType
from models.question import Question

PACKAGE = "policies.checks"


@dataclass(frozen=True, kw_only=True)
class LineState:
    """A line with what else can refuse its orders: its device, and its last day if the carrier's days are over."""

    line: Line
    device: Device | None = None
    closed_on: date | None = None


@dataclass(frozen=True, kw_only=True)
class Check:
    """Order types name it by its code.

    Attributes:
        errors: the codes of the errors it can give.
        judge: yields the errors it finds.
        why_once: why it runs only when the order is submitted; None if it runs again before the order is carried out,
            on the facts of that day. The order itself is among them then, so it must not count against it.
        needs: the optional facts that `judge` reads; it sees no others.
        asks_more: whether its errors ask for answers that only some orders need. Forms run it while other answers are
            missing.
        about_permission: whether it decides if the requester has permission for this beneficiary, account or line.
        line_statuses: the statuses of a line that pass, if the check is about the status; the error is the first.
        refuses, refuses_device: why a line or a device can't pass whatever is answered, None if it can; the error is
            the first.
    """

    code: str
    errors: tuple[str, ...]
    judge: Callable[[Facts], Iterator[FieldError]]
    why_once: str | None = None
    needs: tuple[OptionalFact[Any], ...] = ()
    asks_more: bool = False
    about_permission: bool = False
    line_statuses: frozenset[LineStatus] = frozenset(LineStatus)
    refuses: Callable[[LineState], str | None] = lambda _: None
    refuses_device: Callable[[Device], str | None] = lambda _: None


def checks_of(order_type: FrozenType) -> tuple[Check, ...]:
    """The checks of a type, in its order. Raises UnknownWordError."""
    return tuple(registry.find(PACKAGE, Check, code) for code in order_type.checks)


def item_error(item: int, question: Question[Any], code: str, detail: str) -> FieldError:
    """An error in one answer of an item, which is counted from 0."""
    return FieldError(code=code, field=f"items.{item}.{question.code}", detail=detail)
