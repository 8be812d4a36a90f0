"""Orders about lines that exist: who may place them, for which lines, and with which wishes."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from models.asks import Ask
from models.errors import OrderRefused
from models.facts import Facts, LineFacts, Role
from models.order import Request, StageMode
from models.order_type import Aspect, Check, Family, OrderType, Step, Template
from models.timers import Period
from policies.answers import resolve_answers
from policies.approval import plan
from policies.eligibility import check
from policies.pricing import quote
from tests.policies.sample_facts import ADA, ANN, MIA, VIC, facts, person

DAY, MOMENT = timedelta(days=1), facts().now
BO, KIM = person("Bo"), person("Kim")
LINE = LineFacts(
    id="l1", mdn="+13125550142", status="active", carrier="northwind", account_id="sales", holder=ANN,
    managers=(MIA, VIC),
)  # fmt: skip
OTHER = replace(LINE, id="l2", mdn="+13125550143", holder=BO, managers=(KIM, VIC))
REST = OrderType(
    code="TEST_REST",
    family=Family.DELETE,
    title="Rest",
    asks=(Ask.LINE, Ask.SUSPEND_REASON, Ask.BILLING, Ask.RESUME_ON),
    checks=(
        Check.REQUESTER_MAY_ORDER,
        Check.LINE_ACTIVE,
        Check.LINES_TOGETHER,
        Check.SUSPEND_REASON_ALLOWED,
        Check.RESUME_DATE_IN_RANGE,
        Check.WITHIN_CARRIERS_RULE,
    ),
    steps=(Step.RULE,),
    touches=(Aspect.STATUS,),
    effect="suspend_line",
    carrier_action="suspend",
)
GIVE = replace(
    REST,
    asks=(Ask.LINE, Ask.DEVICE_MOVES),
    touches=(Aspect.HOLDER,),
    carrier_action=None,
    checks=(
        Check.REQUESTER_MAY_ORDER,
        Check.BENEFICIARY_ACTIVE,
        Check.LINE_IN_USE,
        Check.LINES_TOGETHER,
        Check.NEW_HOLDER,
        Check.LINE_ALLOWANCE,
    ),
    approval=Template.BOTH_MANAGERS,
)


def resting(*lines: LineFacts, answers: dict[str, Any] | None = None, **changes: Any) -> Facts:
    """An order of Ann's to let these lines rest."""
    said = tuple({"line": one.id, "suspend_reason": "seasonal", "billing": False, **(answers or {})} for one in lines)
    return replace(facts(), type=REST, answers=said, lines={one.id: one for one in lines}, **changes)


def giving(line: LineFacts = OTHER, **changes: Any) -> Facts:
    """An order that gives a line of Bo's to Ann, placed by the telecom desk."""
    desk = person("Des", roles=frozenset({Role.DESK}))
    changes = {"requester": desk, "answers": ({"line": line.id},), "lines": {line.id: line}, **changes}
    return replace(facts(), type=GIVE, **changes)


def codes(known: Facts) -> list[tuple[str, str | None]]:
    return [(error.code, error.field) for error in check(known)]


@pytest.mark.parametrize("requester", [ANN, MIA, VIC, person("Cara", roles=frozenset({Role.CARE}))])
def test_holder_managers_and_staff_may_let_a_line_rest(requester: Any) -> None:
    assert codes(resting(LINE, requester=requester)) == []


def test_the_owner_of_the_account_may_too() -> None:
    owner = person("Olga")
    account = replace(facts().account, owner_ids=("olga",))
    assert codes(resting(LINE, requester=owner, account=account)) == []


def test_a_colleague_may_not_and_learns_nothing_of_the_line() -> None:
    known = resting(replace(LINE, status="suspended"), requester=KIM)
    (error,) = check(known)
    assert (error.code, error.field) == ("NOT_AUTHORIZED_ON_BEHALF", "items.0.line")
    assert "Ann" not in error.detail


def test_a_leavers_line_may_rest() -> None:
    left = replace(ANN, active=False)
    assert codes(resting(replace(LINE, holder=left), requester=MIA, beneficiary=left)) == []


def test_nobody_else_can_be_named_as_the_one_it_is_for() -> None:
    assert codes(resting(LINE, beneficiary=BO)) == [("NOT_THE_HOLDER", "beneficiary_id")]


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        ((replace(LINE, status="suspended"),), "LINE_NOT_ACTIVE"),
        ((replace(LINE, account_id="fleet"),), "LINE_OF_OTHER_ACCOUNT"),
        ((LINE, replace(LINE, id="l3", carrier="bluepeak")), "LINE_OF_OTHER_CARRIER"),
        ((LINE, LINE), "DUPLICATE_LINE"),
    ],
)
def test_what_is_wrong_with_a_line_is_said_of_that_line(lines: tuple[LineFacts, ...], code: str) -> None:
    assert codes(resting(*lines)) == [(code, f"items.{len(lines) - 1}.line")]


def test_a_line_that_is_not_there_is_no_active_line() -> None:
    known = replace(resting(LINE), lines={})
    assert ("LINE_NOT_ACTIVE", "items.0.line") in codes(known)


@pytest.mark.parametrize("reason", ["lost", "stolen"])
def test_what_was_lost_or_stolen_is_reported_instead(reason: str) -> None:
    (error,) = check(resting(LINE, answers={"suspend_reason": reason}))
    assert (error.code, error.field) == ("USE_REPORT_LOST_STOLEN", "items.0.suspend_reason")
    assert "hotline" in error.detail


@pytest.mark.parametrize(
    ("resumes", "begins", "allowed"),
    [
        ("2026-03-03", None, True),
        ("2026-03-02", None, False),
        ("2026-03-20", date(2026, 3, 20), False),
        ("2026-03-21", date(2026, 3, 20), True),
    ],
)
def test_a_line_resumes_after_it_has_begun_to_rest(resumes: str, begins: date | None, allowed: bool) -> None:
    found = codes(resting(LINE, answers={"resume_on": resumes}, effective_on=begins))
    assert found == ([] if allowed else [("RESUME_DATE_OUT_OF_RANGE", "items.0.resume_on")])


VERIZON = replace(facts().policy, carrier_rules={"northwind": "verizon_business"})


def rested(days: int) -> LineFacts:
    """The line, suspended so many days long till yesterday."""
    ended = MOMENT - DAY
    return replace(LINE, suspended=(Period(began=ended - days * DAY, ended=ended),))


def test_a_line_that_has_used_up_its_carriers_year_is_not_suspended_again() -> None:
    assert codes(resting(rested(179), policy=VERIZON)) == []
    (error,) = check(resting(rested(180), policy=VERIZON))
    assert (error.code, error.field) == ("SUSPENSION_QUOTA_USED", "items.0.line")
    assert "180 days in twelve months" in error.detail
    assert codes(resting(rested(180))) == []


def test_by_the_day_it_begins_there_may_be_room_again() -> None:
    later = replace(rested(180), suspended=(Period(began=MOMENT - 360 * DAY, ended=MOMENT - 180 * DAY),))
    assert codes(resting(later, policy=VERIZON)) == [("SUSPENSION_QUOTA_USED", "items.0.line")]
    assert codes(resting(later, policy=VERIZON, effective_on=date(2026, 3, 20))) == []


@pytest.mark.parametrize(("resumes", "allowed"), [("2026-05-30", True), ("2026-06-01", False)])
def test_no_day_is_planned_that_the_carrier_does_not_wait_for(resumes: str, allowed: bool) -> None:
    (*errors,) = check(resting(LINE, answers={"resume_on": resumes}, policy=VERIZON))
    found = [(error.code, error.field) for error in errors]
    assert found == ([] if allowed else [("RESUME_DATE_PAST_LIMIT", "items.0.resume_on")])
    assert allowed or "on 2026-05-31" in errors[0].detail


def test_how_long_a_line_has_rested_is_nobody_elses_business() -> None:
    stranger = person("Otto")
    assert codes(resting(rested(180), policy=VERIZON, requester=stranger))[0][0] == "NOT_AUTHORIZED_ON_BEHALF"
    assert len(codes(resting(rested(180), policy=VERIZON, requester=stranger))) == 1


def request(kind: OrderType, *items: dict[str, Any], **answers: Any) -> Request:
    return Request(
        tenant="acme", type=kind, requester_id="ann", beneficiary_id=None, answers=answers, items=items or ({},)
    )


@pytest.mark.parametrize(
    ("reason", "billing"),
    [("seasonal", False), ("vacation", False), ("separation", False), ("military", False), ("damaged", True),
     ("fraud", True)],
)  # fmt: skip
def test_whether_charges_go_on_follows_from_the_reason(reason: str, billing: bool) -> None:
    known = replace(resting(LINE), own_line="l1")
    (answers,) = resolve_answers(request(REST, suspend_reason=reason), known)
    assert answers == {"suspend_reason": reason, "line": "l1", "billing": billing}


@pytest.mark.parametrize("spelling", ["(312) 555-0142", "312.555.0142", "+1 312 555 0142", "l1"])
def test_a_line_is_kept_by_its_id_however_it_is_named(spelling: str) -> None:
    known = replace(resting(LINE), lines={"l1": LINE, "+13125550142": LINE})
    (answers,) = resolve_answers(request(REST, {"line": spelling}, suspend_reason="fraud"), known)
    assert answers["line"] == "l1"


def test_of_several_lines_nobody_guesses_one() -> None:
    with pytest.raises(OrderRefused) as refused:
        resolve_answers(request(REST, suspend_reason="fraud"), resting(LINE))
    assert [(error.code, error.field) for error in refused.value.errors] == [("ANSWER_REQUIRED", "items.0.line")]


# --- lines that change hands -----------------------------------------------------


def test_a_suspended_line_may_change_hands_too() -> None:
    assert codes(giving(replace(OTHER, status="suspended"))) == []


@pytest.mark.parametrize(
    ("known", "code"),
    [
        (giving(LINE), "ALREADY_HOLDER"),
        (giving(replace(OTHER, status="terminated")), "LINE_NOT_IN_USE"),
        (giving(beneficiary=replace(ANN, active=False)), "EMPLOYEE_INACTIVE"),
        (giving(requester=KIM, lines_held=2), "MAX_LINES_PER_EMPLOYEE"),
        (giving(requester=ANN), "NOT_AUTHORIZED_ON_BEHALF"),
    ],
)
def test_what_stands_against_a_change_of_hands(known: Facts, code: str) -> None:
    assert [error.code for error in check(known)] == [code]


def stage_of(known: Facts) -> Any:
    (stage,) = plan(known, quote(known), ())
    return stage


def test_both_managers_are_asked_and_both_must_approve() -> None:
    stage = stage_of(giving())
    assert ([one.name for one in stage.approvers], stage.mode) == (["Mia", "Kim"], StageMode.ALL)
    assert "Mia is a manager of Ann, who takes over." in stage.why
    assert [one.name for one in stage.escalates_to] == ["Ada"]


def test_a_manager_of_both_is_asked_once() -> None:
    stage = stage_of(giving(replace(OTHER, managers=(MIA,))))
    assert ([one.name for one in stage.approvers], stage.mode) == (["Mia"], StageMode.ANY)


def test_the_requesters_own_manager_has_no_part_where_theirs_is_neither() -> None:
    stage = stage_of(giving(requester=replace(person("Des", roles=frozenset({Role.DESK})), manager_id="vic")))
    assert "vic" not in {one.person_id for one in stage.approvers}


def test_a_manager_who_asks_for_it_is_passed_over() -> None:
    stage = stage_of(giving(requester=KIM))
    assert [one.name for one in stage.approvers] == ["Mia", "Vic"]


def test_an_admin_decides_for_a_side_without_a_manager() -> None:
    stage = stage_of(giving(replace(OTHER, managers=())))
    assert [one.name for one in stage.approvers] == ["Mia", "Ada"]


def test_no_side_is_left_out_when_nobody_can_decide_for_it() -> None:
    assert stage_of(giving(replace(OTHER, managers=()), admins=())).approvers == ()


def test_a_line_nobody_holds_has_no_side_that_gives_it_away() -> None:
    stage = stage_of(giving(replace(OTHER, holder=None, managers=()), requester=ADA))
    assert [one.name for one in stage.approvers] == ["Mia"]
