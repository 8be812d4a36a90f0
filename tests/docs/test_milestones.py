"""docs/email.md names the emails of every milestone of an order, and who gets them."""

import pytest

from api.email_switches.operations import AUDIENCES
from models.lifecycle import Status
from notifications.order_emails import order_emails
from tests.docs.pages import DOCS, table

ROWS = {row["status"]: row for row in table(DOCS / "email.md", "status")}
# Before an order is submitted, and where the next status follows within seconds.
WITHOUT_EMAIL = {Status.DRAFT, Status.SUBMITTING}


def test_every_status_has_its_emails() -> None:
    assert set(ROWS) == set(Status) - WITHOUT_EMAIL


@pytest.mark.parametrize("status", sorted(ROWS))
def test_the_row_says_who_gets_the_emails(status: str) -> None:
    audiences = [order_emails()[name].email.to for name in ROWS[status]["emails"].split(", ")]
    assert {", ".join(AUDIENCES[one] for one in to) for to in audiences} == {ROWS[status]["to"]}
