from collections.abc import Iterator
from datetime import date, datetime

from models.errors import FieldError
from models.facts import Facts
from models.formatting import day
from models.inventory import Line
from models.line_changes.suspension import RESUME
from models.optional_facts.suspensions import SUSPENSIONS
from models.questions.line import LINE
from models.questions.suspension import RESUME_ON, SUSPEND_REASON
from policies import carrier_rules
from policies.check import Check, item_error
from policies.deadlines import local_day, opens_at
from policies.line_access import lines_to_judge
from policies.timer_kinds.suspension import suspension_points


def _resume_date_in_range(facts: Facts) -> Iterator[FieldError]:
    now = local_day(facts.policy, facts.now)
    starts = max(facts.effective_on or now, now)
    for item, answers in enumerate(facts.answers):
        resumes = RESUME_ON.of(answers)
        if resumes and date.fromisoformat(resumes) <= starts:
            detail = f"Choose a date after {day(starts)}, when the suspension starts."
            yield item_error(item, RESUME_ON, "RESUME_DATE_OUT_OF_RANGE", detail)


def _within_carriers_rule(facts: Facts) -> Iterator[FieldError]:
    """Check that the carrier allows a suspension of each line, and until the planned date."""
    began = _begins_at(facts)
    for item, named in lines_to_judge(facts):
        yield from _within_rule_of(facts, item, named.line, began)


def _within_rule_of(facts: Facts, item: int, line: Line, began: datetime) -> Iterator[FieldError]:
    rule = carrier_rules.rule_for(facts.policy, line.carrier)
    if carrier_rules.days_left(rule, began, SUSPENSIONS.of(facts).get(line.id, ())) == 0:
        detail = f"This line has used all the suspension days its carrier allows in a year. {rule.text}"
        yield item_error(item, LINE, "SUSPENSION_QUOTA_USED", detail)
    elif (last := _limit_before_resuming(facts, item, line, began)) is not None:
        detail = (
            f"The carrier ends the suspension on {day(last)}. {rule.text} Choose an earlier date, or leave it blank."
        )
        yield item_error(item, RESUME_ON, "RESUME_DATE_PAST_LIMIT", detail)


def _limit_before_resuming(facts: Facts, item: int, line: Line, began: datetime) -> date | None:
    """Return the date of the carrier's limit if it is before the planned resume date."""
    answers = facts.answers[item]
    resumes = RESUME_ON.of(answers)
    points = suspension_points(
        facts.policy,
        carrier_rules.rule_for(facts.policy, line.carrier),
        reason=str(SUSPEND_REASON.of(answers)),
        began=began,
        resume_on=date.fromisoformat(resumes) if resumes else None,
        earlier=SUSPENSIONS.of(facts).get(line.id, ()),
    )
    first = next((point for point in points if point.change), None)
    if not resumes or first is None or first.change == RESUME.code:
        return None
    return local_day(facts.policy, first.at)


def _begins_at(facts: Facts) -> datetime:
    """Return when the order takes effect: now, or when its start date begins."""
    starts = facts.effective_on
    return max(opens_at(facts.policy, starts), facts.now) if starts else facts.now


RESUME_DATE_IN_RANGE = Check(
    code="resume_date_in_range", errors=("RESUME_DATE_OUT_OF_RANGE",), judge=_resume_date_in_range
)
WITHIN_CARRIERS_RULE = Check(
    code="within_carriers_rule",
    errors=("SUSPENSION_QUOTA_USED", "RESUME_DATE_PAST_LIMIT"),
    judge=_within_carriers_rule,
    needs=(SUSPENSIONS,),
)
