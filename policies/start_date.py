"""On which day an order starts if its answers say so."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from models.dates import billing_cycle
from models.facts import Facts
from models.optional_facts.accounts import CYCLE_DAYS
from models.order_type import FrozenType
from models.question import Question
from models.questions import plan_change, termination
from policies.deadlines import local_day


@dataclass(frozen=True, kw_only=True)
class Timing:
    """A question whose answer says when an order takes effect.

    Attributes:
        at_once, with_cycle, on_date: its answers: right away, with the billing cycle, on the start date.
        day: with the billing cycle, the day on which it starts, from the first day of the next one.
    """

    question: Question[str]
    at_once: str
    with_cycle: str
    on_date: str
    day: Callable[[date], date]

    def of(self, facts: Facts) -> str | None:
        """The answer of the order."""
        return self.question.of(facts.answers[0]) if facts.answers else None

    def days(self, facts: Facts) -> Mapping[str, date]:
        """By line, the day with the billing cycle, where it is known, in the tenant's time zone."""
        today, days = local_day(facts.policy, facts.now), CYCLE_DAYS.of(facts)
        return {
            named.line.id: self.day(billing_cycle(today, days[named.line.id])[1])
            for named in facts.lines.values()
            if named.line.id in days
        }

    def shared_day(self, facts: Facts) -> date | None:
        """The day with the billing cycle of all lines of the order; None if it is not known, or not the same."""
        days = self.days(facts)
        found = {days.get(named.line.id) for named in facts.lines.values()}
        return found.pop() if len(found) == 1 else None


SERVICE_END = Timing(
    question=termination.EFFECTIVE,
    at_once=termination.IMMEDIATE,
    with_cycle=termination.BILL_CYCLE,
    on_date=termination.DATE,
    day=lambda next_cycle: next_cycle - timedelta(days=1),
)
PLAN_START = Timing(
    question=plan_change.PLAN_STARTS,
    at_once=plan_change.NOW,
    with_cycle=plan_change.NEXT_CYCLE,
    on_date=plan_change.DATE,
    day=lambda next_cycle: next_cycle,
)


def timing_of(order_type: FrozenType) -> Timing | None:
    """The question by which an order of the type says when it takes effect, if it asks one."""
    return next((one for one in (SERVICE_END, PLAN_START) if order_type.asks(one.question.code)), None)


def starts_on(facts: Facts) -> date | None:
    """The start date of an order whose answers are resolved: the given one, else that of its answers."""
    timing = timing_of(facts.type)
    if facts.effective_on is not None or timing is None or timing.of(facts) != timing.with_cycle:
        return facts.effective_on
    return timing.shared_day(facts)


def moved_start(facts: Facts) -> date | None:
    """The day with the next billing cycle of an order whose day with the billing cycle has passed."""
    timing, starts = timing_of(facts.type), facts.effective_on
    if timing is None or starts is None or timing.of(facts) != timing.with_cycle:
        return None
    return timing.shared_day(facts) if starts < local_day(facts.policy, facts.now) else None


def last_day(facts: Facts, answers: Mapping[str, Any], line_id: str) -> date:
    """The earliest last day of service of a line that ends as the answers say."""
    is_with_cycle = SERVICE_END.question.of(answers) == SERVICE_END.with_cycle
    at_cycle_end = SERVICE_END.days(facts).get(line_id) if is_with_cycle else None
    today = local_day(facts.policy, facts.now)
    return max(facts.effective_on or at_cycle_end or today, today)
