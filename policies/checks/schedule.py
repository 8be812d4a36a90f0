from collections.abc import Iterator

from models.errors import FieldError
from models.facts import Facts
from policies.check import Check
from policies.deadlines import cannot_start


def _effective_date_in_range(facts: Facts) -> Iterator[FieldError]:
    detail = facts.effective_on and cannot_start(facts.policy, facts.now, facts.effective_on)
    if detail:
        yield FieldError(code="EFFECTIVE_DATE_OUT_OF_RANGE", field="effective_on", detail=detail)


EFFECTIVE_DATE_IN_RANGE = Check(
    code="effective_date_in_range",
    errors=("EFFECTIVE_DATE_OUT_OF_RANGE",),
    judge=_effective_date_in_range,
    why_once="Once the start date has come, it no longer lies ahead.",
)
