"""Where a person stands towards an order's account, and which day it is there."""

from datetime import date
from zoneinfo import ZoneInfo

from models.facts import Facts, Person
from policies.access import Right, is_allowed


def may_decide_for_account(person: Person, facts: Facts) -> bool:
    """Whether the person answers for the order's account, or works for everybody."""
    return is_allowed(person, Right.ORDER_FOR_ANYBODY) or person.id in facts.account.owner_ids


def today_of(facts: Facts) -> date:
    """The tenant's day."""
    return facts.now.astimezone(ZoneInfo(facts.policy.time_zone)).date()
