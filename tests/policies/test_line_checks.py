"""Orders about existing lines: who can submit them, for which lines, and with which answers."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from models.approval_plan import StageMode
from models.errors import OrderRejected
from models.facts import Facts, NamedLine, Role
from models.inventory import LineStatus
from models.optional_facts.suspensions import SUSPENSIONS
from models.order import OrderRequest
from models.order_type import Aspect, OrderType
from models.questions.suspension import SUSPEND_REASON
from models.step import Place, Rule
from models.suspension_reason import REASONS, SuspensionReason
from models.timers import SuspensionPeriod
from policies.answers import resolve_answers
from policies.approval import plan
from policies.defaults.suspension import BILLING
from policies.eligibility import check
from policies.flag_rule import raised
from policies.pricing import quote
from tests.policies.carriers import in_force, published
from tests.policies.sample_facts import ADA, ANN, MIA, VIC, changed, facts, named_line, person, violation
from tests.sample_types import asked, sample_type

DAY, MOMENT = timedelta(days=1), facts().now
BO, KIM = person("Bo"), person("Kim")
LINE = named_line("l1", ANN, (MIA, VIC), mdn="+13125550142")
OTHER = named_line("l2", BO, (KIM, VIC), mdn="+13125550143")
SUSPEND = sample_type(
    "line",
    "suspend_reason",
    "billing",
    "resume_on",
    checks=(
        "requester_may_order",
        "line_active",
        "lines_together",
        "resume_date_in_range",
        "within_carriers_rule",
    ),
    steps=(Rule(), Place("suspend")),
    touches=(Aspect.STATUS,),
    effect="suspend_line",
)
REASSIGN = replace(
    SUSPEND,
    questions=asked("line", "device_moves"),
    touches=(Aspect.HOLDER,),
    steps=(Rule(),),
    checks=(
        "requester_may_order",
        "beneficiary_active",
        "line_in_use",
        "lines_together",
        "new_holder",
        "line_allowance",
    ),
    approval="BOTH_MANAGERS",
)


def suspending(*lines: NamedLine, answers: dict[str, Any] | None = None, **changes: Any) -> Facts:
    """Ann orders to suspend these lines."""
    per_line = tuple(
        {"line": one.line.id, "suspend_reason": "seasonal", "billing": False, **(answers or {})} for one in lines
    )
    return replace(facts(), type=SUSPEND, answers=per_line, lines={one.line.id: one for one in lines}, **changes)


def reassigning(line: NamedLine = OTHER, **changes: Any) -> Facts:
    """The telecom desk orders to reassign Bo's line to Ann."""
    desk = person("Des", roles=frozenset({Role.DESK}))
    changes = {"requester": desk, "answers": ({"line": line.line.id},), "lines": {line.line.id: line}, **changes}
    return replace(facts(), type=REASSIGN, **changes)


def codes(known: Facts) -> list[tuple[str, str | None]]:
    return [(error.code, error.field) for error in check(known)]


@pytest.mark.parametrize("requester", [ANN, MIA, VIC, person("Cara", roles=frozenset({Role.CARE}))])
def test_the_holder_managers_and_staff_can_suspend_a_line(requester: Any) -> None:
    assert codes(suspending(LINE, requester=requester)) == []


def test_the_owner_of_the_account_can_suspend_a_line() -> None:
    owner = person("Olga")
    assert codes(suspending(replace(LINE, owner_ids=("olga",)), requester=owner)) == []


def test_a_colleague_cannot_suspend_a_line_and_learns_nothing_about_it() -> None:
    known = suspending(changed(LINE, status=LineStatus.SUSPENDED), requester=KIM)
    (error,) = check(known)
    assert (error.code, error.field) == ("NOT_AUTHORIZED_ON_BEHALF", "items.0.line")
    assert "Ann" not in error.detail


def test_the_line_of_a_former_employee_can_be_suspended() -> None:
    former = replace(ANN, active=False)
    assert codes(suspending(replace(LINE, assigned_to=former), requester=MIA, beneficiary=former)) == []


@pytest.mark.covers("NOT_THE_HOLDER")
def test_only_the_holder_can_be_the_beneficiary() -> None:
    assert codes(suspending(LINE, beneficiary=BO)) == [("NOT_THE_HOLDER", "beneficiary_id")]


@pytest.mark.parametrize(
    ("known", "code"),
    [
        violation(suspending(changed(LINE, status=LineStatus.SUSPENDED)), "LINE_NOT_ACTIVE"),
        violation(suspending(changed(LINE, account_id="fleet")), "LINE_OF_OTHER_ACCOUNT"),
        violation(suspending(LINE, changed(LINE, id="l3", carrier="bluepeak")), "LINE_OF_OTHER_CARRIER"),
        violation(suspending(LINE, LINE), "DUPLICATE_LINE"),
    ],
)
def test_a_line_error_names_the_item(known: Facts, code: str) -> None:
    assert codes(known) == [(code, f"items.{len(known.answers) - 1}.line")]


def test_an_unknown_line_is_reported() -> None:
    known = replace(suspending(LINE), lines={})
    assert ("LINE_NOT_ACTIVE", "items.0.line") in codes(known)
    assert 'No line matches "l1".' in [error.detail for error in check(known)]


@pytest.mark.parametrize("reason", REASONS, ids=lambda reason: reason.code)
def test_the_form_offers_exactly_the_reasons_that_the_server_accepts(reason: SuspensionReason) -> None:
    offered = reason.code in SUSPEND_REASON.type.schema["enum"]
    assert offered is reason.ordered
    if offered:
        assert codes(suspending(LINE, answers={"suspend_reason": SUSPEND_REASON.parse(reason.code)})) == []
    else:
        with pytest.raises(ValueError, match="If the phone is lost or stolen, call the telecom desk"):
            SUSPEND_REASON.parse(reason.code)


@pytest.mark.parametrize("reason", REASONS, ids=lambda reason: reason.code)
def test_the_reason_says_whether_a_suspended_line_is_billed(reason: SuspensionReason) -> None:
    assert BILLING.compute(suspending(LINE), {"suspend_reason": reason.code}) is reason.billed


@pytest.mark.parametrize(
    ("resumes", "starts", "allowed"),
    [
        ("2026-03-03", None, True),
        pytest.param("2026-03-02", None, False, marks=pytest.mark.covers("RESUME_DATE_OUT_OF_RANGE")),
        pytest.param("2026-03-20", date(2026, 3, 20), False, marks=pytest.mark.covers("RESUME_DATE_OUT_OF_RANGE")),
        ("2026-03-21", date(2026, 3, 20), True),
    ],
)
def test_the_resume_date_is_after_the_start_date(resumes: str, starts: date | None, allowed: bool) -> None:
    found = codes(suspending(LINE, answers={"resume_on": resumes}, effective_on=starts))
    assert found == ([] if allowed else [("RESUME_DATE_OUT_OF_RANGE", "items.0.resume_on")])


VERIZON = in_force(published("verizon_business"))


def after_suspension(
    days: int, *, ended: datetime = MOMENT - DAY, known: Mapping[str, Any] = VERIZON, **changes: Any
) -> Facts:
    """Ann orders to suspend the line again after a suspension of so many days."""
    periods = (SuspensionPeriod(began=ended - days * DAY, ended=ended, reason="vacation"),)
    return suspending(LINE, optional={SUSPENSIONS.code: {"l1": periods}, **known}, **changes)


@pytest.mark.covers("SUSPENSION_QUOTA_USED")
def test_a_line_that_has_used_its_yearly_quota_is_not_suspended() -> None:
    assert codes(after_suspension(179)) == []
    (error,) = check(after_suspension(180))
    assert (error.code, error.field) == ("SUSPENSION_QUOTA_USED", "items.0.line")
    assert error.detail == (
        "The carrier allows 180 days in any 12 months for any reason, and this line has been suspended for 180 days"
        " (vacation 180) in that time. Source: Verizon, My Business: suspending service, read on Sat, Nov 28, 2026."
    )
    assert codes(after_suspension(180, known={})) == []


def test_the_quota_is_checked_on_the_start_date() -> None:
    later = after_suspension(180, ended=MOMENT - 180 * DAY)
    assert codes(later) == [("SUSPENSION_QUOTA_USED", "items.0.line")]
    assert codes(replace(later, effective_on=date(2026, 3, 20))) == []


@pytest.mark.parametrize(
    ("resumes", "allowed"),
    [
        ("2026-05-30", True),
        pytest.param("2026-06-01", False, marks=pytest.mark.covers("RESUME_DATE_PAST_LIMIT")),
    ],
)
def test_the_resume_date_is_before_the_limit_of_the_carrier(resumes: str, allowed: bool) -> None:
    (*errors,) = check(suspending(LINE, answers={"resume_on": resumes}, optional=VERIZON))
    found = [(error.code, error.field) for error in errors]
    assert found == ([] if allowed else [("RESUME_DATE_PAST_LIMIT", "items.0.resume_on")])
    assert allowed or "On Sun, May 31, 2026, the carrier resumes service." in errors[0].detail


def test_a_stranger_does_not_learn_about_earlier_suspensions() -> None:
    found = codes(after_suspension(180, requester=person("Otto")))
    assert [code for code, _ in found] == ["NOT_AUTHORIZED_ON_BEHALF"]


def request(order_type: OrderType, *items: dict[str, Any], **answers: Any) -> OrderRequest:
    return OrderRequest(
        tenant="acme", type=order_type, requester_id="ann", beneficiary=None, answers=answers, items=items or ({},)
    )


@pytest.mark.parametrize(
    ("reason", "billing"),
    [("seasonal", False), ("vacation", False), ("separation", False), ("military", False), ("damaged", True),
     ("fraud", True)],
)  # fmt: skip
def test_the_default_billing_depends_on_the_reason(reason: str, billing: bool) -> None:
    known = replace(suspending(LINE), own_line="l1")
    (answers,) = resolve_answers(request(SUSPEND, suspend_reason=reason), known)
    assert answers == {"suspend_reason": reason, "line": "l1", "billing": billing}


@pytest.mark.parametrize("name", ["(312) 555-0142", "312.555.0142", "+1 312 555 0142", "l1"])
def test_a_line_is_stored_by_its_id(name: str) -> None:
    known = replace(suspending(LINE), lines={"l1": LINE, "+13125550142": LINE})
    (answers,) = resolve_answers(request(SUSPEND, {"line": name}, suspend_reason="fraud"), known)
    assert answers["line"] == "l1"


def test_there_is_no_default_among_several_lines() -> None:
    with pytest.raises(OrderRejected) as rejected:
        resolve_answers(request(SUSPEND, suspend_reason="fraud"), suspending(LINE))
    assert [(error.code, error.field) for error in rejected.value.errors] == [("ANSWER_REQUIRED", "items.0.line")]


# --- reassignment ----------------------------------------------------------------


def test_a_suspended_line_can_be_reassigned() -> None:
    assert codes(reassigning(changed(OTHER, status=LineStatus.SUSPENDED))) == []


@pytest.mark.parametrize(
    ("known", "code"),
    [
        violation(reassigning(LINE), "ALREADY_HOLDER"),
        violation(reassigning(changed(OTHER, status=LineStatus.TERMINATED)), "LINE_NOT_IN_USE"),
        violation(reassigning(beneficiary=replace(ANN, active=False)), "EMPLOYEE_INACTIVE"),
        violation(reassigning(requester=KIM, lines_held=2), "MAX_LINES_PER_EMPLOYEE"),
        violation(reassigning(requester=ANN), "NOT_AUTHORIZED_ON_BEHALF"),
    ],
)
def test_a_violation_of_a_reassignment_has_its_code(known: Facts, code: str) -> None:
    assert [error.code for error in check(known)] == [code]


def stage_of(known: Facts) -> Any:
    (stage,) = plan(known, quote(known), ())
    return stage


def test_both_managers_must_approve() -> None:
    stage = stage_of(reassigning())
    assert ([one.name for one in stage.approvers], stage.mode) == (["Mia", "Kim"], StageMode.ALL)
    assert "Mia is a manager of Ann (new user)." in stage.why
    assert [one.name for one in stage.escalates_to] == ["Ada"]


def test_a_manager_of_both_users_is_asked_once() -> None:
    stage = stage_of(reassigning(replace(OTHER, managers=(MIA,))))
    assert ([one.name for one in stage.approvers], stage.mode) == (["Mia"], StageMode.ANY)


def test_the_manager_of_the_requester_is_not_asked() -> None:
    stage = stage_of(reassigning(requester=replace(person("Des", roles=frozenset({Role.DESK})), manager_id="vic")))
    assert "vic" not in {one.person_id for one in stage.approvers}


def test_a_manager_who_is_the_requester_is_skipped() -> None:
    stage = stage_of(reassigning(requester=KIM))
    assert [one.name for one in stage.approvers] == ["Mia", "Vic"]


def test_an_admin_approves_for_a_user_without_a_manager() -> None:
    stage = stage_of(reassigning(replace(OTHER, managers=())))
    assert [one.name for one in stage.approvers] == ["Mia", "Ada"]


def test_a_user_without_an_approver_leaves_the_stage_without_approvers() -> None:
    assert stage_of(reassigning(replace(OTHER, managers=()), admins=())).approvers == ()


def test_an_unassigned_line_needs_only_the_manager_of_the_new_user() -> None:
    stage = stage_of(reassigning(named_line("l2"), requester=ADA))
    assert [one.name for one in stage.approvers] == ["Mia"]


# --- what carriers don't publish ------------------------------------------------------


@pytest.mark.parametrize(
    ("rules", "reason", "resumes", "flagged"),
    [
        ("verizon_business", "vacation", None, False),
        ("verizon_business", "fraud", "2026-05-30", False),
        ("att_business", "vacation", None, True),
        ("att_business", "vacation", "2026-05-30", False),  # before the 180 days that are published
        ("att_business", "fraud", "2026-05-30", True),
        ("tmobile_business", "military", None, True),
        ("any", "vacation", "2026-05-30", True),
    ],
)
def test_approvers_read_what_the_carrier_does_not_publish(
    rules: str, reason: str, resumes: str | None, flagged: bool
) -> None:
    answers = {"suspend_reason": reason} | ({"resume_on": resumes} if resumes else {})
    known = suspending(LINE, answers=answers, optional=in_force(published(rules)))
    found = [rule.code for rule in raised(known, quote(known))]
    assert found == (["LIMIT_NOT_PUBLISHED"] if flagged else [])


def test_the_flag_tells_a_stranger_nothing() -> None:
    known = suspending(LINE, requester=person("Otto"), optional=in_force(published("any")))
    assert not raised(known, quote(known))


def test_the_end_of_a_suspension_that_is_not_published_is_not_assumed() -> None:
    answers = {"suspend_reason": "vacation", "resume_on": "2026-12-01"}
    (error,) = check(suspending(LINE, answers=answers, optional=in_force(published("att_business"))))
    assert error.code == "RESUME_DATE_PAST_LIMIT"
    assert "allows 180 days in a row for vacation or a season." in error.detail
    assert "and the carrier doesn't publish what it does then." in error.detail
