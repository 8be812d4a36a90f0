"""The checks of orders about existing lines: permission, status, account, carrier and requested dates."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from types import MappingProxyType
from zoneinfo import ZoneInfo

from models.errors import FieldError
from models.facts import Facts, LineFacts, for_whom
from models.formatting import day
from models.inventory import LineStatus
from models.order_type import Check
from models.questions.line import LINE
from models.questions.suspension import RESUME_ON, SUSPEND_REASON
from models.timers import SuspensionEnd
from policies import carrier_rules
from policies.access import acts_for_account
from policies.deadlines import opens_at, today

Judge = Callable[[Facts], Iterator[FieldError]]


@dataclass(frozen=True, kw_only=True)
class LineStatusRule:
    """The statuses a check allows, and the error code if a line has another."""

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
_STATUS_WORDS: Mapping[str, str] = MappingProxyType(
    {
        LineStatus.PENDING: "being set up",
        LineStatus.PORTING_IN: "moving in",
        LineStatus.PORTING_OUT: "moving out",
        LineStatus.TERMINATED: "closed",
        LineStatus.VOID: "not in service",
    }
)
NO_PERMISSION = (
    "You don't have permission to change this line. Ask a manager of its user, an account owner, or the telecom desk."
)


def requester_may_change(facts: Facts) -> Iterator[FieldError]:
    """Check that the requester has permission to change every line, and names no other beneficiary than its holder."""
    for number, line in _lines(facts):
        if not _has_a_say(facts, line):
            yield _about(number, "NOT_AUTHORIZED_ON_BEHALF", NO_PERMISSION)
    if not facts.type.changes_hands and facts.named_lines and facts.beneficiary.id != _for_whom(facts):
        detail = f"This line isn't assigned to {facts.beneficiary.name}. Leave this blank to order for its user."
        yield FieldError(code="NOT_THE_HOLDER", field="beneficiary_id", detail=detail)


def _for_whom(facts: Facts) -> str:
    return for_whom([line.holder.id if line.holder else None for line in facts.named_lines], facts.requester.id)


def _has_a_say(facts: Facts, line: LineFacts) -> bool:
    own_account = line.account_id == facts.account.id
    near = {person.id for person in (line.holder, *line.managers) if person}
    return facts.requester.id in near or (own_account and acts_for_account(facts.requester, facts))


def standing_against(check: Check, status: str) -> tuple[str, str] | None:
    """Return the code and sentence of the error if the check does not allow this status."""
    rule = STANDINGS.get(check)
    if rule is None or status in rule.statuses:
        return None
    return rule.code, describe_status(status)


def describe_status(status: str) -> str:
    return f"This line is {_STATUS_WORDS.get(status, status)}."


def _stands(check: Check) -> Judge:
    def judge(facts: Facts) -> Iterator[FieldError]:
        for number, answers in enumerate(facts.answers):
            line = facts.line(number)
            if line is None:
                name = str(LINE.of(answers))[:26]
                yield _about(number, STANDINGS[check].code, f'No line matches "{name}".')
            elif _has_a_say(facts, line) and (violation := standing_against(check, line.status)):
                yield _about(number, *violation)

    return judge


def _lines_together(facts: Facts) -> Iterator[FieldError]:
    seen: set[str] = set()
    carrier = next((line.carrier for _, line in _lines(facts)), None)
    for number, line in _lines(facts):
        if line.id in seen:
            yield _about(number, "DUPLICATE_LINE", "This line is already in the order.")
        elif line.account_id != facts.account.id:
            detail = "This line belongs to another account. Create a separate order for it."
            yield _about(number, "LINE_OF_OTHER_ACCOUNT", detail)
        elif facts.type.carrier_action and line.carrier != carrier:
            detail = "All lines in one order must be with the same carrier."
            yield _about(number, "LINE_OF_OTHER_CARRIER", detail)
        seen.add(line.id)


def _suspend_reason_allowed(facts: Facts) -> Iterator[FieldError]:
    for number, answers in enumerate(facts.answers):
        if SUSPEND_REASON.of(answers) in _REPORTED:
            yield FieldError(
                code="USE_REPORT_LOST_STOLEN",
                field=f"items.{number}.{SUSPEND_REASON.code}",
                detail="A lost or stolen phone can't wait for approval. Call the telecom desk or the carrier's hotline "
                "now, and they'll lock the line right away.",
            )


def _resume_date_in_range(facts: Facts) -> Iterator[FieldError]:
    now = today(facts.policy, facts.now)
    starts = max(facts.effective_on or now, now)
    for number, answers in enumerate(facts.answers):
        resumes = RESUME_ON.of(answers)
        if resumes and date.fromisoformat(resumes) <= starts:
            detail = f"Choose a date after {day(starts)}, when the suspension starts."
            yield FieldError(code="RESUME_DATE_OUT_OF_RANGE", field=f"items.{number}.{RESUME_ON.code}", detail=detail)


def _within_carriers_rule(facts: Facts) -> Iterator[FieldError]:
    """Check that the carrier allows a suspension of each line, and until the planned date."""
    began = _begins_at(facts)
    for number, line in _lines(facts):
        rule = carrier_rules.rule_for(facts.policy, line.carrier)
        if not _has_a_say(facts, line):
            continue
        if carrier_rules.days_left(rule, began, line.suspended) == 0:
            detail = f"This line has used all the suspension days its carrier allows in a year. {rule.text}"
            yield _about(number, "SUSPENSION_QUOTA_USED", detail)
        elif (last := _limit_before_resuming(facts, number, line, began)) is not None:
            detail = (
                f"The carrier ends the suspension on {day(last)}. {rule.text} "
                "Choose an earlier date, or leave it blank."
            )
            yield FieldError(code="RESUME_DATE_PAST_LIMIT", field=f"items.{number}.{RESUME_ON.code}", detail=detail)


def _limit_before_resuming(facts: Facts, number: int, line: LineFacts, began: datetime) -> date | None:
    """Return the date of the carrier's limit if it is before the planned resume date."""
    answers = facts.answers[number]
    resumes = RESUME_ON.of(answers)
    found = carrier_rules.schedule(
        facts.policy,
        carrier_rules.rule_for(facts.policy, line.carrier),
        reason=str(SUSPEND_REASON.of(answers)),
        began=began,
        resume_on=date.fromisoformat(resumes) if resumes else None,
        earlier=line.suspended,
    )
    if not resumes or found.limit_at is None or found.ends_by is SuspensionEnd.RESUME:
        return None
    return found.limit_at.astimezone(ZoneInfo(facts.policy.time_zone)).date()


def _begins_at(facts: Facts) -> datetime:
    """Return when the order takes effect: now, or when its start date begins."""
    starts = facts.effective_on
    return max(opens_at(facts.policy, starts), facts.now) if starts else facts.now


def _new_holder(facts: Facts) -> Iterator[FieldError]:
    for number, line in _lines(facts):
        if line.holder and line.holder.id == facts.beneficiary.id:
            yield _about(number, "ALREADY_HOLDER", f"This line is already assigned to {facts.beneficiary.name}.")


def _lines(facts: Facts) -> Iterator[tuple[int, LineFacts]]:
    """Yield the lines the tenant has; another check reports the others."""
    for number in range(len(facts.answers)):
        line = facts.line(number)
        if line is not None:
            yield number, line


def _about(number: int, code: str, detail: str) -> FieldError:
    return FieldError(code=code, field=f"items.{number}.{LINE.code}", detail=detail)


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
