"""Emails about the end of a line say until when it can be undone, and lead to where that is done."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from tests.notifications.test_line_emails import line_order
from tests.notifications.test_render import FULL, RENDERER, order_email, read, text_of

UNDO = "Until Mon, Jan 18, 2027, if service ends on Sun, Nov 29, 2026. After that, the number is lost."
LINE_PAGE = "/lines/l1"


def rendered(email: str, to: str, data: Mapping[str, Any] = FULL, **known: Any) -> bytes:
    details = replace(line_order("SERVICE_TERMINATE", dict(data)), **known)
    (item,) = details.items
    item.line_id, item.answers = "l1", {"line": "l1", "end_reason": "unused", "undo_until": UNDO}
    return RENDERER.render(order_email(email, details, to))


def test_the_request_says_before_the_decision_until_when_it_can_be_undone() -> None:
    text = text_of(rendered("approval_needed", "mia"))
    assert text.count(UNDO) == 1
    assert text.index(f"Can this be undone? {UNDO}") < text.index("Review request")


def test_the_request_for_several_lines_asks_about_each() -> None:
    details = line_order("SERVICE_TERMINATE", dict(FULL))
    (item,) = details.items
    item.line_id, item.answers = "l1", {"line": "l1", "undo_until": UNDO}
    other = item.model_copy(update={"id": "i2", "number": 2, "mdn": "+13125550143"})
    text = text_of(RENDERER.render(order_email("approval_needed", replace(details, items=(item, other)), "mia")))
    for number in ("0142", "0143"):
        assert f"Can disconnecting (312) 555-{number} be undone? {UNDO}" in text


@pytest.mark.parametrize("kind", ["plain", "html"])
def test_the_last_email_says_the_day_that_was_left_and_links_to_the_line(kind: str) -> None:
    text = text_of(rendered("completed", "erin", last_days={"l1": date(2027, 1, 22)}), kind)
    assert "Can this be undone? Until Fri, Jan 22, 2027. After that, the number is lost." in text
    assert "Reconnect the line" in text
    assert LINE_PAGE in text


@pytest.mark.parametrize("email", ["number_lost_warning", "line_disconnected", "suspension_ending"])
def test_what_can_still_be_done_to_a_line_is_one_link_away(email: str) -> None:
    html = text_of(rendered(email, "erin"), "html")
    assert re.search(rf'href="[^"]*{LINE_PAGE}"[^>]*>Open line</a>', html)


def test_the_subject_stays_that_of_the_order() -> None:
    assert read(rendered("completed", "erin"))["Subject"].startswith("Disconnect (312) 555-0142")
