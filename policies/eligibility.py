"""Whether an order is allowed: the checks that its type names."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import chain
from typing import Any

from models.errors import FieldError
from models.facts import Facts
from models.optional_fact import OptionalFact
from models.optional_facts.accounts import CYCLE_DAYS
from models.optional_facts.carrier_quotes import CARRIER_QUOTES
from models.order_type import FrozenType, OrderType
from policies import approval
from policies.approval_plan import ApprovalPlan
from policies.check import Check, checks_of
from policies.start_date import timing_of


def check(facts: Facts) -> tuple[FieldError, ...]:
    """Return all errors of the order, check by check in the order its type names them."""
    return tuple(error for one in checks_of(facts.type) for error in _judge(one, facts))


def changed(facts: Facts) -> tuple[FieldError, ...]:
    """Return the errors of a submitted order, by the checks that run again."""
    return tuple(error for one in _again(facts.type) for error in _judge(one, facts))


def permission_errors(facts: Facts) -> tuple[FieldError, ...]:
    """Return why the requester has no permission for this beneficiary, account or line."""
    return tuple(error for one in checks_of(facts.type) if one.about_permission for error in _judge(one, facts))


def asking_errors(facts: Facts) -> tuple[FieldError, ...]:
    """Return the errors that ask for more answers, of an order whose other answers may be missing."""
    return tuple(error for one in checks_of(facts.type) if one.asks_more for error in _judge(one, facts))


def needs(order_type: OrderType) -> tuple[OptionalFact[Any], ...]:
    """The optional facts that evaluating a type reads, whichever variant applies. Raises UnknownWordError."""
    possible = tuple(order_type.possible())
    return _needed(order_type, [*chain.from_iterable(map(checks_of, possible)), *map(_plan_of, possible)])


def needs_again(order_type: FrozenType) -> tuple[OptionalFact[Any], ...]:
    """The optional facts that evaluating an order of this type again reads. Raises UnknownWordError."""
    found = _needed(order_type, [*_again(order_type), _plan_of(order_type)])
    # A day with the billing cycle can have passed.
    return (*found, CYCLE_DAYS) if timing_of(order_type) and CYCLE_DAYS not in found else found


def _plan_of(order_type: FrozenType) -> ApprovalPlan:
    return approval.find(order_type.approval)


def _again(order_type: FrozenType) -> Iterator[Check]:
    return (check for check in checks_of(order_type) if check.why_once is None)


def _needed(order_type: FrozenType, words: Iterable[Check | ApprovalPlan]) -> tuple[OptionalFact[Any], ...]:
    """With what the price needs."""
    priced: tuple[OptionalFact[Any], ...] = (CARRIER_QUOTES,) if order_type.quote else ()
    return tuple({fact.code: fact for fact in (*priced, *chain.from_iterable(one.needs for one in words))}.values())


def _judge(check: Check, facts: Facts) -> Iterator[FieldError]:
    """A check sees only the optional facts it needs, so that one it forgets to name is missing in its own tests too."""
    seen = {fact.code: fact.of(facts) for fact in check.needs}
    return check.judge(replace(facts, optional=seen))
