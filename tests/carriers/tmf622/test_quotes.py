"""What a carrier quotes: asked in both APIs of the simulated one, and read leaf by leaf."""

from collections.abc import AsyncIterator
from datetime import date
from decimal import Decimal
from typing import Any

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from carriers.base import CarrierOrderItem
from carriers.tmf622 import Tmf622Carrier
from carriers.tmf622.quotes import QUOTE_APIS, read_quotes
from demo.simulator.app import create_app
from models.carrier_quote import UNKNOWN, CarrierQuote
from models.errors import CarrierUnavailable
from models.order import Identifiers
from tests.carriers.carrier_client import LINE, carrier_order, connected_adapter, phone
from tests.demo.simulator.simulator_client import TOKEN, running, settings

APIS = sorted(QUOTE_APIS)


@pytest.fixture(scope="module")
async def simulator() -> AsyncIterator[str]:
    """A carrier of this module: others change neither its rules nor its products."""
    async with running(create_app(settings())) as url:
        yield url


@pytest.fixture(params=APIS)
async def carrier(request: pytest.FixtureRequest, simulator: str) -> AsyncIterator[Tmf622Carrier]:
    async with connected_adapter(simulator, quote_api=request.param) as carrier:
        yield carrier


async def control(url: str, path: str, body: Any) -> None:
    async with httpx2.AsyncClient(headers={"Authorization": f"Bearer {TOKEN}"}) as http:
        answer = await http.post(f"{url}/simulator/{path}", json=body)
        assert answer.status_code == 200, answer.text


async def rules(url: str, **behavior: Any) -> None:
    await control(url, "behaviors", [{"mdn": LINE.mdn, "behavior": behavior}])


def suspension(item_id: str = "1") -> CarrierOrderItem:
    return CarrierOrderItem(item_id=item_id, action="suspend", subject=LINE, changes={"billing": False})


async def test_both_apis_say_the_same_by_item(carrier: Tmf622Carrier, simulator: str) -> None:
    await control(simulator, "products", [{"id": LINE.carrier_product_id, "characteristics": {"MDN": LINE.mdn}}])
    said = {
        "oneTime": 10, "monthlyDelta": -65.5, "etf": 120, "installmentsLeft": 300.25, "creditsForfeited": 200,
        "upgradeFee": 35, "backorderUntil": "2026-12-11", "planWithdrawn": True,
    }  # fmt: skip
    await rules(simulator, **said)
    quotes = await carrier.quote(carrier_order(suspension("0"), phone("1")), "USD")
    assert quotes == {
        "0": CarrierQuote(
            eligible=True,
            one_time=Decimal("10.00"),
            monthly_delta=Decimal("-65.50"),
            etf=Decimal("120.00"),
            installments_left=Decimal("300.25"),
            credits_forfeited=Decimal("200.00"),
            upgrade_fee=Decimal("35.00"),
            backorder_until=date(2026, 12, 11),
            plan_withdrawn=True,
        ),
        "1": CarrierQuote(eligible=True),
    }


async def test_both_apis_say_why_not(carrier: Tmf622Carrier, simulator: str) -> None:
    await rules(simulator, ineligible="the account is past due")
    quotes = await carrier.quote(carrier_order(suspension()), "USD")
    refused = CarrierQuote(eligible=False, why_not="the account is past due", why_not_code="NOT_ELIGIBLE")
    assert quotes == {"1": refused}


async def test_a_product_that_the_carrier_does_not_have_is_not_eligible(carrier: Tmf622Carrier) -> None:
    other = CarrierOrderItem(
        item_id="1",
        action="suspend",
        subject=Identifiers(mdn="+12125550000", carrier_product_id="PRD-NONE"),
        changes={},
    )
    assert (await carrier.quote(carrier_order(other), "USD"))["1"].why_not == "there is no such product"


async def test_nothing_is_ordered_by_asking(carrier: Tmf622Carrier, simulator: str) -> None:
    await carrier.quote(carrier_order(phone()), "USD")
    async with httpx2.AsyncClient() as http:
        assert (await http.get(f"{simulator}/simulator/orders")).json() == []


async def test_a_carrier_without_the_api_is_unavailable_and_one_without_the_setting_says_nothing(
    carrier: Tmf622Carrier, simulator: str
) -> None:
    await rules(simulator, noQuote=True)
    with pytest.raises(CarrierUnavailable):
        await carrier.quote(carrier_order(suspension()), "USD")
    async with connected_adapter(simulator, quote_api=None) as other:
        assert await other.quote(carrier_order(suspension()), "USD") == {}


def companion(**leaves: Any) -> CarrierQuote:
    return read_quotes({"quoteItem": [{"id": "1", **leaves}]}, "USD")["1"]


@pytest.mark.parametrize(
    ("leaf", "garbage"),
    [
        ("eligible", "maybe"), ("eligible", 1), ("whyNot", 7), ("whyNot", "\ud800"), ("oneTime", True),
        ("oneTime", {"unit": "EUR", "value": 5}), ("etf", "a lot"), ("etf", -1), ("etf", "NaN"), ("etf", 1e12),
        ("etf", {"unit": "USD"}), ("installmentsLeft", []), ("earliest", "soon"), ("earliest", 20261211),
        ("backorderUntil", {}), ("planWithdrawn", "yes"),
    ],
)  # fmt: skip
def test_a_leaf_that_cannot_be_read_is_passed_over_and_all_others_count(leaf: str, garbage: Any) -> None:
    good = {"eligible": True, "upgradeFee": {"unit": "USD", "value": 35}}
    read = companion(**{**good, leaf: garbage})
    assert read.partial
    assert read.upgrade_fee == Decimal("35.00")
    assert read.eligible is (None if leaf == "eligible" else True)


def test_amounts_are_read_as_numbers_texts_and_documents_to_the_cent() -> None:
    for value in (120.005, "120.005", {"value": 120.005}, {"unit": "USD", "value": "120.005"}):
        assert companion(etf=value).etf == Decimal("120.01")


def test_several_prices_of_one_kind_are_charged_together() -> None:
    prices = [
        {"priceType": kind, "price": {"dutyFreeAmount": {"unit": "USD", "value": value}}}
        for kind, value in (("oneTime", 30), ("oneTime", 9.5), ("recurring", 5), ("recurring", -2))
    ]
    item = {
        "id": "1",
        "product": {"productPrice": [*prices, {"name": "etf", "price": 100}, {"name": "etf", "price": 20}]},
    }
    read = read_quotes({"productOfferingQualificationItem": [item]}, "USD")["1"]
    assert (read.one_time, read.monthly_delta, read.etf) == (Decimal("39.50"), Decimal("3.00"), Decimal("120.00"))


def test_the_words_of_the_carrier_are_one_line_of_limited_length() -> None:
    why_not = companion(eligible=False, whyNot="no\n\tcredit " + "x" * 900).why_not
    assert why_not is not None
    assert why_not.startswith("no credit x")
    assert len(why_not) == 500


def test_a_null_is_not_said_and_unknown_members_are_ignored() -> None:
    assert companion(etf=None, color="red") == UNKNOWN


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=12), inner, max_size=3),
    max_leaves=6,
)
NAMES = st.sampled_from(
    ["id", "eligible", "whyNot", "etf", "oneTime", "earliest", "backorderUntil", "product", "productPrice", "name",
     "price", "priceType", "dutyFreeAmount", "productCharacteristic", "qualificationItemResult", "value", "unit",
     "eligibilityUnavailabilityReason", "expectedActivationDate"]
)  # fmt: skip
DOCUMENT = st.recursive(
    JSON, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=5), max_leaves=12
)


@given(st.dictionaries(st.sampled_from(["quoteItem", "productOfferingQualificationItem"]), DOCUMENT) | DOCUMENT)
def test_no_answer_makes_reading_fail(document: Any) -> None:
    for item_id, quote in read_quotes(document, "USD").items():
        assert isinstance(item_id, str)
        assert min(quote.etf, quote.installments_left, quote.upgrade_fee, quote.one_time) >= 0
