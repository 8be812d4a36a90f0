"""What a carrier quotes is part of the price, is accepted by the requester, and can refuse an order."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from models.carrier_quote import NOT_CONFIRMED, UNKNOWN, CarrierQuote, sentences_of
from models.facts import Facts
from models.optional_facts.carrier_quotes import CARRIER_QUOTES, content_of
from policies.eligibility import check, needs, needs_again
from policies.evaluate import changes, evaluate_again, evaluate_order
from policies.pricing import price_items, quote
from tests.policies.sample_facts import PLAN_CHANGE, QUOTED_CHANGE, changing_plan

D = Decimal
ETF = CarrierQuote(eligible=True, etf=D("120.00"))


def quoted(*quotes: CarrierQuote, accepted: bool = False, **changes_: Any) -> Facts:
    """Ann changes one plan for each quote, for $15.00 more per month."""
    answered = {"fee_ack": True} if accepted else {}
    known = replace(changing_plan(*("LARGE" for _ in quotes)), type=QUOTED_CHANGE, **changes_)
    known = replace(known, answers=tuple({**one, **answered} for one in known.answers))
    return told(known, dict(enumerate(quotes)))


def told(known: Facts, quotes: Mapping[int, CarrierQuote]) -> Facts:
    found = {content_of(known, item): one for item, one in quotes.items()}
    return replace(known, optional={CARRIER_QUOTES.code: found})


@pytest.mark.parametrize(
    ("said", "one_time", "monthly"),
    [
        (UNKNOWN, "0.00", "45.00"),
        (ETF, "120.00", "45.00"),
        (CarrierQuote(etf=D("120.00"), installments_left=D("80.00"), upgrade_fee=D("35.00")), "235.00", "45.00"),
        (CarrierQuote(one_time=D("25.00")), "25.00", "45.00"),
        (CarrierQuote(credits_forfeited=D("60.00")), "0.00", "45.00"),
        (CarrierQuote(monthly_delta=D("20.00")), "0.00", "50.00"),  # dearer than the catalog's difference
        (CarrierQuote(monthly_delta=D("-65.00")), "0.00", "45.00"),
    ],
)
def test_fees_are_charged_once_and_the_dearer_of_catalog_and_carrier_counts(
    said: CarrierQuote, one_time: str, monthly: str
) -> None:
    (price,) = price_items(quoted(said))
    assert (price.one_time, price.monthly, price.monthly_before) == (D(one_time), D(monthly), D("30.00"))
    assert quote(quoted(said)).one_time == D(one_time)


@pytest.mark.parametrize(("delta", "monthly"), [("0.00", "23.00"), ("-3.00", "27.00"), ("-9.00", "23.00")])
def test_a_carrier_that_names_no_difference_leaves_the_saving_of_the_catalog(delta: str, monthly: str) -> None:
    known = replace(changing_plan("SMALL"), type=QUOTED_CHANGE)
    (price,) = price_items(told(known, {0: CarrierQuote(eligible=True, monthly_delta=D(delta))}))
    assert (price.monthly, price.monthly_before) == (D(monthly), D("30.00"))


def test_a_type_that_does_not_ask_has_the_price_of_the_catalog() -> None:
    known = told(replace(quoted(ETF), type=PLAN_CHANGE), {0: ETF})
    assert quote(known).one_time == 0
    assert evaluate_order(known).carrier_quotes == ()
    assert CARRIER_QUOTES not in (*needs(PLAN_CHANGE), *needs_again(PLAN_CHANGE))
    assert CARRIER_QUOTES in needs(QUOTED_CHANGE)
    assert CARRIER_QUOTES in needs_again(QUOTED_CHANGE)


def test_the_ruling_keeps_what_the_carrier_said_of_each_line() -> None:
    assert evaluate_order(quoted(ETF, UNKNOWN, accepted=True)).carrier_quotes == (ETF, UNKNOWN)


@pytest.mark.covers("FEE_ACK_REQUIRED")
def test_fees_have_to_be_accepted_with_their_amounts() -> None:
    other = CarrierQuote(etf=D("30.00"), installments_left=D("200.00"), credits_forfeited=D("60.00"))
    (error,) = check(quoted(ETF, other))
    assert (error.code, error.field) == ("FEE_ACK_REQUIRED", "answers.fee_ack")
    assert error.detail == (
        "Line 1: The carrier charges $120.00 for ending the contract early. "
        "Line 2: The carrier charges $30.00 for ending the contract early. "
        "Line 2: The carrier charges the remaining installments, $200.00, at once. "
        "Line 2: The line loses $60.00 in credits. Accept this to continue."
    )
    assert dict(error.facts) == {
        "etf": "150.00", "installments_left": "200.00", "credits_forfeited": "60.00", "currency": "USD",
    }  # fmt: skip
    assert check(quoted(ETF, other, accepted=True)) == ()


@pytest.mark.parametrize("said", [UNKNOWN, CarrierQuote(eligible=True, upgrade_fee=D("35.00"), one_time=D("9.00"))])
def test_nothing_has_to_be_accepted_without_a_fee_for_an_early_end(said: CarrierQuote) -> None:
    assert check(quoted(said)) == ()


@pytest.mark.covers("CARRIER_REFUSES")
def test_what_the_carrier_would_not_do_is_refused_in_its_words() -> None:
    refusal = CarrierQuote(eligible=False, why_not="the account is past due")
    (error,) = check(quoted(UNKNOWN, refusal))
    assert (error.code, error.field) == ("CARRIER_REFUSES", "items.1.line")
    assert error.detail.startswith("The carrier says that it can't do this: “the account is past due”.")
    (other,) = check(quoted(replace(refusal, why_not=None)))
    assert other.detail.startswith("The carrier says that it can't do this. ")


@pytest.mark.fault("27")
def test_a_fee_that_rises_beyond_the_tolerance_is_approved_again_although_it_was_accepted() -> None:
    approved = evaluate_order(quoted(ETF, accepted=True))
    assert not changes(quoted(ETF, accepted=True, submitted=True), approved)
    assert not changes(quoted(replace(ETF, etf=D("121.00")), accepted=True, submitted=True), approved)
    found = changes(quoted(replace(ETF, etf=D("180.00")), accepted=True, submitted=True), approved)
    assert found.refusals == ()
    assert found.price is not None
    assert found.price.one_time == D("180.00")


@pytest.mark.fault("27")
def test_a_fee_that_nobody_knew_of_goes_to_the_approvers_and_holds_nothing() -> None:
    """The requester can't accept it anymore, so that must not hold the order."""
    approved = evaluate_order(quoted(UNKNOWN))
    found = changes(quoted(ETF, submitted=True), approved)
    assert (found.refusals, found.price and found.price.one_time) == ((), D("120.00"))
    assert evaluate_again(quoted(ETF, submitted=True)).plan


def test_an_answer_is_found_by_what_is_asked_and_not_by_what_is_accepted() -> None:
    known = quoted(ETF)
    accepted = replace(known, answers=tuple({**one, "fee_ack": True} for one in known.answers))
    assert content_of(known, 0) == content_of(accepted, 0)
    other = replace(known, answers=tuple({**one, "plan": "SMALL"} for one in known.answers))
    assert content_of(known, 0) != content_of(other, 0)
    assert content_of(known, 0) != content_of(replace(known, effective_on=date(2026, 4, 1)), 0)


def test_each_thing_that_the_carrier_says_is_one_sentence() -> None:
    said = CarrierQuote(
        eligible=True,
        one_time=D("25.00"),
        monthly_delta=D("-65.00"),
        upgrade_fee=D("35.00"),
        earliest=date(2026, 12, 11),
        backorder_until=date(2026, 12, 18),
        plan_withdrawn=True,
        partial=True,
    )
    assert sentences_of([said], "USD") == (
        "The carrier charges an upgrade fee of $35.00.",
        "The carrier quotes a one-time charge of $25.00.",
        "The carrier quotes $65.00 less per month.",
        "The carrier can do this from Fri, Dec 11, 2026.",
        "The device is backordered until Fri, Dec 18, 2026.",
        "The carrier no longer offers the line's plan.",
        "Part of the carrier's quote couldn't be read.",
    )
    assert sentences_of([CarrierQuote(eligible=True)], "USD") == ()


def test_a_sentence_about_several_lines_is_said_once() -> None:
    assert sentences_of([UNKNOWN, ETF, UNKNOWN], "USD") == (
        f"Lines 1 and 3: {NOT_CONFIRMED}",
        "Line 2: The carrier charges $120.00 for ending the contract early.",
    )
