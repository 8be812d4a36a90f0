"""A mail that was overtaken by what it announces is not sent."""

from dataclasses import replace
from datetime import timedelta

import pytest

from models.db.notifications.tables import NotificationRow
from models.db.people.tables import PersonRow
from notifications.event_emails import BY_NAME
from notifications.relevance import outdated
from tests.fixtures.office import MONDAY, TENANT, paper_dossier

ERIN = PersonRow(tenant=TENANT, id="erin", name="Erin Walsh", email="erin@acme.example.com", employee_number="1")


@pytest.mark.parametrize(
    ("mail", "later", "item", "sent"),
    [
        ("suspension_ending", "suspension_ending", "1", True),
        ("suspension_ending", "line_resumed", "1", False),
        ("suspension_ending", "line_disconnected", "1", False),
        ("suspension_ending", "line_resumed", "2", True),
        ("resume_failed", "retried", "1", False),
        ("resume_failed", "line_resumed", "1", False),
        ("line_resumed", "line_resumed", "1", True),
    ],
)
def test_what_has_happened_by_now_is_not_announced(mail: str, later: str, item: str, sent: bool) -> None:
    dossier = paper_dossier({"item_id": "1"})
    (first,) = dossier.events
    then = first.model_copy(update={"seq": first.seq + 1, "event": later, "data": {"item_id": item}})
    row = NotificationRow(
        id="01N", tenant=TENANT, order_id=dossier.order.id, seq=first.seq, event=mail, recipient_id=ERIN.id,
        address=ERIN.email, created_at=MONDAY, next_attempt_at=MONDAY,
    )  # fmt: skip
    at, told = MONDAY + timedelta(days=1), replace(dossier, events=(first, then))
    assert (outdated(BY_NAME[mail], row, dossier=told, person=ERIN, link=None, at=at) is None) is sent
