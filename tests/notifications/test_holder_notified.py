"""The security notice: what is about to happen to the recipient's lines, who ordered it, and what to do."""

from dataclasses import replace

import pytest

from models.db.people.tables import PersonRow
from models.event import EventEmail
from models.events.protection import HOLDER_NOTIFIED
from models.order_type import Texts, texts_of
from notifications.email import Email, build_order_email
from notifications.relevance import skip_reason
from tests.fixtures.office import CARRIER_NAMES, MONDAY, ORDER_TYPES, PHONE, example_details
from tests.notifications.test_render import RENDERER, read, row_of, text_of

FIRST, SECOND = "+13125550142", "+13125550143"
TEXTS = Texts(
    title="Replace SIM",
    done="",
    done_for_many="",
    notice="The SIM of {lines} is about to be replaced. The old SIM will stop working.",
    notice_for_many="The SIMs of {lines} are about to be replaced.",
)
TYPES = {**ORDER_TYPES, PHONE.code: replace(PHONE, texts=TEXTS)}
DETAILS = example_details({"notified": {"ben": [FIRST], "erin": [FIRST, SECOND], "ada": []}})


def notice(to: str) -> Email:
    row, person = row_of("holder_notified", to, DETAILS), DETAILS.people[to]
    return build_order_email(DETAILS, row, person, CARRIER_NAMES, TYPES, link=None, url=None)


def test_it_says_what_happens_who_ordered_it_and_what_to_do() -> None:
    raw = RENDERER.render(notice("ben"))
    assert read(raw)["Subject"] == "Security notice: Replace SIM – (312) 555-0142 (order 10042)"
    for kind in ("plain", "html"):
        text = " ".join(text_of(raw, kind).replace("&#39;", "'").split())
        assert (
            "The SIM of (312) 555-0142 is about to be replaced. The old SIM will stop working. "
            "Ordered by Erin Walsh on Mon, Nov 16, 2026, 9:00 AM."
        ) in text
        assert "If you didn't expect this, contact your telecom team now and tell them the order number, 10042." in text
        assert "Security notices can't be turned off." in text


def test_it_names_all_lines_of_the_recipient_and_no_other_line() -> None:
    raw = RENDERER.render(notice("erin"))
    assert read(raw)["Subject"].startswith("Security notice: Replace SIM – (312) 555-0142 and 1 more (")
    assert "The SIMs of (312) 555-0142 and (312) 555-0143 are about to be replaced. Ordered by you on " in text_of(raw)
    assert "555-0143" not in text_of(RENDERER.render(notice("ben")))


def test_a_line_without_a_number_is_called_a_line() -> None:
    assert "The SIM of a line is about to be replaced." in text_of(RENDERER.render(notice("ada")))


def test_a_type_that_is_no_longer_in_the_catalog_has_a_notice() -> None:
    assert texts_of({}, "SIM_REPLACE").notice_about([FIRST]) == "There is about to be a change to (312) 555-0142."


@pytest.mark.parametrize("always", [True, False])
def test_it_is_sent_to_the_address_at_the_event_even_if_that_has_changed_since(always: bool) -> None:
    (known,) = HOLDER_NOTIFIED.emails
    email: EventEmail = replace(known, always=always)
    moved = PersonRow(tenant="acme", id="ben", name="Ben Ortiz", email="new@example.com", employee_number="1")
    row = row_of("holder_notified", "ben", DETAILS)
    reason = skip_reason(email, row, details=DETAILS, person=moved, link=None, task=None, at=MONDAY)
    assert reason == (None if always else "The recipient's address has changed.")
