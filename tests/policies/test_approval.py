import re
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.approval_plan import Stage, StageMode
from models.facts import Facts, Role
from models.order import Quote
from models.registry import UnknownWordError, load
from policies.approval import PLANS, find, plan, planned_again, strictest, why_none
from policies.approval_plan import ApprovalPlan, PlanInput
from policies.approval_stages import budget_stage
from policies.evaluate import evaluate_order
from policies.flag_rule import FlagRule, raised
from policies.flag_rules.purchasing import OUT_OF_POLICY, OVER_DEVICE_CAP, OVER_LINE_ALLOWANCE
from policies.flag_rules.term_total import OVER_THRESHOLD
from policies.pricing import quote
from tests.policies.sample_facts import (
    ADA,
    ANN,
    BEN,
    MIA,
    NEW_LINE,
    VIC,
    changing_plan,
    facts,
    named_line,
    person,
    policy,
)
from workflows.order_type_registry import order_types_by_code

ZOE = person("Zoe")
ALL = load(PLANS, ApprovalPlan)
CODES = set(ALL)
GONE = replace(MIA, active=False)


def _plan(code: str, *flags: FlagRule, **changes: Any) -> tuple[Stage, ...]:
    known = facts(type=replace(NEW_LINE, approval=code), **changes)
    return plan(known, quote(known), flags)


def _people(stages: tuple[Stage, ...]) -> list[tuple[str, list[str], list[str]]]:
    return [
        (stage.label, [one.name for one in stage.approvers], [one.name for one in stage.escalates_to])
        for stage in stages
    ]


def _quote(change: str, one_time: str = "0.00") -> Quote:
    """A change of a plan that costs $30.00 per month."""
    monthly, once = Decimal("30.00") + Decimal(change), Decimal(one_time)
    return Quote(
        one_time=once,
        monthly=monthly,
        monthly_before=Decimal("30.00"),
        term_total=once + Decimal(change) * 24,
        term_months=24,
        currency="USD",
    )


def test_the_plans_are_known_by_code() -> None:
    assert {*("NONE", "BY_COST", "MANAGER", "MANAGER_THEN_BUDGET", "MANAGER_THEN_ADMIN", "BOTH_MANAGERS")} <= CODES


def test_a_plan_describes_itself_in_a_sentence() -> None:
    assert [one.code for one in ALL.values() if not re.fullmatch(r"[A-Z].+\.", one.description)] == []


def test_an_unknown_plan_is_rejected_with_the_nearest() -> None:
    with pytest.raises(UnknownWordError, match="'MANAGERS'; did you mean 'MANAGER'"):
        find("MANAGERS")


@pytest.mark.parametrize("code", sorted(order_types_by_code()))
def test_the_plan_of_every_order_type_exists(code: str) -> None:
    assert find(order_types_by_code()[code].approval)


def test_of_several_plans_the_strictest_is_unambiguous() -> None:
    assert len({one.strictness for one in ALL.values()}) == len(ALL)
    assert strictest(["BY_COST", "NONE"]) == "BY_COST"
    assert strictest(["MANAGER", "MANAGER_THEN_BUDGET", "BY_COST"]) == "MANAGER_THEN_BUDGET"
    assert strictest(["NONE"]) == "NONE"


@pytest.mark.parametrize(
    ("code", "flags", "expected"),
    [
        ("NONE", (), []),
        ("MANAGER", (), [("Manager", ["Mia"], ["Vic"])]),
        (
            "MANAGER_THEN_ADMIN",
            (),
            [("Manager", ["Mia"], ["Vic"]), ("Telecom admin", ["Ada"], ["Vic"])],
        ),
        ("MANAGER_THEN_BUDGET", (), [("Manager", ["Mia"], ["Vic"])]),
        ("MANAGER_THEN_BUDGET", (OVER_LINE_ALLOWANCE,), [("Manager", ["Mia"], ["Vic"])]),
        *(
            (
                "MANAGER_THEN_BUDGET",
                (flag,),
                [("Manager", ["Mia"], ["Vic"]), ("Budget", ["Ben"], ["Ada"])],
            )
            for flag in (OUT_OF_POLICY, OVER_DEVICE_CAP, OVER_THRESHOLD)
        ),
    ],
)
def test_a_plan_asks_the_expected_people(
    code: str, flags: tuple[FlagRule, ...], expected: list[tuple[str, list[str], list[str]]]
) -> None:
    stages = _plan(code, *flags)
    assert _people(stages) == expected
    assert [stage.number for stage in stages] == list(range(1, len(expected) + 1))


@pytest.mark.parametrize(
    ("changes", "approver", "why"),
    [
        ({}, "Mia", "Mia is Ann's manager."),
        ({"managers": (GONE, VIC)}, "Vic", "Vic approves because Mia, Ann's manager, has left."),
        ({"requester": MIA}, "Vic", "Vic approves because Mia, Ann's manager, submitted the order."),
        ({"managers": ()}, "Ada", "Ann has no manager who can approve, so a telecom admin does."),
        ({"managers": (GONE,)}, "Ada", "Ann has no manager who can approve, so a telecom admin does."),
    ],
)
def test_the_nearest_manager_who_can_approve_is_asked(changes: dict[str, Any], approver: str, why: str) -> None:
    (stage,) = _plan("MANAGER", **changes)
    assert [one.name for one in stage.approvers] == [approver]
    assert stage.why == why


@pytest.mark.fault("45")
@pytest.mark.parametrize("tie", ["requester", "beneficiary", "holder"])
@pytest.mark.parametrize("code", sorted(CODES))
@pytest.mark.parametrize("others", [(), (VIC, ADA, BEN)], ids=["alone", "with others"])
def test_no_plan_asks_someone_whose_own_order_it_is(code: str, tie: str, others: tuple[Any, ...]) -> None:
    """Mia is the manager, an admin and the budget owner at once; nor is she asked after an escalation."""
    asked = (MIA, *others)
    line = named_line("l1", MIA if tie == "holder" else ANN, asked)
    known = changing_plan("SMALL", lines={"l1": line}, answers=({"line": "l1", "plan": "SMALL"},))
    known = replace(known, managers=asked, admins=asked, budget_owners=asked)
    requester, beneficiary = (MIA if tie == one else ANN for one in ("requester", "beneficiary"))
    kind = replace(known.type, approval=code)
    own = replace(known, type=kind, requester=requester, beneficiary=beneficiary)
    stages = plan(own, quote(own), tuple(load("policies.flag_rules", FlagRule).values()))
    assert MIA.id not in {one.person_id for stage in stages for one in (*stage.approvers, *stage.escalates_to)}
    assert not evaluate_order(own).may_decide(MIA.id)


def test_the_top_manager_escalates_to_the_other_admins() -> None:
    (stage,) = _plan("MANAGER", managers=(ADA,), admins=(ADA, ZOE))
    assert [one.name for one in stage.escalates_to] == ["Zoe"]


@pytest.mark.parametrize("part", ["requester", "beneficiary"])
def test_the_requester_and_the_beneficiary_do_not_approve(part: str) -> None:
    stages = _plan("MANAGER_THEN_BUDGET", OUT_OF_POLICY, **{part: BEN})
    assert [one.name for one in stages[1].approvers] == ["Ada"]


def test_a_stage_without_approvers_stays_in_the_plan() -> None:
    stages = _plan("MANAGER_THEN_ADMIN", requester=ADA)
    assert _people(stages) == [("Manager", ["Mia"], ["Vic"]), ("Telecom admin", [], ["Vic"])]


def test_the_budget_stage_gives_each_reason() -> None:
    budget = _plan("MANAGER_THEN_BUDGET", OUT_OF_POLICY, OVER_THRESHOLD)[1]
    assert budget.why == (
        "Something in this order is outside the purchasing policy. The order costs $1,200.00 over 24 months. "
        "The budget owner approves orders of $2,000.00 or more."
    )


@pytest.mark.parametrize(
    ("price", "cost"),
    [
        (_quote("7.00"), "The order adds $7.00 per month: $168.00 more over 24 months."),
        (
            _quote("-7.00", "200.00"),
            "The order costs $200.00 one-time and saves $7.00 per month: $32.00 more over 24 months.",
        ),
        (_quote("0.00", "150.00"), "The order costs $150.00 one-time: $150.00 more over 24 months."),
        (_quote("0.00"), "The order adds no cost."),
    ],
)
def test_the_budget_owner_reads_what_a_change_adds_or_saves(price: Quote, cost: str) -> None:
    known = changing_plan("PLAN", policy=policy(threshold=Decimal("0.00")))
    budget = budget_stage(PlanInput(facts=known, quote=price, flags=raised(known, price)))
    assert budget is not None
    assert budget.why == f"{cost} The budget owner approves orders of $0.00 or more."


def test_every_owner_of_a_split_charge_must_approve() -> None:
    budget = _plan("MANAGER_THEN_BUDGET", OUT_OF_POLICY, budget_owners=(BEN, ZOE))[1]
    assert budget.mode is StageMode.ALL
    assert [one.name for one in budget.approvers] == ["Ben", "Zoe"]


def test_a_manager_who_owns_the_budget_is_asked_once() -> None:
    (stage,) = _plan("MANAGER_THEN_BUDGET", OUT_OF_POLICY, budget_owners=(MIA,))
    assert stage.label == "Manager and budget"
    assert stage.why.startswith("Mia is Ann's manager. Something in this order")


def test_a_stage_to_come_is_planned_again_although_it_is_merged_today() -> None:
    kind, cheap = replace(NEW_LINE, approval="MANAGER_THEN_BUDGET"), policy(threshold=Decimal("0.00"))
    known = facts(type=kind, policy=cheap, budget_owners=(BEN,))
    submitted, today = evaluate_order(known).plan, replace(known, budget_owners=(MIA,))
    again = planned_again(today, submitted, after=1)
    assert [(one.number, one.label, one.approvers[0].name) for one in submitted] == [
        (1, "Manager", "Mia"), (2, "Budget", "Ben"),
    ]  # fmt: skip
    assert [(one.number, one.label, one.approvers[0].name) for one in again] == [
        (1, "Manager", "Mia"), (2, "Budget", "Mia"),
    ]  # fmt: skip


def test_a_manager_who_is_one_of_two_owners_is_asked_once() -> None:
    stages = _plan("MANAGER_THEN_BUDGET", OUT_OF_POLICY, budget_owners=(MIA, BEN))
    assert [[one.name for one in stage.approvers] for stage in stages] == [["Mia"], ["Ben"]]


def test_admins_who_replace_the_manager_are_asked_once() -> None:
    (stage,) = _plan("MANAGER_THEN_ADMIN", managers=(), admins=(ADA, ZOE))
    assert [one.name for one in stage.approvers] == ["Ada", "Zoe"]


def test_one_of_several_admins_does_not_settle_the_budget_stage() -> None:
    stages = _plan("MANAGER_THEN_BUDGET", OUT_OF_POLICY, managers=(), admins=(ADA, ZOE), budget_owners=(ADA,))
    assert [[one.name for one in stage.approvers] for stage in stages] == [["Ada", "Zoe"], ["Ada"]]


PEOPLE = st.sampled_from([ANN, MIA, GONE, VIC, ADA, BEN, ZOE])
SOME = st.lists(PEOPLE, max_size=4, unique_by=lambda one: one.id).map(tuple)


@given(
    code=st.sampled_from(sorted(CODES)),
    flags=st.lists(st.sampled_from([*load("policies.flag_rules", FlagRule).values()]), unique=True),
    people=st.fixed_dictionaries({"requester": PEOPLE, "managers": SOME, "admins": SOME, "budget_owners": SOME}),
)
def test_no_plan_asks_people_who_cannot_approve(code: str, flags: list[FlagRule], people: dict[str, Any]) -> None:
    stages = _plan(code, *flags, **people)
    present = (*people["managers"], *people["admins"], *people["budget_owners"])
    eligible = {one.id for one in present if one.active} - {"ann", people["requester"].id}
    for stage in stages:
        assert {one.person_id for one in (*stage.approvers, *stage.escalates_to)} <= eligible
        assert not set(stage.approvers) & set(stage.escalates_to)
        assert stage.why
    assert bool(stages) is (code not in {"NONE", "LEAVER"})


def test_the_flags_of_an_order_lead_to_the_plan_for_its_price() -> None:
    known: Facts = facts()
    assert plan(known, quote(known), raised(known, quote(known))) == _plan("MANAGER_THEN_BUDGET")


def test_an_auditor_is_skipped_and_the_next_manager_approves() -> None:
    auditor = replace(MIA, roles=frozenset({Role.AUDITOR}))
    (stage,) = _plan("MANAGER", managers=(auditor, VIC))
    assert [one.name for one in stage.approvers] == ["Vic"]
    assert "Mia, Ann's manager, is an auditor" in stage.why


def _by_cost(price: Quote, **limits: str) -> tuple[list[str], str | None]:
    """The labels of the stages and, without any, the rule."""
    known = changing_plan("PLAN", policy=policy(**{name: Decimal(limit) for name, limit in limits.items()}))
    flags = raised(known, price)
    stages = plan(known, price, flags)
    return [stage.label for stage in stages], None if stages else why_none(known, price, flags)


NO_COST = "no approval needed, because the order adds no cost"
IN_CAP = "no approval needed, because the order adds no more than $5.00, per month or once"


@pytest.mark.parametrize(
    ("price", "limits", "expected"),
    [
        (_quote("-7.00"), {}, ([], NO_COST)),
        (_quote("0.00"), {}, ([], NO_COST)),
        (_quote("0.01"), {}, (["Manager"], None)),
        (_quote("0.00", "0.01"), {}, (["Manager"], None)),
        (_quote("-7.00", "25.00"), {}, (["Manager"], None)),
        (_quote("5.00"), {"free_cap": "5.00"}, ([], IN_CAP)),
        (_quote("5.00", "5.00"), {"free_cap": "5.00"}, ([], IN_CAP)),
        (_quote("-7.00", "5.00"), {"free_cap": "5.00"}, ([], IN_CAP)),
        (_quote("-7.00"), {"free_cap": "5.00"}, ([], NO_COST)),
        (_quote("5.01"), {"free_cap": "5.00"}, (["Manager"], None)),
        (_quote("0.00", "5.01"), {"free_cap": "5.00"}, (["Manager"], None)),
        (_quote("5.00"), {"threshold": "120.01"}, (["Manager"], None)),
        (_quote("5.00"), {"threshold": "120.00"}, (["Manager", "Budget"], None)),
        (_quote("0.00", "150.00"), {"threshold": "120.00"}, (["Manager", "Budget"], None)),
        (_quote("5.00"), {"threshold": "120.00", "free_cap": "5.00"}, ([], IN_CAP)),
    ],
)
def test_approval_by_cost_depends_on_what_the_order_adds(
    price: Quote, limits: dict[str, str], expected: tuple[list[str], str | None]
) -> None:
    assert _by_cost(price, **limits) == expected


@pytest.mark.parametrize("flag", [OUT_OF_POLICY, OVER_DEVICE_CAP, OVER_LINE_ALLOWANCE])
def test_an_order_outside_the_policy_is_approved_even_if_it_adds_no_cost(flag: FlagRule) -> None:
    known = changing_plan("SMALL")
    assert plan(known, _quote("-7.00"), ()) == ()
    stages = [stage.label for stage in plan(known, _quote("-7.00"), (flag,))]
    assert stages == (["Manager", "Budget"] if flag.why_budget else ["Manager"])
