from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.facts import Facts, Role
from models.order import Stage, StageMode
from models.order_type import Template
from policies.approval import TEMPLATES, plan
from policies.flags import Flag, flags
from policies.pricing import quote
from tests.policies.sample_facts import ADA, ANN, BEN, MIA, NEW_LINE, VIC, facts, person

ZOE = person("Zoe")
GONE = replace(MIA, active=False)


def _plan(template: Template, *raised: Flag, **changes: Any) -> tuple[Stage, ...]:
    known = facts(type=replace(NEW_LINE, approval=template), **changes)
    return plan(known, quote(known), raised)


def _asked(stages: tuple[Stage, ...]) -> list[tuple[str, list[str], list[str]]]:
    return [
        (stage.label, [one.name for one in stage.approvers], [one.name for one in stage.escalates_to])
        for stage in stages
    ]


def test_every_template_has_its_stages() -> None:
    assert set(TEMPLATES) == set(Template)


@pytest.mark.parametrize(
    ("template", "raised", "expected"),
    [
        (Template.NONE, (), []),
        (Template.MANAGER, (), [("Manager", ["Mia"], ["Vic"])]),
        (
            Template.MANAGER_THEN_ADMIN,
            (),
            [("Manager", ["Mia"], ["Vic"]), ("Telecom admin", ["Ada"], ["Vic"])],
        ),
        (Template.MANAGER_THEN_BUDGET, (), [("Manager", ["Mia"], ["Vic"])]),
        (Template.MANAGER_THEN_BUDGET, (Flag.OVER_LINE_ALLOWANCE,), [("Manager", ["Mia"], ["Vic"])]),
        *(
            (
                Template.MANAGER_THEN_BUDGET,
                (flag,),
                [("Manager", ["Mia"], ["Vic"]), ("Budget", ["Ben"], ["Ada"])],
            )
            for flag in (Flag.OUT_OF_POLICY, Flag.OVER_DEVICE_CAP, Flag.OVER_THRESHOLD)
        ),
    ],
)
def test_a_template_asks_its_people(
    template: Template, raised: tuple[Flag, ...], expected: list[tuple[str, list[str], list[str]]]
) -> None:
    stages = _plan(template, *raised)
    assert _asked(stages) == expected
    assert [stage.number for stage in stages] == list(range(1, len(expected) + 1))


@pytest.mark.parametrize(
    ("changes", "approver", "because"),
    [
        ({}, "Mia", "Mia is the manager of Ann."),
        ({"managers": (GONE, VIC)}, "Vic", "Vic decides because Mia, the manager of Ann, has left."),
        ({"requester": MIA}, "Vic", "Vic decides because Mia, the manager of Ann, placed the order."),
        ({"managers": ()}, "Ada", "Ann has no manager who could decide, so the telecom admins do."),
        ({"managers": (GONE,)}, "Ada", "Ann has no manager who could decide, so the telecom admins do."),
    ],
)
def test_the_nearest_manager_who_may_decide_is_asked(changes: dict[str, Any], approver: str, because: str) -> None:
    (stage,) = _plan(Template.MANAGER, **changes)
    assert [one.name for one in stage.approvers] == [approver]
    assert stage.why == because


def test_the_topmost_manager_escalates_to_the_other_admins() -> None:
    (stage,) = _plan(Template.MANAGER, managers=(ADA,), admins=(ADA, ZOE))
    assert [one.name for one in stage.escalates_to] == ["Zoe"]


@pytest.mark.parametrize("asking", ["requester", "beneficiary"])
def test_nobody_approves_what_they_ask_for_or_get(asking: str) -> None:
    stages = _plan(Template.MANAGER_THEN_BUDGET, Flag.OUT_OF_POLICY, **{asking: BEN})
    assert [one.name for one in stages[1].approvers] == ["Ada"]


def test_a_stage_nobody_can_decide_stays_in_the_plan() -> None:
    stages = _plan(Template.MANAGER_THEN_ADMIN, requester=ADA)
    assert _asked(stages) == [("Manager", ["Mia"], ["Vic"]), ("Telecom admin", [], ["Vic"])]


def test_the_budget_stage_says_each_reason_in_words() -> None:
    budget = _plan(Template.MANAGER_THEN_BUDGET, Flag.OUT_OF_POLICY, Flag.OVER_THRESHOLD)[1]
    assert budget.why == (
        "Something in the order is outside the purchasing policy; the order costs 1,200.00 USD over 24 months, "
        "and from 2,000.00 USD the budget owner decides too."
    )


def test_every_owner_of_a_split_charge_must_approve() -> None:
    budget = _plan(Template.MANAGER_THEN_BUDGET, Flag.OUT_OF_POLICY, budget_owners=(BEN, ZOE))[1]
    assert budget.mode is StageMode.ALL
    assert [one.name for one in budget.approvers] == ["Ben", "Zoe"]


def test_a_manager_who_owns_the_budget_is_asked_once() -> None:
    (stage,) = _plan(Template.MANAGER_THEN_BUDGET, Flag.OUT_OF_POLICY, budget_owners=(MIA,))
    assert stage.label == "Manager and budget"
    assert stage.why.startswith("Mia is the manager of Ann. Something in the order")


def test_of_two_owners_the_one_who_is_manager_is_asked_once() -> None:
    stages = _plan(Template.MANAGER_THEN_BUDGET, Flag.OUT_OF_POLICY, budget_owners=(MIA, BEN))
    assert [[one.name for one in stage.approvers] for stage in stages] == [["Mia"], ["Ben"]]


def test_admins_who_stand_in_for_the_manager_are_not_asked_again_as_admins() -> None:
    (stage,) = _plan(Template.MANAGER_THEN_ADMIN, managers=(), admins=(ADA, ZOE))
    assert [one.name for one in stage.approvers] == ["Ada", "Zoe"]


def test_one_of_several_stand_ins_does_not_settle_the_owners_stage() -> None:
    stages = _plan(
        Template.MANAGER_THEN_BUDGET, Flag.OUT_OF_POLICY, managers=(), admins=(ADA, ZOE), budget_owners=(ADA,)
    )
    assert [[one.name for one in stage.approvers] for stage in stages] == [["Ada", "Zoe"], ["Ada"]]


PEOPLE = st.sampled_from([ANN, MIA, GONE, VIC, ADA, BEN, ZOE])
SOME = st.lists(PEOPLE, max_size=4, unique_by=lambda one: one.id).map(tuple)


@given(
    template=st.sampled_from(Template),
    raised=st.sets(st.sampled_from(Flag)),
    people=st.fixed_dictionaries({"requester": PEOPLE, "managers": SOME, "admins": SOME, "budget_owners": SOME}),
)
def test_no_plan_asks_somebody_who_may_not_decide(
    template: Template, raised: set[Flag], people: dict[str, Any]
) -> None:
    stages = _plan(template, *raised, **people)
    present = (*people["managers"], *people["admins"], *people["budget_owners"])
    able = {one.id for one in present if one.active} - {"ann", people["requester"].id}
    for stage in stages:
        assert {one.person_id for one in (*stage.approvers, *stage.escalates_to)} <= able
        assert not set(stage.approvers) & set(stage.escalates_to)
        assert stage.why
    assert bool(stages) is (template is not Template.NONE)


def test_a_plan_for_real_flags_is_the_one_for_its_price() -> None:
    known: Facts = facts()
    assert plan(known, quote(known), flags(known, quote(known))) == _plan(Template.MANAGER_THEN_BUDGET)


def test_an_auditor_is_passed_over_and_the_next_above_decides() -> None:
    auditor = replace(MIA, roles=frozenset({Role.AUDITOR}))
    (stage,) = _plan(Template.MANAGER, managers=(auditor, VIC))
    assert [one.name for one in stage.approvers] == ["Vic"]
    assert "Mia, the manager of Ann, is an auditor" in stage.why
