"""The shape of an approval plan: who approves an order, as a function of its facts, price and flags."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import Any

from models.approval_plan import Stage
from models.facts import Facts, Person
from models.optional_fact import OptionalFact
from models.order import Quote
from policies.access import can_approve
from policies.flag_rule import FlagRule


@dataclass(frozen=True, kw_only=True)
class PlanInput:
    """What the stages of a plan depend on."""

    facts: Facts
    quote: Quote
    flags: Collection[FlagRule]

    def approvers(self, people: Iterable[Person]) -> tuple[Person, ...]:
        """Filter out people who cannot approve this order, such as those whose own order it is."""
        tied = self.facts.tied
        return tuple(person for person in people if can_approve(person) and person.id not in tied)

    @property
    def managers(self) -> tuple[Person, ...]:
        return self.approvers(self.facts.managers)

    @property
    def admins(self) -> tuple[Person, ...]:
        return self.approvers(self.facts.admins)


def _for_this_type(_: PlanInput) -> str:
    return "no approval needed for this type of order"


@dataclass(frozen=True, kw_only=True)
class ApprovalPlan:
    """Who approves an order.

    Attributes:
        description: who approves and when, as a sentence for people.
        strictness: of several plans, the one with the highest strictness applies; no two plans share one.
        stages: the stages in order, not numbered yet; None for a stage that this order does not need.
        needs: the optional facts that the stages depend on.
        why_none: the rule by which an order without stages needs no approval, as a sentence without capital and stop.
    """

    code: str
    description: str
    strictness: int
    stages: Callable[[PlanInput], Iterable[Stage | None]]
    needs: tuple[OptionalFact[Any], ...] = ()
    why_none: Callable[[PlanInput], str] = _for_this_type
