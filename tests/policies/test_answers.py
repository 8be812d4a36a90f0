from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.errors import FieldError, InvalidRequest, LineLimitExceeded, OrderRejected
from models.facts import Facts
from models.order import OrderRequest
from models.product import ProductKind
from policies.answers import resolve_answers
from tests.policies.sample_facts import ANN, NEW_LINE, facts, person, policy, product, request, selling
from tests.sample_types import sample_type


def _errors(known: Facts | None = None, *items: dict[str, Any], **answers: Any) -> list[tuple[str, str | None]]:
    with pytest.raises(OrderRejected) as caught:
        resolve_answers(request(*items, **answers), known or facts())
    return [(error.code, error.field) for error in caught.value.errors]


def test_three_answers_are_enough_for_a_new_line() -> None:
    (item,) = resolve_answers(request(), facts())
    assert item == {
        "device": "PHONE",
        "plan": "PLAN",
        "sim_type": "eSIM",
        "area_code": "312",
        "service_zip": "60654",
        "payment_term": "24",
        "ship_to": {
            "name": "Ann",
            "line1": "401 W Superior St",
            "line2": "",
            "city": "Chicago",
            "state": "IL",
            "postal_code": "60654",
            "country": "US",
        },
        "recurring_charges": True,
        "use_policy": True,
    }


def test_resolved_answers_resolve_to_themselves() -> None:
    (once,) = resolve_answers(request(), facts())
    assert resolve_answers(request(**once), facts()) == (once,)


def test_an_items_own_answer_overrides_the_order_wide_one() -> None:
    items = resolve_answers(request({}, {"device": "TABLET"}, area_code="773"), facts())
    assert [item["device"] for item in items] == ["PHONE", "TABLET"]
    assert [item["area_code"] for item in items] == ["773", "773"]
    assert [item["sim_type"] for item in items] == ["eSIM", "pSIM"]


@pytest.mark.parametrize("empty", [None, ""])
def test_an_empty_answer_gets_the_default(empty: str | None) -> None:
    (item,) = resolve_answers(request(area_code=empty), facts())
    assert item["area_code"] == "312"


@pytest.mark.covers("ACK_REQUIRED")
def test_a_consent_must_be_given() -> None:
    assert _errors(use_policy=False) == [("ACK_REQUIRED", "answers.use_policy")]
    assert _errors(use_policy=None) == [("ACK_REQUIRED", "answers.use_policy")]


@pytest.mark.covers("ANSWER_INVALID")
@pytest.mark.covers("ADDRESS_INVALID")
def test_the_error_of_an_invalid_answer_has_the_code_of_its_question() -> None:
    assert _errors(area_code="12", ship_to="at home") == [
        ("ANSWER_INVALID", "answers.area_code"),
        ("ADDRESS_INVALID", "answers.ship_to"),
    ]


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ({"area_code": "12"}, ("ANSWER_INVALID", "answers.area_code")),
        ({"device": None}, ("ANSWER_REQUIRED", "items.0.device")),
        ({"imei": "490154203237518"}, ("ANSWER_TOO_EARLY", "answers.imei")),
        ({"color": "red"}, ("UNKNOWN_ANSWER", "answers.color")),
    ],
)
def test_an_error_names_its_field(answers: dict[str, Any], expected: tuple[str, str]) -> None:
    assert _errors(**answers) == [expected]


def test_an_error_in_an_item_names_the_item() -> None:
    assert _errors(None, {}, {}, {"area_code": "12"}) == [("ANSWER_INVALID", "items.2.area_code")]


def test_all_errors_are_reported_at_once_without_duplicates() -> None:
    assert _errors(None, {}, {}, area_code="12", use_policy=False) == [
        ("ACK_REQUIRED", "answers.use_policy"),
        ("ANSWER_INVALID", "answers.area_code"),
    ]


def test_an_unknown_answer_is_rejected_with_a_suggestion() -> None:
    with pytest.raises(OrderRejected) as caught:
        resolve_answers(request(devise="PHONE"), facts())
    assert caught.value.errors[0].detail == "This order doesn't ask for devise. Did you mean device?"


def test_an_order_wide_answer_cannot_differ_by_item() -> None:
    assert _errors(None, {"payment_term": "full"}) == [("UNKNOWN_ANSWER", "items.0.payment_term")]


def test_an_employee_without_an_address_must_enter_one() -> None:
    assert _errors(facts(beneficiary=person("Ann", phone=ANN.phone))) == [
        ("ANSWER_REQUIRED", "items.0.service_zip"),
        ("ANSWER_REQUIRED", "answers.ship_to"),
    ]


def test_a_default_is_validated_like_an_answer() -> None:
    post_box = replace(ANN, address={**(ANN.address or {}), "line1": "PO Box 7"})
    assert _errors(facts(beneficiary=post_box)) == [("ADDRESS_INVALID", "answers.ship_to")]


def test_a_device_for_every_carrier_gets_the_first_default_plan() -> None:
    known = selling(product("HOTSPOT", ProductKind.DEVICE, carrier=None))
    assert resolve_answers(request(device="HOTSPOT"), known)[0]["plan"] == "PLAN"


def test_a_device_can_have_its_own_default_plan() -> None:
    known = selling(product("HOTSPOT", ProductKind.DEVICE, attributes={"default_plan": "DATA"}))
    assert resolve_answers(request(device="HOTSPOT"), known)[0]["plan"] == "DATA"


def test_required_features_of_a_plan_are_added_once() -> None:
    known = selling(product("PLAN", ProductKind.PLAN, attributes={"requires": ["ROAMING"]}))
    assert resolve_answers(request(), known)[0]["features"] == ["ROAMING"]
    assert resolve_answers(request(features=["EXTRA", "ROAMING"]), known)[0]["features"] == ["EXTRA", "ROAMING"]


@pytest.mark.parametrize("code", ["features", "kept_features"])
@pytest.mark.parametrize("kind", [ProductKind.DEVICE, ProductKind.PLAN])
def test_what_any_product_requires_is_added_to_the_answers_that_take_it(code: str, kind: ProductKind) -> None:
    order_type = sample_type("device", "plan", code, "accessories")
    known = selling(product("X", kind, attributes={"requires": ["ROAMING"]}), type=order_type)
    order = OrderRequest(
        tenant="acme",
        type=order_type,
        requester_id="ann",
        beneficiary=ANN.holder,
        answers={"device": "PHONE", kind.value: "X", code: ["EXTRA"], "accessories": ["CASE"]},
        items=({},),
    )
    (answers,) = resolve_answers(order, known)
    assert (answers[code], answers["accessories"]) == (["EXTRA", "ROAMING"], ["CASE"])


def test_ten_lines_are_accepted_and_eleven_need_a_bulk_file() -> None:
    assert len(resolve_answers(request(*[{}] * 10), facts())) == 10
    with pytest.raises(LineLimitExceeded, match=r"up to 10 lines; yours has 11.*bulk CSV"):
        resolve_answers(request(*[{}] * 11), facts())


def test_the_limit_comes_from_the_policy() -> None:
    with pytest.raises(LineLimitExceeded):
        resolve_answers(request({}, {}), facts(policy=policy(max_items=1)))


def test_an_order_without_items_is_rejected() -> None:
    with pytest.raises(InvalidRequest):
        resolve_answers(replace(request(), items=()), facts())


@given(name=st.text(max_size=20), value=st.none() | st.text(max_size=20) | st.integers() | st.lists(st.text()))
def test_any_answer_is_resolved_or_rejected(name: str, value: Any) -> None:
    errors, items = _outcome(request(**{name: value}))
    assert all(error.code and error.detail for error in errors)
    assert all(set(item) <= set(NEW_LINE.codes) for item in items)
    assert bool(errors) is not bool(items)


@given(code=st.sampled_from(NEW_LINE.codes), junk=st.text(min_size=1))
def test_any_answer_of_an_item_is_resolved_or_rejected(code: str, junk: str) -> None:
    errors, _ = _outcome(request({code: junk}))
    assert all(error.field and error.field.startswith("items.0.") for error in errors)


def _outcome(order: OrderRequest) -> tuple[tuple[FieldError, ...], tuple[Mapping[str, Any], ...]]:
    try:
        return (), resolve_answers(order, facts())
    except OrderRejected as rejected:
        return rejected.errors, ()
