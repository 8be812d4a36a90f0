"""Emails about an order that replaces a monthly charge say the difference."""

from decimal import Decimal

import pytest

from tests.fixtures.office import example_details
from tests.notifications.test_render import FULL, PLAN, RENDERER, order_email, text_of


def email(name: str, before: str) -> str:
    """The text of an email about an order that costs $45.50 per month instead of `before`, and nothing once."""
    details = example_details(FULL | PLAN)
    for row in (details.order, *details.items):
        row.one_time, row.monthly_before = Decimal(0), Decimal(before)
    return " ".join(text_of(RENDERER.render(order_email(name, details, "erin"))).split())


@pytest.mark.parametrize(
    ("before", "words"),
    [
        ("52.50", "$7.00 less per month"),
        ("40.50", "$5.00 more per month"),
        ("45.50", "No change to the monthly charge"),
        ("0.00", "$45.50/month"),
    ],
)
def test_the_cost_of_an_order_is_what_changes(before: str, words: str) -> None:
    assert words in email("approved", before)


@pytest.mark.parametrize(("before", "charges"), [("0.00", True), ("40.50", True), ("45.50", False), ("52.50", False)])
def test_charges_start_only_where_something_is_added(before: str, charges: bool) -> None:
    assert ("Charges start with the next bill." in email("completed", before)) is charges
