"""The checks of orders about lines that exist: whose they are, how they stand, and what is wished for them."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from types import MappingProxyType
from zoneinfo import ZoneInfo

from models.asks import Ask
from models.errors import FieldError
from models.facts import Facts, LineFacts, for_whom
from models.inventory import LineStatus
from models.order_type import Check
from models.timers import Ending
from policies import carrier_rules
from policies.deadlines import opening
from policies.standing import may_decide_for_account, today_of

Judge = Callable[[Facts], Iterator[FieldError]]


@dataclass(frozen=True, kw_only=True)
class LineStatusRule:
    """In which statuses a line must be, and the code that says it is not."""

    statuses: frozenset[LineStatus]
    code: str


STANDINGS: Mapping[Check, LineStatusRule] = MappingProxyType(
    {
        Check.LINE_ACTIVE: LineStatusRule(statuses=frozenset({LineStatus.ACTIVE}), code="LINE_NOT_ACTIVE"),
        Check.LINE_IN_USE: LineStatusRule(
            statuses=frozenset({LineStatus.ACTIVE, LineStatus.SUSPENDED}), code="LINE_NOT_IN_USE"
        ),
    }
)
_REPORTED = frozenset({"lost", "stolen"})


def requester_may_change(facts: Facts) -> Iterator[FieldError]:
    """Judge whether the requester has a say over every line, and names nobody else as the one it is for."""
    for number, line in _lines(facts):
        if not _has_a_say(facts, line):
            detail = (
                f"{facts.requester.name} may not change this line: that takes its holder, one of their managers, "
                "an owner of its account, or the desk."
            )
            yield _about(number, "NOT_AUTHORIZED_ON_BEHALF", detail)
    if not facts.type.changes_hands and facts.named_lines and facts.beneficiary.id != _for_whom(facts):
        detail = f"{facts.beneficiary.name} does not hold this line. Leave this out: the order is for whoever does."
        yield FieldError(code="NOT_THE_HOLDER", field="beneficiary_id", detail=detail)


def _for_whom(facts: Facts) -> str:
    return for_whom([line.holder.id if line.holder else None for line in facts.named_lines], facts.requester.id)


def _has_a_say(facts: Facts, line: LineFacts) -> bool:
    own_account = line.account_id == facts.account.id
    near = {person.id for person in (line.holder, *line.managers) if person}
    return facts.requester.id in near or (own_account and may_decide_for_account(facts.requester, facts))


def standing_against(check: Check, status: str) -> tuple[str, str] | None:
    """What a check has against a line in this status, as code and sentence; None: nothing."""
    wanted = STANDINGS.get(check)
    if wanted is None or status in wanted.statuses:
        return None
    return wanted.code, f"The line is {status.replace('_', ' ')}."


def _stands(check: Check) -> Judge:
    def judge(facts: Facts) -> Iterator[FieldError]:
        for number, answers in enumerate(facts.answers):
            line = facts.line(number)
            if line is None:
                name = str(answers.get(Ask.LINE))[:26]
                yield _about(number, STANDINGS[check].code, f"There is no line {name}.")
            elif _has_a_say(facts, line) and (against := standing_against(check, line.status)):
                yield _about(number, *against)

    return judge


def _lines_together(facts: Facts) -> Iterator[FieldError]:
    seen: set[str] = set()
    carrier = next((line.carrier for _, line in _lines(facts)), None)
    for number, line in _lines(facts):
        if line.id in seen:
            yield _about(number, "DUPLICATE_LINE", "This line is in the order already.")
        elif line.account_id != facts.account.id:
            detail = f"This line is not of account {facts.account.number}, which the order is for: order it separately."
            yield _about(number, "LINE_OF_OTHER_ACCOUNT", detail)
        elif facts.type.carrier_action and line.carrier != carrier:
            detail = "This line is with another carrier than the order's first line: order it separately."
            yield _about(number, "LINE_OF_OTHER_CARRIER", detail)
        seen.add(line.id)


def _suspend_reason_allowed(facts: Facts) -> Iterator[FieldError]:
    for number, answers in enumerate(facts.answers):
        if answers.get(Ask.SUSPEND_REASON) in _REPORTED:
            yield FieldError(
                code="USE_REPORT_LOST_STOLEN",
                field=f"items.{number}.{Ask.SUSPEND_REASON}",
                detail="A lost or stolen phone cannot wait for approvals: report it to the telecom desk or on the "
                "carrier's hotline now. They lock the line at once.",
            )


def _resume_date_in_range(facts: Facts) -> Iterator[FieldError]:
    begins = max(facts.effective_on or today_of(facts), today_of(facts))
    for number, answers in enumerate(facts.answers):
        resumes = answers.get(Ask.RESUME_ON)
        if resumes and date.fromisoformat(resumes) <= begins:
            detail = f"Choose a day after {begins}, when the suspension begins."
            yield FieldError(code="RESUME_DATE_OUT_OF_RANGE", field=f"items.{number}.{Ask.RESUME_ON}", detail=detail)


def _within_carriers_rule(facts: Facts) -> Iterator[FieldError]:
    """Whether the carrier takes a suspension of this line, and leaves it alone till the planned day."""
    began = _begins_at(facts)
    for number, line in _lines(facts):
        rule = carrier_rules.rule_for(facts.policy, line.carrier)
        if not _has_a_say(facts, line):
            continue
        if carrier_rules.days_left(rule, began, line.suspended) == 0:
            detail = f"This line was suspended as long as its carrier allows in a year. {rule.text}"
            yield _about(number, "SUSPENSION_QUOTA_USED", detail)
        elif (last := _limit_before_resuming(facts, number, line, began)) is not None:
            detail = (
                f"The carrier ends the suspension by itself on {last}. {rule.text} "
                "Choose an earlier day, or leave it open."
            )
            yield FieldError(code="RESUME_DATE_PAST_LIMIT", field=f"items.{number}.{Ask.RESUME_ON}", detail=detail)


def _limit_before_resuming(facts: Facts, number: int, line: LineFacts, began: datetime) -> date | None:
    """The day of the carrier's limit, if it comes before the planned one."""
    answers = facts.answers[number]
    resumes = answers.get(Ask.RESUME_ON)
    found = carrier_rules.schedule(
        facts.policy,
        carrier_rules.rule_for(facts.policy, line.carrier),
        reason=str(answers.get(Ask.SUSPEND_REASON)),
        began=began,
        resume_on=date.fromisoformat(resumes) if resumes else None,
        earlier=line.suspended,
    )
    if not resumes or found.limit_at is None or found.ends_by is Ending.RESUME:
        return None
    return found.limit_at.astimezone(ZoneInfo(facts.policy.time_zone)).date()


def _begins_at(facts: Facts) -> datetime:
    """When what is ordered takes effect: now, or when the wished day begins."""
    wished = facts.effective_on
    return max(opening(facts.policy, wished), facts.now) if wished else facts.now


def _new_holder(facts: Facts) -> Iterator[FieldError]:
    for number, line in _lines(facts):
        if line.holder and line.holder.id == facts.beneficiary.id:
            yield _about(number, "ALREADY_HOLDER", f"{facts.beneficiary.name} holds this line already.")


def _lines(facts: Facts) -> Iterator[tuple[int, LineFacts]]:
    """Leave out what the tenant does not have: that is said once, by its own check."""
    for number in range(len(facts.answers)):
        line = facts.line(number)
        if line is not None:
            yield number, line


def _about(number: int, code: str, detail: str) -> FieldError:
    return FieldError(code=code, field=f"items.{number}.{Ask.LINE}", detail=detail)


CHECKS: Mapping[Check, Judge] = MappingProxyType(
    {
        **{check: _stands(check) for check in STANDINGS},
        Check.LINES_TOGETHER: _lines_together,
        Check.SUSPEND_REASON_ALLOWED: _suspend_reason_allowed,
        Check.RESUME_DATE_IN_RANGE: _resume_date_in_range,
        Check.WITHIN_CARRIERS_RULE: _within_carriers_rule,
        Check.NEW_HOLDER: _new_holder,
    }
)
