"""On which day an order starts if its answers say so."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from models.dates import billing_cycle
from models.facts import Facts
from models.optional_facts.accounts import CYCLE_DAYS
from models.questions.termination import BILL_CYCLE, EFFECTIVE
from policies.deadlines import local_day


def starts_on(facts: Facts) -> date | None:
    """The start date of an order whose answers are resolved: the given one, else that of its answers."""
    if facts.effective_on is not None or not facts.answers or EFFECTIVE.of(facts.answers[0]) != BILL_CYCLE:
        return facts.effective_on
    return next(iter(cycle_ends(facts).values()), None)


def cycle_ends(facts: Facts) -> Mapping[str, date]:
    """The last day of the billing cycle that runs today, in the tenant's time zone: of each line where it is known."""
    today, days = local_day(facts.policy, facts.now), CYCLE_DAYS.of(facts)
    return {
        named.line.id: billing_cycle(today, days[named.line.id])[1] - timedelta(days=1)
        for named in facts.named_lines
        if named.line.id in days
    }


def shared_cycle_end(facts: Facts) -> date | None:
    """The last day of the billing cycle of all lines of the order; None if it is not known, or not the same."""
    ends = cycle_ends(facts)
    days = {ends.get(named.line.id) for named in facts.named_lines}
    return days.pop() if len(days) == 1 else None


def last_day(facts: Facts, answers: Mapping[str, Any], line_id: str) -> date:
    """The earliest last day of service of a line that ends as the answers say."""
    today = local_day(facts.policy, facts.now)
    at_cycle_end = cycle_ends(facts).get(line_id) if EFFECTIVE.of(answers) == BILL_CYCLE else None
    return max(facts.effective_on or at_cycle_end or today, today)
