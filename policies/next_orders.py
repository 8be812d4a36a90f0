"""The orders that people place after one that has ended, or in place of one that is refused."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from models.errors import FieldError
from models.facts import Facts, NamedLine
from models.lifecycle import Status
from models.order_type import Cause, OrderType
from policies.check import LineState
from policies.deadlines import local_day
from policies.line_access import can_change
from policies.line_actions import OrderOption, order_options
from policies.reconnection import closed_on, recoverable_until

# By final status, the button that orders the same once more.
AGAIN: Mapping[Status, str] = MappingProxyType(
    {
        Status.COMPLETED: "Order again",
        Status.PARTIALLY_FULFILLED: "Order the rest",
        Status.REJECTED: "Change and submit again",
        Status.WITHDRAWN: "Order again",
        Status.CANCELED: "Order again",
        Status.EXPIRED: "Submit again",
        Status.VENDOR_REJECTED: "Change and submit again",
    }
)


def label(cause: Cause, of: OrderType, following: OrderOption) -> str:
    """The button that starts the order `following` after one of the type `of`."""
    if cause is Cause.INVERSE and following.type.code == of.code:
        return "Assign back" if of.changes_hands else "Change back"
    return following.title


def alternative(
    of: OrderType, types: Mapping[str, OrderType], errors: Iterable[FieldError], facts: Facts
) -> tuple[OrderType, str | None] | None:
    """The type to order in place of a refused order, and the id of the line, if it is about one.

    None if no type helps against these errors, or none of the lines passes what its page would ask of it. A type about
    devices helps against none.
    """
    for code in of.alternatives_to(error.code for error in errors):
        kind = types[code]
        lines = [named for _, named in facts.lines_by_item()] if kind.about_lines else []
        fitting = [
            named.line.id
            for named in lines
            for option in order_options(
                [kind],
                _state_of(facts, named),
                {},
                can_change=can_change(facts, named),
                sees_new_holder=True,
                is_billed=True,
            )
            if option.allowed
        ]
        if fitting or not kind.about_inventory:
            return kind, next(iter(fitting), None)
    return None


def _state_of(facts: Facts, named: NamedLine) -> LineState:
    last, today = recoverable_until(facts, named.line), local_day(facts.policy, facts.now)
    return LineState(line=named.line, device=named.device, closed_on=closed_on(named.line, last, today))
