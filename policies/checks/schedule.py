from collections.abc import Iterator
from datetime import timedelta

from models.errors import FieldError
from models.facts import Facts
from models.formatting import day
from policies.check import Check
from policies.deadlines import today


def _effective_date_in_range(facts: Facts) -> Iterator[FieldError]:
    first_day = today(facts.policy, facts.now)
    last_day = first_day + timedelta(days=facts.policy.effective_days_ahead)
    if facts.effective_on and not first_day <= facts.effective_on <= last_day:
        detail = f"Choose a date from {day(first_day)} to {day(last_day)}."
        yield FieldError(code="EFFECTIVE_DATE_OUT_OF_RANGE", field="effective_on", detail=detail)


EFFECTIVE_DATE_IN_RANGE = Check(
    code="effective_date_in_range",
    errors=("EFFECTIVE_DATE_OUT_OF_RANGE",),
    judge=_effective_date_in_range,
    can_change=False,
)
