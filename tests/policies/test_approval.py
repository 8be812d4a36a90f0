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


def _people(stages: tuple[Stage, ...]) -> list[tuple[str, list[str], list[str]]]:
    return [
        (stage.label, [one.name for one in stage.approvers], [one.name for one in stage.escalates_to])
        for stage in stages
    ]


def test_every_template_has_stages() -> None:
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
def test_a_template_asks_the_expected_people(
    template: Template, raised: tuple[Flag, ...], expected: list[tuple[str, list[str], list[str]]]
) -> None:
    stages = _plan(template, *raised)
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
    (stage,) = _plan(Template.MANAGER, **changes)
    assert [one.name for one in stage.approvers] == [approver]
    assert stage.why == why


def test_the_top_manager_escalates_to_the_other_admins() -> None:
    (stage,) = _plan(Template.MANAGER, managers=(ADA,), admins=(ADA, ZOE))
    assert [one.name for one in stage.escalates_to] == ["Zoe"]


@pytest.mark.parametrize("part", ["requester", "beneficiary"])
def test_the_requester_and_the_beneficiary_do_not_approve(part: str) -> None:
    stages = _plan(Template.MANAGER_THEN_BUDGET, Flag.OUT_OF_POLICY, **{part: BEN})
    assert [one.name for one in stages[1].approvers] == ["Ada"]


def test_a_stage_without_approvers_stays_in_the_plan() -> None:
    stages = _plan(Template.MANAGER_THEN_ADMIN, requester=ADA)
    assert _people(stages) == [("Manager", ["Mia"], ["Vic"]), ("Telecom admin", [], ["Vic"])]


def test_the_budget_stage_gives_each_reason() -> None:
    budget = _plan(Template.MANAGER_THEN_BUDGET, Flag.OUT_OF_POLICY, Flag.OVER_THRESHOLD)[1]
    assert budget.why == (
        "Something in this order is outside the purchasing policy. The order costs $1,200.00 over 24 months. "
        "The budget owner approves orders of $2,000.00 or more."
    )


def test_every_owner_of_a_split_charge_must_approve() -> None:
    budget = _plan(Template.MANAGER_THEN_BUDGET, Flag.OUT_OF_POLICY, budget_owners=(BEN, ZOE))[1]
    assert budget.mode is StageMode.ALL
    assert [one.name for one in budget.approvers] == ["Ben", "Zoe"]


def test_a_manager_who_owns_the_budget_is_asked_once() -> None:
    (stage,) = _plan(Template.MANAGER_THEN_BUDGET, Flag.OUT_OF_POLICY, budget_owners=(MIA,))
    assert stage.label == "Manager and budget"
    assert stage.why.startswith("Mia is Ann's manager. Something in this order")


def test_a_manager_who_is_one_of_two_owners_is_asked_once() -> None:
    stages = _plan(Template.MANAGER_THEN_BUDGET, Flag.OUT_OF_POLICY, budget_owners=(MIA, BEN))
    assert [[one.name for one in stage.approvers] for stage in stages] == [["Mia"], ["Ben"]]


def test_admins_who_replace_the_manager_are_asked_once() -> None:
    (stage,) = _plan(Template.MANAGER_THEN_ADMIN, managers=(), admins=(ADA, ZOE))
    assert [one.name for one in stage.approvers] == ["Ada", "Zoe"]


def test_one_of_several_admins_does_not_settle_the_budget_stage() -> None:
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
def test_no_plan_asks_people_who_cannot_approve(template: Template, raised: set[Flag], people: dict[str, Any]) -> None:
    stages = _plan(template, *raised, **people)
    present = (*people["managers"], *people["admins"], *people["budget_owners"])
    eligible = {one.id for one in present if one.active} - {"ann", people["requester"].id}
    for stage in stages:
        assert {one.person_id for one in (*stage.approvers, *stage.escalates_to)} <= eligible
        assert not set(stage.approvers) & set(stage.escalates_to)
        assert stage.why
    assert bool(stages) is (template is not Template.NONE)


def test_the_flags_of_an_order_lead_to_the_plan_for_its_price() -> None:
    known: Facts = facts()
    assert plan(known, quote(known), flags(known, quote(known))) == _plan(Template.MANAGER_THEN_BUDGET)


def test_an_auditor_is_skipped_and_the_next_manager_approves() -> None:
    auditor = replace(MIA, roles=frozenset({Role.AUDITOR}))
    (stage,) = _plan(Template.MANAGER, managers=(auditor, VIC))
    assert [one.name for one in stage.approvers] == ["Vic"]
    assert "Mia, Ann's manager, is an auditor" in stage.why
