"""Two people with the same name: an email knows which of them it is to."""

import pytest

from models.db.approvals.tables import ApprovalLinkRow
from models.db.order_details import OrderDetails
from notifications.email import build_order_email
from tests.fixtures.office import CARRIER_NAMES, MONDAY, ORDER_TYPES, TENANT, example_details
from tests.notifications.test_render import RENDERER, URL, order_email, row_of, text_of

ESCALATED_TO_OTTO = {"from": ["Maria Lopez"], "approvers": [{"person_id": "otto", "name": "Maria Lopez"}]}


def escalation_to(reader: str, details: OrderDetails) -> str:
    """The text of the email about the escalation from Maria to Otto, whose name is Maria Lopez, too."""
    details.events[-1].event = "escalated"
    details.people["otto"].name = "Maria Lopez"
    link = ApprovalLinkRow(
        id="01LINK", tenant=TENANT, order_id=details.order.id, approval_id=f"of-{reader}", approver_id=reader,
        round=1, stage=1, content_hash="", expires_at=MONDAY, created_at=MONDAY,
    )  # fmt: skip
    row, person = row_of("escalated", reader, details), details.people[reader]
    email = build_order_email(details, row, person, CARRIER_NAMES, ORDER_TYPES, link=link, url=URL)
    return " ".join(text_of(RENDERER.render(email)).split())


@pytest.mark.parametrize(
    ("reader", "sentence"),
    [
        ("otto", "Maria Lopez hasn't responded in time, so we're asking you too."),
        ("maria", "We haven't heard from you, so we also asked Maria Lopez."),
    ],
)
def test_an_escalation_tells_who_is_asked_now_from_who_did_not_respond(reader: str, sentence: str) -> None:
    assert sentence in escalation_to(reader, example_details(ESCALATED_TO_OTTO))


def test_who_is_asked_now_is_not_blamed_if_nobody_was_added() -> None:
    text = escalation_to("maria", example_details(ESCALATED_TO_OTTO | {"approvers": []}))
    assert "We haven't heard from you, and there's no one else to ask." in text


def test_an_order_for_someone_with_the_requester_s_name_is_for_someone_else() -> None:
    details = example_details({})
    details.people["ben"].name = details.people["erin"].name
    text = text_of(RENDERER.render(order_email("approved", details, "walt")))
    assert "Erin Walsh's order for Erin Walsh is approved" in text


def test_an_order_for_the_requester_is_not_for_someone_else() -> None:
    text = text_of(RENDERER.render(order_email("approved", example_details({}, beneficiary_id="erin"), "walt")))
    assert "Erin Walsh's order is approved" in text
