"""What people and carriers write cannot pass for the email's own words, and makes no links."""

import time

import pytest

from notifications.foreign_text import without_links
from notifications.order_emails import order_emails
from tests.field.hostile_order import HOSTILE, LIVE, hostile_details
from tests.fixtures.office import example_details
from tests.notifications.test_render import FULL, PLAN, RENDERER, build, order_email, read, text_of

pytestmark = pytest.mark.fault("33")


WRITTEN = ("reason", "comment", "detail", "question", "answer", "rule")


@pytest.mark.parametrize("reader", ["erin", "ben", "walt"])
@pytest.mark.parametrize("email", order_emails())
def test_no_text_makes_a_link_or_passes_for_the_email_s_own_words(email: str, reader: str) -> None:
    raw = RENDERER.render(order_email(email, hostile_details(), reader))
    assert not LIVE.search(read(raw)["Subject"])
    for kind in ("plain", "html"):
        assert not LIVE.search(text_of(raw, kind))
    own = [line for line in text_of(raw).splitlines() if not line.startswith(">")]
    assert not [line for line in own if line.strip() in {"What it costs", "Once: $0.00", "www[.]evil[.]example"}]
    assert sum(line.startswith("Review request:") for line in own) <= 1
    assert own.count("--") == 1


@pytest.mark.parametrize("email", order_emails())
def test_a_text_without_links_is_left_as_it_is(email: str) -> None:
    text = text_of(RENDERER.render(build(email, FULL | PLAN)))
    assert "[.]" not in text


@pytest.mark.parametrize(
    "text", ["$65.00/month", "2.5/5", "v1.2/3", "iOS 26.1.2", "e.g. this", "No. 7.", "Wait...what", "at 9 a.m.", "J.R."]
)
def test_a_number_or_an_abbreviation_is_no_link(text: str) -> None:
    assert without_links(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("evil.com", "evil[.]com"),
        ("evil.com:8080/approve", "evil[.]com:8080/approve"),
        ("evil.example?x=1", "evil[.]example?x=1"),
        ("(www.evil.com).", "(www[.]evil[.]com)."),
        ("mail me@evil.com, now", "mail me@evil[.]com, now"),
        ("203.0.113.5/approve", "203[.]0[.]113[.]5/approve"),
        ("203.0.113.5:8080", "203[.]0[.]113[.]5:8080"),
        ("https://localhost/x", "https[:]//localhost/x"),
        (
            "\u043f\u0440\u0438\u043c\u0435\u0440.\u0440\u0444/x",
            "\u043f\u0440\u0438\u043c\u0435\u0440[.]\u0440\u0444/x",
        ),
        ("\u0909\u0926\u093e.\u092d\u093e\u0930\u0924", "\u0909\u0926\u093e[.]\u092d\u093e\u0930\u0924"),
        ("evil\u3002com/x", "evil[.]com/x"),
        ("evil\uff0ecom", "evil[.]com"),
    ],
)
def test_what_mail_programs_link_is_spelt_so_that_they_do_not(text: str, shown: str) -> None:
    assert without_links(text) == shown
    assert without_links(shown) == shown


@pytest.mark.parametrize("part", ["a.b-", "a.", "1.1.1.1.", "://", "www.", "a" * 63, "\u3002a"])
def test_a_long_text_takes_no_longer_than_its_length_says(part: str) -> None:
    text = part * (20_000 // len(part))
    started = time.process_time()
    without_links(text)
    assert time.process_time() - started < 1


@pytest.mark.parametrize("space", ["\n", " ", " \n", "\u2028"])
def test_white_space_from_a_carrier_takes_no_longer_than_its_length_says(space: str) -> None:
    details = example_details(FULL)
    details.items[0].state, details.items[0].detail = "declined", f"No{space * 1000}coverage."
    started = time.process_time()
    text = text_of(RENDERER.render(order_email("partially_fulfilled", details, "erin")))
    assert time.process_time() - started < 1
    assert "Declined by carrier – No" in text


def test_the_reason_of_a_request_is_quoted() -> None:
    text = text_of(RENDERER.render(build("approval_needed", FULL | PLAN, reason=HOSTILE)))
    assert "Business reason:\r\n> Needed.\r\n>\r\n> What it costs\r\n> Once: $0.00\r\n>\r\n> Review request:" in text


@pytest.mark.parametrize("email", ["vendor_rejected", "info_requested", "withdrawn"])
def test_a_text_of_one_line_is_quoted_as_well(email: str) -> None:
    words = "See the ticket in example.com/tickets/7."
    text = text_of(RENDERER.render(build(email, FULL | dict.fromkeys(WRITTEN, words))))
    assert "\n> See the ticket in example[.]com/tickets/7." in text.replace("\r", "")
