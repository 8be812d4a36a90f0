from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models import questions
from models.facts import Facts
from models.order import Quote
from models.product import ProductKind
from policies.pricing import Price, price_items, quote
from tests.policies.sample_facts import answering, changing_plan, facts, policy, product, selling
from workflows.order_type_registry import order_type, order_types_by_code

D = Decimal


def _quote(one_time: str, monthly: str, term_total: str, months: int = 24, before: str = "0.00") -> Quote:
    return Quote(
        one_time=D(one_time),
        monthly=D(monthly),
        monthly_before=D(before),
        term_total=D(term_total),
        term_months=months,
        currency="USD",
    )


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ({}, _quote("0.00", "50.00", "1200.00")),
        ({"payment_term": "36"}, _quote("0.12", "43.33", "1560.00", 36)),
        ({"payment_term": "full"}, _quote("480.00", "30.00", "1200.00")),
        ({"features": ["ROAMING"]}, _quote("0.00", "60.00", "1440.00")),
        ({"accessories": ["CASE"]}, _quote("40.00", "50.00", "1240.00")),
        ({"expedite": True}, _quote("25.00", "50.00", "1225.00")),
        ({"device": "ABSENT"}, _quote("0.00", "30.00", "720.00")),
    ],
)
def test_an_order_costs_the_sum_of_its_products(answers: dict[str, object], expected: Quote) -> None:
    assert quote(answering(answers)) == expected


def test_the_price_of_an_order_is_the_sum_of_its_items() -> None:
    known = answering({}, {"device": "TABLET", "payment_term": "24"}, {"accessories": ["CASE"]})
    prices = price_items(known)
    assert prices == (
        Price(one_time=D("0.00"), monthly=D("50.00")),
        Price(one_time=D("0.16"), monthly=D("59.16")),
        Price(one_time=D("40.00"), monthly=D("50.00")),
    )
    assert quote(known).one_time == D("40.16")
    assert quote(known).monthly == D("159.16")


def test_express_shipping_is_charged_once_per_order() -> None:
    assert quote(answering({"expedite": True}, {"expedite": True})).one_time == D("25.00")


def test_the_term_of_an_order_paid_in_full_ends_with_the_next_upgrade() -> None:
    known = answering({"payment_term": "full"}, policy=policy(upgrade_months=12))
    assert quote(known) == _quote("480.00", "30.00", "840.00", 12)


def test_an_empty_item_costs_nothing() -> None:
    assert quote(facts(answers=({},))) == _quote("0.00", "0.00", "0.00")


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        (changing_plan("SMALL"), _quote("0.00", "23.00", "-168.00", before="30.00")),
        (changing_plan("PLAN"), _quote("0.00", "30.00", "0.00", before="30.00")),
        (changing_plan("SMALL", "LARGE"), _quote("0.00", "68.00", "192.00", before="60.00")),
        (changing_plan("LARGE", present="ABSENT"), _quote("0.00", "45.00", "1080.00")),
        (changing_plan("ABSENT"), _quote("0.00", "0.00", "0.00")),
    ],
    ids=["cheaper", "equal", "two lines", "present plan not in the catalog", "new plan not in the catalog"],
)
def test_a_plan_for_a_line_replaces_the_line_s_plan(known: Facts, expected: Quote) -> None:
    assert quote(known) == expected
    assert quote(known).monthly_change == expected.monthly - expected.monthly_before


def test_each_item_has_the_price_that_it_replaces() -> None:
    prices = price_items(changing_plan("SMALL", "LARGE"))
    assert [(one.monthly_before, one.monthly_change) for one in prices] == [(D(30), D(-7)), (D(30), D(15))]


def test_an_order_for_a_line_without_a_new_plan_replaces_nothing() -> None:
    known = changing_plan("SMALL")
    assert quote(replace(known, answers=({"line": "l0"},))) == _quote("0.00", "0.00", "0.00")


@given(price=st.decimals(min_value=0, max_value=5000, places=2), term=st.sampled_from(["full", "24", "36"]))
def test_installments_add_up_to_the_device_price(price: Decimal, term: str) -> None:
    known = selling(
        product("PHONE", ProductKind.DEVICE, str(price)), answers=({"device": "PHONE", "payment_term": term},)
    )
    paid = quote(known)
    assert paid.term_total == price
    assert paid.monthly == paid.monthly.quantize(D("0.01"))
    assert paid.one_time < D("0.36") or term == "full"


class Noted(dict[str, Any]):
    """Answers that note which of them are read."""

    def __init__(self, answers: dict[str, Any]) -> None:
        super().__init__(answers)
        self.read = set[str]()

    def get(self, key: str, default: Any = None) -> Any:
        self.read.add(key)
        return super().get(key, default)

    def __getitem__(self, key: str) -> Any:
        self.read.add(key)
        return super().__getitem__(key)

    def __contains__(self, key: object) -> bool:
        self.read.add(str(key))
        return super().__contains__(key)


@pytest.mark.parametrize("code", sorted(order_types_by_code()))
def test_no_answer_that_an_order_costs_by_can_change_after_the_approval(code: str) -> None:
    answers = Noted({"line": "l0", "resume_from": "disconnected"})
    quote(replace(changing_plan("SMALL"), type=order_type(code), answers=(answers,)))
    assert answers.read >= {"payment_term", "expedite", "resume_from", "plan"}
    assert [one for one in sorted(answers.read) if questions.can_change(one)] == []
