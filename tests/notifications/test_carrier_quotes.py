"""Approvers read in their email what the carrier charges, and what the lines lose."""

import pytest

from models.carrier_quote import NOT_CONFIRMED
from tests.fixtures.office import example_details
from tests.notifications.test_render import FULL, RENDERER, order_email, text_of

CHARGE = "The carrier charges $120.00 for ending the contract early."
LOSS = "The line loses $60.00 in credits."


def sent(name: str, *quotes: dict[str, object]) -> str:
    details = example_details(FULL)
    details.order.ruling = {**(details.order.ruling or {}), "carrier_quotes": list(quotes)}
    return " ".join(text_of(RENDERER.render(order_email(name, details, "maria"))).split())


@pytest.mark.parametrize("name", ["approval_needed", "reminder", "escalated", "reassigned", "new_link"])
def test_the_email_to_an_approver_says_what_the_carrier_charges(name: str) -> None:
    text = sent(name, {"eligible": True, "etf": "120.00", "credits_forfeited": "60.00"})
    assert CHARGE in text
    assert LOSS in text


def test_it_says_that_the_carrier_has_confirmed_nothing() -> None:
    assert NOT_CONFIRMED in sent("approval_needed", {})


def test_it_says_nothing_of_carriers_that_were_not_asked() -> None:
    assert NOT_CONFIRMED not in sent("approval_needed")
