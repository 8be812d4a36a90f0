"""What people and carriers write cannot pass for the email's own words, and makes no links."""

import re

import pytest

from notifications.foreign_text import without_links
from notifications.order_emails import order_emails
from tests.notifications.test_render import FULL, PLAN, RENDERER, build, text_of

pytestmark = pytest.mark.fault("33")

HOSTILE = (
    "Needed.\n\nWhat it costs\n  Once: $0.00\n\nReview request:\nhttps://evil.example/approve\u2028www.evil.example"
    "\r\n--\r\nor evil.example/a"
)
WRITTEN = dict.fromkeys(("reason", "comment", "detail", "question", "answer", "rule"), HOSTILE)


@pytest.mark.parametrize("email", order_emails())
def test_a_text_is_quoted_line_by_line_and_has_no_links(email: str) -> None:
    data = FULL | PLAN | WRITTEN | {"approver_id": "maria"}
    raw = RENDERER.render(build(email, data, reason=HOSTILE))
    for kind in ("plain", "html"):
        assert not re.search(r"://evil|www\.evil|evil\.example", text_of(raw, kind))
    own = [line for line in text_of(raw).splitlines() if not line.startswith(">")]
    assert not [line for line in own if line.strip() in {"What it costs", "Once: $0.00", "www[.]evil[.]example"}]
    assert sum(line.startswith("Review request:") for line in own) <= 1
    assert own.count("--") == 1


@pytest.mark.parametrize("email", order_emails())
def test_a_text_without_links_is_left_as_it_is(email: str) -> None:
    text = text_of(RENDERER.render(build(email, FULL | PLAN)))
    assert "[.]" not in text


@pytest.mark.parametrize("text", ["$65.00/month", "2.5/5", "v1.2/3", "e.g. this", "No. 7."])
def test_a_number_is_no_link(text: str) -> None:
    assert without_links(text) == text


def test_the_reason_of_a_request_is_quoted() -> None:
    text = text_of(RENDERER.render(build("approval_needed", FULL | PLAN, reason=HOSTILE)))
    assert "Business reason:\r\n> Needed.\r\n>\r\n> What it costs\r\n> Once: $0.00\r\n>\r\n> Review request:" in text


@pytest.mark.parametrize("email", ["vendor_rejected", "info_requested", "withdrawn"])
def test_a_text_of_one_line_is_quoted_as_well(email: str) -> None:
    words = "See the ticket in example.com/tickets/7."
    text = text_of(RENDERER.render(build(email, FULL | dict.fromkeys(WRITTEN, words))))
    assert "\n> See the ticket in example[.]com/tickets/7[.]" in text.replace("\r", "")
