"""The day on which an order takes effect, if its answers say it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from models.errors import FieldError
from models.facts import Facts
from models.optional_facts.accounts import CYCLE_DAYS
from policies.check import Check
from policies.line_access import lines_to_judge
from policies.start_date import PLAN_START, SERVICE_END, Timing

_SETTLED = "The day has been settled, and people can move it."


@dataclass(frozen=True, kw_only=True)
class _Words:
    """What the sentences call the change: on which day it happens, and what is done right away or with the cycle."""

    which_day: str
    at_once: str
    with_cycle: str


def _day_known(timing: Timing, words: _Words) -> Callable[[Facts], Iterator[FieldError]]:
    """Check that the answer and the start date name one day for all lines."""

    def judge(facts: Facts) -> Iterator[FieldError]:
        answer = timing.of(facts)
        if answer == timing.on_date and facts.effective_on is None:
            detail = f"Enter the day on which {words.which_day} as the start date."
            yield FieldError(code="ANSWER_REQUIRED", field="effective_on", detail=detail)
        elif answer == timing.with_cycle:
            yield from _cycle_known(facts)
        elif answer == timing.at_once and facts.effective_on is not None:
            yield FieldError(
                code="START_DATE_UNCLEAR",
                field="effective_on",
                detail=f"Leave the start date blank to {words.at_once}.",
            )

    def _cycle_known(facts: Facts) -> Iterator[FieldError]:
        days, field = timing.days(facts), f"answers.{timing.question.code}"
        if any(named.line.id not in days for _, named in lines_to_judge(facts)):
            detail = "We don't know when the billing cycle of this line ends. Choose another day."
            yield FieldError(code="BILL_CYCLE_UNKNOWN", field=field, detail=detail)
        elif len(set(days.values())) > 1:
            detail = "The billing cycles of these lines end on different days. Order them separately, or choose a day."
            yield FieldError(code="BILL_CYCLES_DIFFER", field=field, detail=detail)
        elif facts.effective_on not in (None, *days.values()):
            detail = f"Leave the start date blank to {words.with_cycle}."
            yield FieldError(code="START_DATE_UNCLEAR", field="effective_on", detail=detail)

    return judge


END_KNOWN = Check(
    code="end_known",
    errors=("ANSWER_REQUIRED", "BILL_CYCLE_UNKNOWN", "BILL_CYCLES_DIFFER", "START_DATE_UNCLEAR"),
    judge=_day_known(
        SERVICE_END,
        _Words(
            which_day="service ends",
            at_once="disconnect the line right away",
            with_cycle="disconnect the line at the end of its billing cycle",
        ),
    ),
    needs=(CYCLE_DAYS,),
    why_once=_SETTLED,
)
START_KNOWN = Check(
    code="start_known",
    errors=("ANSWER_REQUIRED", "BILL_CYCLE_UNKNOWN", "BILL_CYCLES_DIFFER", "START_DATE_UNCLEAR"),
    judge=_day_known(
        PLAN_START,
        _Words(
            which_day="the plan changes",
            at_once="change the plan right away",
            with_cycle="change the plan with the next billing cycle",
        ),
    ),
    needs=(CYCLE_DAYS,),
    why_once=_SETTLED,
)
