"""Whether an order is allowed: the checks that its type names."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from models.errors import FieldError
from models.facts import Facts
from models.optional_fact import OptionalFact
from models.order_type import FrozenType, OrderType
from policies.check import Check, checks_of


def check(facts: Facts) -> tuple[FieldError, ...]:
    """Return all errors of the order, check by check in the order its type names them."""
    return tuple(error for one in checks_of(facts.type) for error in _judge(one, facts))


def changed(facts: Facts) -> tuple[FieldError, ...]:
    """Return the errors of a submitted order, by the checks that run again."""
    return tuple(error for one in _again(facts.type) for error in _judge(one, facts))


def permission_errors(facts: Facts) -> tuple[FieldError, ...]:
    """Return why the requester has no permission for this beneficiary, account or line."""
    return tuple(error for one in checks_of(facts.type) if one.about_permission for error in _judge(one, facts))


def needs(order_type: OrderType) -> tuple[OptionalFact[Any], ...]:
    """The optional facts that the checks of a type read, whichever variant applies. Raises UnknownWordError."""
    return _needed(check for one in order_type.possible() for check in checks_of(one))


def needs_again(order_type: FrozenType) -> tuple[OptionalFact[Any], ...]:
    """The optional facts that `changed` reads of an order of this type. Raises UnknownWordError."""
    return _needed(_again(order_type))


def _again(order_type: FrozenType) -> Iterator[Check]:
    return (check for check in checks_of(order_type) if check.why_once is None)


def _needed(checks: Iterable[Check]) -> tuple[OptionalFact[Any], ...]:
    return tuple({fact.code: fact for check in checks for fact in check.needs}.values())


def _judge(check: Check, facts: Facts) -> Iterator[FieldError]:
    """A check sees only the optional facts it needs, so that one it forgets to name is missing in its own tests too."""
    seen = {fact.code: fact.of(facts) for fact in check.needs}
    return check.judge(replace(facts, optional=seen))
