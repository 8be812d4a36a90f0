"""Orders about the line of a site, for which its contact acts."""

from dataclasses import replace
from typing import Any

import pytest

from models.facts import NO_ONE, Facts, Role, Site
from policies.approval import plan
from policies.defaults.subscriber import SERVICE_ADDRESS, SUBSCRIBER_NAME
from policies.eligibility import check
from policies.order_title import order_title
from policies.pricing import quote
from tests.policies.sample_facts import ANN, HOME, MIA, VIC, named_line, person
from tests.policies.test_line_checks import BO, KIM, SUSPEND, codes, reassigning, stage_of, suspending

DESK = Site(id="s1", name="Front desk", account_id="sales", contact=BO, address=HOME)
LINE = named_line("l1", DESK, (KIM, VIC), mdn="+13125550142")
OF_NO_ONE = named_line("l2", mdn="+13125550143")


def for_the_desk(**changes: Any) -> Facts:
    return suspending(LINE, **{"beneficiary": DESK, "managers": (KIM, VIC), **changes})


@pytest.mark.parametrize("requester", [BO, KIM, VIC])
def test_the_contact_of_a_site_and_their_managers_can_change_its_line(requester: Any) -> None:
    assert codes(for_the_desk(requester=requester)) == []


@pytest.mark.covers("NOT_AUTHORIZED_ON_BEHALF")
def test_no_one_else_can_change_the_line_of_a_site() -> None:
    assert codes(for_the_desk(requester=ANN)) == [("NOT_AUTHORIZED_ON_BEHALF", "items.0.line")]


@pytest.mark.covers("NOT_THE_HOLDER")
@pytest.mark.parametrize("beneficiary", [ANN, BO, NO_ONE])
def test_an_order_about_the_line_of_a_site_is_for_the_site(beneficiary: Any) -> None:
    assert codes(for_the_desk(requester=BO, beneficiary=beneficiary)) == [("NOT_THE_HOLDER", "beneficiary_id")]


def test_the_contact_s_manager_approves_for_a_site() -> None:
    known = replace(for_the_desk(requester=BO), type=replace(SUSPEND, approval="MANAGER"))
    (stage,) = plan(known, quote(known), ())
    assert ([one.name for one in stage.approvers], stage.why) == (["Kim"], "Kim is Bo's manager.")


def test_the_requester_s_manager_approves_for_lines_of_nobody_and_sites_without_a_contact() -> None:
    for beneficiary in (NO_ONE, replace(DESK, contact=None)):
        known = suspending(OF_NO_ONE, beneficiary=beneficiary)
        known = replace(known, type=replace(SUSPEND, approval="MANAGER"))
        (stage,) = plan(known, quote(known), ())
        assert stage.why == "Mia is Ann's manager."


def test_the_contact_of_a_site_does_not_approve_its_orders() -> None:
    known = replace(for_the_desk(requester=ANN, managers=(BO, KIM)), type=replace(SUSPEND, approval="MANAGER"))
    (stage,) = plan(known, quote(known), ())
    assert [one.name for one in stage.approvers] == ["Kim"]


@pytest.mark.parametrize(
    ("known", "why"),
    [
        (
            for_the_desk(requester=ANN, managers=(BO, KIM)),
            "Kim approves because Bo, Bo's manager, acts for Front desk.",
        ),
        (reassigning(LINE, managers=(BO, VIC)), "Vic approves because Bo, Ann's manager, acts for Front desk."),
        (reassigning(LINE, managers=(ANN, VIC)), "Vic approves because Ann, Ann's manager, gets the line."),
        (reassigning(managers=(BO, VIC)), "Vic approves because Bo, Ann's manager, uses the line."),
        (suspending(OF_NO_ONE, managers=(ANN, VIC)), "Vic approves because Ann, Ann's manager, submitted the order."),
    ],
)
def test_a_manager_who_takes_part_does_not_approve_and_the_next_one_is_told_why(known: Facts, why: str) -> None:
    known = replace(known, type=replace(known.type, approval="MANAGER"))
    (stage,) = plan(known, quote(known), ())
    assert stage.why == why


def test_the_managers_of_both_sides_approve_the_reassignment_of_a_site_s_line() -> None:
    stage = stage_of(reassigning(LINE))
    assert [one.name for one in stage.approvers] == ["Mia", "Kim"]
    assert "Kim is a manager of Bo, the contact of Front desk (current user)." in stage.why


@pytest.mark.covers("ALREADY_HOLDER")
def test_a_line_of_a_site_cannot_be_reassigned_to_the_site_and_can_be_to_its_contact() -> None:
    assert [error.code for error in check(reassigning(LINE, beneficiary=DESK))] == ["ALREADY_HOLDER"]
    assert check(reassigning(LINE, beneficiary=BO)) == ()


def test_the_name_and_address_at_the_carrier_are_those_of_the_site() -> None:
    known, answers = for_the_desk(), {"line": "l1"}
    assert SUBSCRIBER_NAME.compute(known, answers) == "Front desk"
    assert SERVICE_ADDRESS.compute(known, answers) == {"name": "Front desk", **HOME}


def test_the_carrier_s_record_of_a_line_of_nobody_has_no_default_name() -> None:
    known, answers = suspending(OF_NO_ONE), {"line": "l2"}
    assert (SUBSCRIBER_NAME.compute(known, answers), SERVICE_ADDRESS.compute(known, answers)) == (None, None)


def test_the_title_names_the_site() -> None:
    texts = replace(SUSPEND.texts, order_title="{subject} for {beneficiary}")
    assert order_title(texts, for_the_desk()) == "+13125550142 for Front desk"


@pytest.mark.covers("NOT_THE_HOLDER")
def test_an_order_about_lines_of_a_site_and_of_a_person_is_for_the_requester() -> None:
    both, admin = (LINE, named_line("l3", ANN, (MIA,))), person("Ada", roles=frozenset({Role.ADMIN}))
    assert codes(suspending(*both, requester=admin, beneficiary=admin)) == []
    assert codes(suspending(*both, requester=admin, beneficiary=DESK)) == [("NOT_THE_HOLDER", "beneficiary_id")]
