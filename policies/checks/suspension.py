from collections.abc import Iterator
from datetime import date, datetime

from models.errors import FieldError
from models.facts import Facts
from models.formatting import day
from models.inventory import Line
from models.optional_facts.carriers import CARRIER_RULES
from models.optional_facts.suspensions import SUSPENSIONS
from models.questions.line import LINE
from models.questions.suspension import RESUME_ON, SUSPEND_REASON
from policies.carrier_rules import begins_at, rules_of
from policies.check import Check, item_error
from policies.deadlines import local_day, opens_at
from policies.line_access import lines_to_judge
from policies.suspension_limits import Limit, limit_of, used_up, what_happens


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
    began = begins_at(facts)
    for item, named in lines_to_judge(facts):
        yield from _within_rule_of(facts, item, named.line, began)


def _within_rule_of(facts: Facts, item: int, line: Line, began: datetime) -> Iterator[FieldError]:
    rules, earlier = rules_of(facts, line.carrier), SUSPENSIONS.of(facts).get(line.id, ())
    reason = SUSPEND_REASON.of(facts.answers[item]) or ""
    if (found := used_up(rules, reason, began, earlier)) is not None:
        detail = (
            f"The carrier allows {found.rule.words} for {found.rule.group.label}, and this line has been suspended for"
            f" {found.used} in that time. Source: {found.rule.citation}."
        )
        yield item_error(item, LINE, "SUSPENSION_QUOTA_USED", detail)
    elif (limit := limit_of(rules, reason, began, earlier)) is not None:
        yield from _before(limit, facts, item)


def _before(limit: Limit, facts: Facts, item: int) -> Iterator[FieldError]:
    """Check that the line is to be resumed before the carrier ends the suspension."""
    resumes = RESUME_ON.of(facts.answers[item])
    if not resumes or opens_at(facts.policy, date.fromisoformat(resumes)) < limit.at:
        return
    then = what_happens(limit, local_day(facts.policy, limit.at))
    detail = (
        f"The carrier allows {limit.rule.words} for {limit.rule.group.label}{_used(limit)}. {then} Choose an earlier"
        f" date, or leave it blank. Source: {limit.rule.citation}."
    )
    yield item_error(item, RESUME_ON, "RESUME_DATE_PAST_LIMIT", detail)


def _used(limit: Limit) -> str:
    return f", and this line has been suspended for {limit.used.words} in that time" if limit.used.total else ""


RESUME_DATE_IN_RANGE = Check(
    code="resume_date_in_range", errors=("RESUME_DATE_OUT_OF_RANGE",), judge=_resume_date_in_range
)
WITHIN_CARRIERS_RULE = Check(
    code="within_carriers_rule",
    errors=("SUSPENSION_QUOTA_USED", "RESUME_DATE_PAST_LIMIT"),
    judge=_within_carriers_rule,
    needs=(SUSPENSIONS, CARRIER_RULES),
)
