from dataclasses import replace
from datetime import timedelta

import pytest

from models.db.notifications.tables import NotificationRow
from models.db.people.tables import PersonRow
from models.db.tasks.tables import TaskRow
from notifications.order_emails import order_emails
from notifications.relevance import skip_reason
from tests.fixtures.office import MONDAY, TENANT, example_details

ERIN = PersonRow(tenant=TENANT, id="erin", name="Erin Walsh", email="erin@acme.example.com", employee_number="1")


@pytest.mark.parametrize(
    ("email", "later", "item", "sent"),
    [
        ("suspension_ending", "suspension_ending", "1", True),
        ("suspension_ending", "line_resumed", "1", False),
        ("suspension_ending", "line_disconnected", "1", False),
        ("suspension_ending", "line_resumed", "2", True),
        ("line_resumed", "line_resumed", "1", True),
    ],
)
def test_an_email_is_skipped_when_a_later_event_makes_it_outdated(
    email: str, later: str, item: str, sent: bool
) -> None:
    details = example_details({"item_id": "1"})
    (first,) = details.events
    second = first.model_copy(update={"seq": first.seq + 1, "event": later, "data": {"item_id": item}})
    row = NotificationRow(
        id="01N", tenant=TENANT, order_id=details.order.id, seq=first.seq, event=email, recipient_id=ERIN.id,
        address=ERIN.email, created_at=MONDAY, next_attempt_at=MONDAY,
    )  # fmt: skip
    at, details = MONDAY + timedelta(days=1), replace(details, events=(first, second))
    known = order_emails()[email].email
    assert (skip_reason(known, row, details=details, person=ERIN, link=None, task=None, at=at) is None) is sent


@pytest.mark.fault("8")
@pytest.mark.parametrize("state", ["open", "closed"])
def test_an_email_about_a_task_is_skipped_once_the_task_is_settled(state: str) -> None:
    details = example_details({"item_id": "1"})
    row = NotificationRow(
        id="01N", tenant=TENANT, order_id=details.order.id, seq=details.events[0].seq, event="lost_order",
        recipient_id=ERIN.id, address=ERIN.email, created_at=MONDAY, next_attempt_at=MONDAY,
    )  # fmt: skip
    task = TaskRow(
        tenant=TENANT, id="T", kind="lost_order", order_id=details.order.id, seq=row.seq, thing="T", role="desk",
        opened_at=MONDAY, due_at=MONDAY, choices=[], state=state,
    )  # fmt: skip
    known = order_emails()["lost_order"].email
    reason = skip_reason(known, row, details=details, person=ERIN, link=None, task=task, at=MONDAY)
    assert reason == (None if state == "open" else "The task is settled.")


@pytest.mark.parametrize(("email", "sent"), [("shipped", False), ("placed", True), ("holder_notified", True)])
def test_an_email_that_was_switched_off_meanwhile_is_skipped(email: str, sent: bool) -> None:
    details = replace(example_details({}), switched_off=frozenset({"shipped", "holder_notified"}))
    row = NotificationRow(
        id="01N", tenant=TENANT, order_id=details.order.id, seq=details.events[0].seq, event=email,
        recipient_id=ERIN.id, address=ERIN.email, created_at=MONDAY, next_attempt_at=MONDAY,
    )  # fmt: skip
    known = order_emails()[email].email
    reason = skip_reason(known, row, details=details, person=ERIN, link=None, task=None, at=MONDAY)
    assert (reason is None) is sent
