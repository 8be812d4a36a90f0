"""Lines that go to a site or to nobody, and lines that nobody has."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from models.facts import NO_ONE, Facts, Person
from models.inventory import Device, DeviceStatus, LineStatus
from models.optional_facts.accounts import LINE_OWNERS
from models.order import OrderRequest
from models.order_type import Aspect
from models.product import ProductKind
from models.step import Place
from policies.answers import resolve_partial
from policies.check import LineState
from policies.eligibility import check
from policies.line_actions import order_options
from policies.order_title import order_title
from policies.pricing import quote
from policies.variants import resolve
from tests.policies.sample_facts import ANN, PRODUCTS, changed, named_line, person, product
from tests.policies.test_line_checks import KIM, OTHER, codes, reassigning, stage_of
from tests.policies.test_site_lines import DESK
from workflows.order_types.line_reassign import LineReassign

TYPE = LineReassign.order_type
PHONE = Device(id="d1", sku="PHONE", status=DeviceStatus.ACTIVE, account_id="sales")
OLGA = person("Olga")
SPARE = named_line("l3", mdn="+13125550144")
ROAMING = replace(product("ROAMING", ProductKind.FEATURE), monthly=Decimal("12.00"))
FREE = replace(product("FREE", ProductKind.FEATURE), monthly=Decimal("0.00"))
PLAN = product("PLAN", ProductKind.PLAN)


def released(*lines: Any, device: Device | None = None, owners: tuple[Person, ...] = (), **more: Any) -> Facts:
    """The telecom desk returns Bo's line to the spare pool; `more` are answers."""
    named = {one.line.id: replace(one, device=device) for one in lines or (OTHER,)}
    items = tuple({"line": line_id, **more} for line_id in named)
    known = reassigning(
        beneficiary=NO_ONE,
        lines=named,
        products={one.sku: one for one in (*PRODUCTS, ROAMING, FREE, PLAN)},
        optional={LINE_OWNERS.code: dict.fromkeys(named, owners)},
    )
    request = OrderRequest(
        tenant="acme",
        type=TYPE,
        requester_id="des",
        beneficiary=NO_ONE.holder,
        answers={"assign_to": "nobody"},
        items=items,
    )
    known = replace(known, type=TYPE)
    resolved, errors = resolve_partial(request, known)
    assert errors == (), errors
    return replace(known, answers=resolved, type=resolve(TYPE, resolved).order)


def test_a_line_can_be_returned_to_the_spare_pool_with_its_title() -> None:
    known = released()
    assert check(known) == ()
    texts = TYPE.texts_for(known.answers[0])
    assert texts.title == "Return to spare pool"
    assert order_title(texts, known).endswith("to the spare pool")
    assert known.type.effect == "release_line"
    assert "device_moves" not in known.answers[0]


@pytest.mark.covers("LINE_REASSIGN.ANSWER_REQUIRED")
def test_only_a_line_with_a_device_asks_what_happens_to_it() -> None:
    (error,) = check(released(device=PHONE))
    assert (error.code, error.field) == ("ANSWER_REQUIRED", "items.0.spare_device")
    assert check(released(device=PHONE, spare_device="on_line")) == ()
    assert check(released(device=PHONE, spare_device="stock")) == ()


@pytest.mark.covers("LINE_REASSIGN.ALREADY_HOLDER")
def test_a_spare_line_is_not_returned_again() -> None:
    (error,) = check(released(SPARE))
    assert (error.code, error.detail) == ("ALREADY_HOLDER", "This line is already spare.")


@pytest.mark.covers("LINE_REASSIGN.HOLDER_UNCLEAR")
@pytest.mark.parametrize(
    ("to", "beneficiary", "says"),
    [
        ("site", ANN, "Name the site that gets the line, and no person."),
        ("person", DESK, "Name the person who gets the line, and no site."),
        ("nobody", ANN, "Leave out the person and the site, as no one gets the line."),
    ],
)
def test_the_kind_of_holder_is_that_of_the_named_one(to: str, beneficiary: Any, says: str) -> None:
    known = reassigning(beneficiary=beneficiary, answers=({"line": OTHER.line.id, "assign_to": to},))
    (error,) = check(known)
    assert (error.code, error.field, error.detail) == ("HOLDER_UNCLEAR", "answers.assign_to", says)


@pytest.mark.covers("LINE_REASSIGN.SITE_INACTIVE")
def test_a_site_that_is_no_longer_in_use_gets_no_line() -> None:
    assert codes(reassigning(beneficiary=replace(DESK, active=False))) == [("SITE_INACTIVE", "beneficiary_site_id")]
    assert codes(reassigning(beneficiary=DESK)) == []


def test_the_carrier_removes_the_paid_features_of_a_spare_line_and_they_are_no_longer_charged() -> None:
    line = changed(OTHER, features=("ROAMING", "FREE"))
    known = released(line)
    assert known.answers[0]["remove_features"] == ["ROAMING"]
    assert [step.action for step in known.type.steps if isinstance(step, Place)] == ["change_features"]
    assert Aspect.FEATURES in known.type.touches
    price = quote(known)
    assert price.monthly - price.monthly_before == -ROAMING.monthly
    for other in (changed(OTHER, features=("FREE",)), changed(line, status=LineStatus.SUSPENDED)):
        assert not released(other).type.with_carrier


@pytest.mark.covers("LINE_REASSIGN.FEATURES_SEPARATELY")
def test_lines_with_and_without_paid_features_are_returned_separately() -> None:
    paid = changed(OTHER, id="l4", features=("ROAMING",))
    assert codes(released(OTHER, paid)) == [("FEATURES_SEPARATELY", "items.1.line")]
    assert codes(released(changed(paid, id="l5"), paid)) == []


def test_a_line_of_nobody_is_assigned_and_one_of_someone_is_reassigned() -> None:
    def title(line: Any) -> str:
        (option,) = order_options(
            [TYPE], LineState(line=line), {}, can_change=True, sees_new_holder=True, is_billed=True
        )
        return option.title

    assert (title(SPARE.line), title(OTHER.line)) == ("Assign line", "Reassign line")


def test_the_manager_of_the_present_user_approves_that_a_line_becomes_spare() -> None:
    stage = stage_of(released())
    assert ([one.name for one in stage.approvers], stage.label) == (["Kim"], "Manager")
    assert stage.why == "Kim is a manager of Bo (current user)."


def test_an_account_owner_approves_where_a_site_or_a_spare_line_has_no_manager() -> None:
    without = replace(OTHER, managers=())
    stage = stage_of(released(without, owners=(OLGA,)))
    assert [one.name for one in stage.approvers] == ["Olga"]
    assert stage.why == "No manager of Bo (current user) can approve, so Olga does, who owns the line's account."
    assert [one.name for one in stage_of(released(without)).approvers] == ["Ada"]
    optional = {LINE_OWNERS.code: {OTHER.line.id: (OLGA,)}}
    to_site = stage_of(reassigning(beneficiary=DESK, managers=(), optional=optional))
    assert [one.name for one in to_site.approvers] == ["Olga", "Kim"]
    to_person = stage_of(reassigning(managers=(), optional=optional))
    assert [one.name for one in to_person.approvers] == ["Ada", KIM.name]
