from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from models.errors import FieldError
from models.facts import Account, Facts, Role
from models.product import ProductKind
from policies.eligibility import check
from tests.policies.sample_facts import (
    ANN,
    MIA,
    NEW_LINE,
    answering,
    facts,
    person,
    policy,
    product,
    selling,
    violation,
)

EVE = person("Eve")
OTHER_PLAN = product("OTHER", ProductKind.PLAN, carrier="bluepeak")
LONELY_PLAN = product("PLAN", ProductKind.PLAN, fits=frozenset({"TABLET"}))
HIDDEN = product("HIDDEN", ProductKind.DEVICE, visible=False)


def _sales(**changes: Any) -> Account:
    return replace(facts().account, **changes)


def _codes(known: Facts) -> list[tuple[str, str | None]]:
    return [(error.code, error.field) for error in check(known)]


def test_a_typical_order_passes_every_check() -> None:
    assert check(facts()) == ()


@pytest.mark.parametrize(
    ("known", "code", "field"),
    [
        violation(facts(requester=EVE), "NOT_AUTHORIZED_ON_BEHALF", "beneficiary_id"),
        violation(facts(requester=MIA, account=_sales(id="fleet")), "ACCOUNT_NOT_YOURS", "account_id"),
        violation(facts(beneficiary=replace(ANN, active=False)), "EMPLOYEE_INACTIVE", "beneficiary_id"),
        violation(facts(account=_sales(active=False)), "ACCOUNT_SUSPENDED", "account_id"),
        violation(facts(account=_sales(carrier_accounts={})), "CARRIER_ACCOUNT_MISSING", "account_id"),
        violation(facts(account=_sales(carrier_accounts={"bluepeak": "94"})), "CARRIER_ACCOUNT_MISSING", "account_id"),
        violation(answering({"device": "NOTHING"}), "NOT_IN_CATALOG", "items.0.device"),
        violation(answering({}, {"plan": "PHONE"}), "NOT_IN_CATALOG", "items.1.plan"),
        violation(answering({"features": ["CASE"]}), "NOT_IN_CATALOG", "items.0.features"),
        violation(selling(replace(HIDDEN, sku="PHONE")), "NOT_IN_CATALOG", "items.0.device"),
        violation(selling(replace(OTHER_PLAN, sku="PLAN")), "INCOMPATIBLE_PLAN", "items.0.plan"),
        violation(selling(LONELY_PLAN), "INCOMPATIBLE_PLAN", "items.0.plan"),
        violation(
            answering({"device": "TABLET", "sim_type": "pSIM", "accessories": ["CASE"]}),
            "ACCESSORY_INCOMPATIBLE",
            "items.0.accessories",
        ),
        violation(answering({"sim_type": "eSIM", "device": "TABLET"}), "SIM_TYPE_INCOMPATIBLE", "items.0.sim_type"),
        violation(facts(lines_held=2), "MAX_LINES_PER_EMPLOYEE", "items"),
        violation(answering({}, {}, lines_held=1), "MAX_LINES_PER_EMPLOYEE", "items"),
        violation(facts(cost_center_recurring="CC-9"), "COST_CENTER_INVALID", "cost_center_recurring"),
        violation(facts(cost_center_one_time=None), "COST_CENTER_INVALID", "cost_center_one_time"),
        violation(facts(effective_on=date(2026, 3, 1)), "EFFECTIVE_DATE_OUT_OF_RANGE", "effective_on"),
        violation(facts(effective_on=date(2026, 6, 1)), "EFFECTIVE_DATE_OUT_OF_RANGE", "effective_on"),
    ],
)
def test_a_violation_has_its_code_and_field(known: Facts, code: str, field: str) -> None:
    assert _codes(known) == [(code, field)]


@pytest.mark.parametrize(
    "known",
    [
        facts(requester=MIA),
        facts(requester=person("Vic")),
        facts(requester=replace(EVE, roles=frozenset({Role.DESK}))),
        facts(requester=EVE, account=_sales(owner_ids=("eve",))),
        facts(requester=EVE, account=_sales(owner_ids=("eve",)), lines_held=9),
        facts(lines_held=1),
        facts(policy=policy(max_lines_per_employee=3), lines_held=2),
        facts(cost_centers=frozenset(), cost_center_one_time=None, cost_center_recurring=None),
        facts(effective_on=date(2026, 3, 2)),
        facts(effective_on=date(2026, 5, 31)),
        answering({"accessories": ["CASE"], "features": ["ROAMING"]}),
    ],
)
def test_an_allowed_order_has_no_errors(known: Facts) -> None:
    assert check(known) == ()


def test_the_start_date_is_checked_in_the_tenants_time_zone() -> None:
    midnight_in_chicago = facts().now.replace(day=3, hour=5)
    assert check(facts(now=midnight_in_chicago, effective_on=date(2026, 3, 2))) == ()


def test_support_staff_cannot_order_for_others() -> None:
    assert _codes(facts(requester=replace(EVE, roles=frozenset({Role.SUPPORT})))) == [
        ("NOT_AUTHORIZED_ON_BEHALF", "beneficiary_id")
    ]


@pytest.mark.covers("FEATURE_INCOMPATIBLE")
def test_a_feature_fits_only_the_plans_it_lists() -> None:
    known = selling(product("SLOW", ProductKind.PLAN), answers=({**facts().answers[0], "plan": "SLOW"},))
    known = replace(known, answers=({**known.answers[0], "features": ["ROAMING"]},))
    assert _codes(known) == [("FEATURE_INCOMPATIBLE", "items.0.features")]


def test_all_lines_of_an_order_have_the_same_carrier() -> None:
    sold = selling(OTHER_PLAN, product("PIXEL", ProductKind.DEVICE, carrier="bluepeak"))
    first, second = facts().answers[0], {**facts().answers[0], "device": "PIXEL", "plan": "OTHER"}
    errors = check(replace(sold, answers=(first, second)))
    assert [(error.code, error.field) for error in errors] == [("INCOMPATIBLE_PLAN", "items.1.plan")]


def test_a_hidden_product_is_rejected_like_a_missing_one() -> None:
    (hidden,) = check(replace(selling(HIDDEN), answers=({**facts().answers[0], "device": "HIDDEN"},)))
    (absent,) = check(answering({"device": "ABSENT"}))
    assert hidden.detail.replace("HIDDEN", "ABSENT") == absent.detail


def test_only_the_checks_of_the_order_type_run() -> None:
    lenient = replace(NEW_LINE, checks=("account_active",))
    assert check(facts(type=lenient, requester=EVE, lines_held=9)) == ()


def test_all_errors_are_reported_at_once() -> None:
    errors: tuple[FieldError, ...] = check(facts(requester=EVE, lines_held=9, cost_center_recurring="CC-9"))
    assert {error.code for error in errors} == {
        "NOT_AUTHORIZED_ON_BEHALF",
        "MAX_LINES_PER_EMPLOYEE",
        "COST_CENTER_INVALID",
    }
