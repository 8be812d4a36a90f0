"""The events of an order as lines of the activity list."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from api.orders.schemas import TimelineEntry
from api.orders.timeline import timeline_lines
from models.event import Event
from models.events.approval import APPROVAL_NEEDED
from models.events.cancellation import CANCEL_DECLINED
from models.events.delivery import LATE_CORRECTION
from models.events.fulfillment import ACTIVATION_NEEDED, ACTIVATION_SENT, PARCEL_ARRIVED, SHIPPED
from models.events.returns import RETURN_ENDED
from models.events.waiting import KEPT_WAITING


def entry(event: Event, **details: Any) -> TimelineEntry:
    return TimelineEntry(
        seq=1, at=datetime(2026, 12, 4, tzinfo=UTC), event=event.code, status="SHIPPED", who="Northwind",
        who_kind="carrier", channel="webhook", details=details,
    )  # fmt: skip


def test_an_event_that_is_no_longer_defined_has_a_title() -> None:
    unknown = entry(SHIPPED, reason="Why not.").model_copy(update={"event": "sent_by_pigeon"})
    (line,) = timeline_lines([unknown], {})
    assert (line.title, line.text, line.is_problem) == ("Sent by pigeon", "Why not.", False)


def test_an_approval_request_names_the_approvers_and_the_policy() -> None:
    requested = entry(APPROVAL_NEEDED, approvers=["Dana Ortiz", "Marcus Webb"])
    requested = requested.model_copy(update={"who": "Policy v1", "who_kind": "rule", "channel": "system"})
    (line,) = timeline_lines([requested], {})
    assert (line.title, line.who) == ("Approval requested from Dana Ortiz and Marcus Webb (policy v1)", "")


def test_the_same_event_of_several_items_is_one_line() -> None:
    numbers = {"a": 1, "b": 2, "c": 3, "d": 4}
    lines = timeline_lines(
        [
            *(entry(SHIPPED, item_id=one) for one in "abc"),
            *(entry(ACTIVATION_NEEDED, item_id=one) for one in "bd"),
            entry(ACTIVATION_NEEDED, item_id="a", detail="The IMEI is wrong."),
            entry(CANCEL_DECLINED),
            entry(CANCEL_DECLINED, reason="x", comment="x"),
        ],
        numbers,
    )
    assert [(line.title, line.items, line.text) for line in lines] == [
        ("Shipped", "Items 1 to 3", ""),
        ("Ready to activate", "Items 2 and 4", ""),
        ("Ready to activate", "Item 1", "The IMEI is wrong."),
        ("Too late to cancel", "", ""),
        ("Too late to cancel", "", "x"),
    ]


def test_an_order_that_keeps_waiting_says_for_which_item_and_until_when() -> None:
    until = datetime(2026, 12, 18, 23, tzinfo=UTC)
    kept = entry(KEPT_WAITING, item_id="b", until=until.isoformat(), evidence="They look for it.")
    (line,) = timeline_lines([kept], {"a": 1, "b": 2})
    assert (line.title, line.items, line.text) == ("Keeps waiting", "Item 2", "They look for it.")
    assert line.until == until


@pytest.mark.parametrize(("is_traced", "title"), [(True, "Search for the delivery ended"), (False, RETURN_ENDED.title)])
def test_a_delivery_that_never_arrived_is_not_returned(*, is_traced: bool, title: str) -> None:
    (line,) = timeline_lines([entry(RETURN_ENDED, is_traced=is_traced)], {})
    assert line.title == title


def test_a_single_item_is_not_named() -> None:
    (line,) = timeline_lines([entry(SHIPPED, item_id="a")], {})
    assert line.items == ""


def test_what_the_workflow_has_not_recorded_stands_where_it_happened() -> None:
    at = datetime(2026, 12, 4, tzinfo=UTC)
    happened = [
        (1, 0, SHIPPED), (2, 9, ACTIVATION_NEEDED), (3, 8, ACTIVATION_SENT), (900_000, 5, PARCEL_ARRIVED),
        (900_001, 20, LATE_CORRECTION),
    ]  # fmt: skip
    lines = timeline_lines(
        [
            entry(event).model_copy(update={"seq": seq, "at": at + timedelta(minutes=minute)})
            for seq, minute, event in happened
        ],
        {},
    )
    shown = [SHIPPED, PARCEL_ARRIVED, ACTIVATION_NEEDED, ACTIVATION_SENT, LATE_CORRECTION]
    assert [line.title for line in lines] == [event.title for event in shown]
