"""The shape of the rule that raises a flag. The rules are in `policies/flag_rules/`."""

from collections.abc import Callable
from dataclasses import dataclass

from models.facts import Facts
from models.flag import Flag
from models.order import Quote
from models.registry import load


@dataclass(frozen=True, kw_only=True)
class FlagRule:
    """When a flag is raised.

    Attributes:
        applies: a pure function of the facts and the price.
        why_budget: why the budget owner approves an order with the flag, as a sentence; None if they don't have to.
    """

    flag: Flag
    applies: Callable[[Facts, Quote], bool]
    why_budget: Callable[[Facts, Quote], str] | None = None

    @property
    def code(self) -> str:
        return self.flag.code


def raised(facts: Facts, quote: Quote) -> tuple[FlagRule, ...]:
    """The rules whose flags an order has at this price."""
    return tuple(rule for rule in load("policies.flag_rules", FlagRule).values() if rule.applies(facts, quote))
