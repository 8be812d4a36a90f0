"""What people read of an order depends on its answers and on the line that it is about."""

from dataclasses import replace
from types import MappingProxyType
from typing import Any

import pytest

from models.facts import NO_ONE
from models.inventory import LineStatus
from models.order_type import texts_of
from policies.check import LineState
from policies.line_actions import order_options
from policies.order_title import order_title
from tests.policies.sample_facts import named_line
from tests.policies.test_device_checks import PHONE, returning
from workflows.order_type_registry import order_types_by_code

TYPES = MappingProxyType(order_types_by_code())


@pytest.mark.parametrize(
    ("code", "answers", "title"),
    [
        ("SERVICE_RESUME", {"resume_from": "suspended"}, "Resume line"),
        ("SERVICE_RESUME", {"resume_from": "disconnected"}, "Reconnect line"),
        ("RETURN", {"return_cause": "unwanted"}, "Return a device"),
        ("RETURN", {"return_cause": "not_received"}, "Look for a missing delivery"),
        ("GONE_TYPE", {}, "Gone type"),
    ],
)
def test_an_order_is_titled_as_what_it_does(code: str, answers: dict[str, Any], title: str) -> None:
    assert texts_of(TYPES, code, answers).title == title


@pytest.mark.parametrize(
    ("status", "title"),
    [
        (LineStatus.ACTIVE, "Resume line"),
        (LineStatus.SUSPENDED, "Resume line"),
        (LineStatus.DISCONNECTED, "Reconnect line"),
    ],
)
def test_a_disconnected_line_is_reconnected(status: LineStatus, title: str) -> None:
    found = LineState(line=named_line("l0", status=status).line)
    (offer,) = order_options(
        [TYPES["SERVICE_RESUME"]], found, {}, can_change=True, sees_new_holder=True, is_billed=True
    )
    assert offer.title == title


@pytest.mark.parametrize(
    ("code", "title", "question"),
    [
        ("NEW_SERVICE_DEVICE", "Phone for Ann", "Approve Phone for Ann?"),
        ("SERVICE_TERMINATE", "Disconnect (312) 555-0142", "Disconnect (312) 555-0142?"),
        ("SERVICE_SUSPEND", "Suspend (312) 555-0142", "Suspend (312) 555-0142?"),
        ("LINE_REASSIGN", "(312) 555-0142 to Ben", "Reassign (312) 555-0142 to Ben?"),
    ],
)
def test_approvers_are_asked_a_question(code: str, title: str, question: str) -> None:
    assert TYPES[code].texts.approve.format(title=title) == question


def test_the_title_of_a_return_names_the_user_of_the_device_if_it_has_one() -> None:
    texts, held = TYPES["RETURN"].texts, returning(PHONE)
    assert order_title(texts, held) == f"Return iPhone 17 – {held.beneficiary.name}"
    assert order_title(texts, replace(held, beneficiary=NO_ONE)) == "Return iPhone 17"
