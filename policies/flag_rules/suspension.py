from datetime import date

from models.facts import Facts
from models.flags import suspension
from models.inventory import Line
from models.optional_facts.suspensions import SUSPENSIONS
from models.order import Quote
from models.questions.suspension import RESUME_ON, SUSPEND_REASON
from policies.carrier_rules import begins_at, rules_of
from policies.deadlines import opens_at
from policies.flag_rule import FlagRule
from policies.line_access import lines_to_judge
from policies.suspension_limits import limit_of


def _limit_not_published(facts: Facts, _: Quote) -> bool:
    asked = SUSPEND_REASON.code in facts.type.codes
    return asked and any(_is_unknown(facts, item, named.line) for item, named in lines_to_judge(facts))


def _is_unknown(facts: Facts, item: int, line: Line) -> bool:
    """Whether no limit is published, or the line is not to be resumed before one whose end is not."""
    answers, earlier = facts.answers[item], SUSPENSIONS.of(facts).get(line.id, ())
    reason, resumes = SUSPEND_REASON.of(answers) or "", RESUME_ON.of(answers)
    limit = limit_of(rules_of(facts, line.carrier), reason, begins_at(facts), earlier)
    if limit is None or limit.ending is not None:
        return limit is None
    return not resumes or opens_at(facts.policy, date.fromisoformat(resumes)) >= limit.at


LIMIT_NOT_PUBLISHED = FlagRule(flag=suspension.LIMIT_NOT_PUBLISHED, applies=_limit_not_published)
