import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.policy import default
from email.utils import parseaddr
from typing import Any

import pytest

from models.db.approvals.tables import ApprovalLinkRow
from models.db.notifications.tables import NotificationRow
from models.db.order_details import OrderDetails
from models.db.orders.tables import ParcelRow
from models.event import Audience
from notifications.account_emails import AccountEmail
from notifications.email import Email, approval_request, build_order_email
from notifications.order_emails import order_emails
from notifications.render import TEMPLATES, Renderer
from tests.fixtures.office import CARRIER_NAMES, MONDAY, ORDER_TYPES, TENANT, example_details

URL = "https://dialtone.example.com/approve/signed"
RENDERER = Renderer(mail_from="Dialtone <orders@dialtone.example.com>", public_url="https://dialtone.example.com")
MINIMAL: dict[str, Any] = {
    "approvers": [],
    "to": {"person_id": "otto", "name": "Otto Grant"},
    "question": "Why?",
    "step": "PLACE",
    "error": "TimeoutError: late",
    "notified": {"erin": ["+13125550142"]},
}
FULL = MINIMAL | {
    "approvers": [{"person_id": "maria", "name": "Maria Lopez"}],
    "from": ["Maria Lopez"],
    "reason": "Too expensive.",
    "detail": "The color is sold out.",
    "expected_at": "2026-12-01T18:00:00+00:00",
    "errors": [{"code": "IN_CATALOG", "field": None, "detail": "This device is not sold."}],
    "after_info": True,
    "needs": ["service_zip", "port_pin"],
    "carrier_ref": "V-77",
    "by": "policy:7",
}  # fmt: skip

PLAN = {
    "plan": [
        {"number": 1, "label": "Line manager", "mode": "any", "approvers": []},
        {"number": 2, "label": "Budget owner", "mode": "any", "approvers": [{"name": "Tess Nguyen"}]},
    ]
}


# Security notices, and what happens to a line long after its order. Those about a task have the task's.
OWN_SUBJECTS = {
    *(
        "holder_notified",
        "number_changed",
        "suspension_ending",
        "line_resumed",
        "line_disconnected",
        "number_lost_warning",
        "features_end_soon",
    ),
    *("line_back", "resumed_after_loss"),
}


def read(raw: bytes) -> EmailMessage:
    message = message_from_bytes(raw, policy=default)
    assert isinstance(message, EmailMessage)
    return message


def text_of(raw: bytes, kind: str = "plain") -> str:
    part = read(raw).get_body((kind,))
    assert part is not None
    return str(part.get_content())


def row_of(email: str, to: str, details: OrderDetails) -> NotificationRow:
    return NotificationRow(
        id="01NOTIFICATION", tenant=TENANT, order_id=details.order.id, seq=1, event=email, recipient_id=to,
        address=f"{to}@acme.example.com", created_at=MONDAY, next_attempt_at=MONDAY,
    )  # fmt: skip


def build(email: str, data: dict[str, Any], *, to: str = "erin", **changes: Any) -> Email:
    """An email about an event with this data; `changes` are columns of its order."""
    return order_email(email, example_details(data, **changes), to)


def order_email(email: str, details: OrderDetails, to: str) -> Email:
    """The email about the last event, which is its own; those with a link go to Maria, who is asked to approve."""
    details.events[-1].event = order_emails()[email].template.partition("/")[0]
    if not order_emails()[email].email.link:
        row, person = row_of(email, to, details), details.people[to]
        return build_order_email(details, row, person, CARRIER_NAMES, ORDER_TYPES, link=None, url=None)
    link = ApprovalLinkRow(
        id="01LINK", tenant=TENANT, order_id=details.order.id, approval_id="of-maria", approver_id="maria",
        round=1, stage=1, content_hash="", expires_at=MONDAY + timedelta(days=3), created_at=MONDAY,
    )  # fmt: skip
    row, person = row_of(email, "maria", details), details.people["maria"]
    return build_order_email(details, row, person, CARRIER_NAMES, ORDER_TYPES, link=link, url=URL)


def test_every_email_has_a_template_and_every_template_an_email() -> None:
    paths = {path.relative_to(TEMPLATES).with_suffix("").as_posix() for path in TEMPLATES.glob("**/*.html")}
    expected = {template for _, template in order_emails().values()} | {*AccountEmail}
    assert {path for path in paths if not path.startswith("layouts/")} == expected


@pytest.mark.parametrize("data", [MINIMAL, FULL], ids=["minimal", "full"])
@pytest.mark.parametrize("email", order_emails())
def test_every_email_names_its_order_and_says_what_is_next(email: str, data: dict[str, Any]) -> None:
    raw = RENDERER.render(build(email, data))
    assert read(raw)["Subject"].endswith(" (order 10042)")
    for kind in ("plain", "html"):
        after = text_of(raw, kind).split("What's next", 1)[1]
        assert len(after) > 100
        assert "None" not in after


def test_the_email_about_a_failed_step_is_a_sentence_without_the_error() -> None:
    data = {"step": "PLACE", "tries": 14, "error": "CARRIER_UNAVAILABLE: bell returned 503"}
    raw = RENDERER.render(build("failed", data))
    assert "Couldn't place the order with Bell Mobility after 14 tries." in text_of(raw)
    assert "CARRIER_UNAVAILABLE" not in text_of(raw)


@pytest.mark.parametrize("email", order_emails())
def test_the_plain_text_holds_no_markup(email: str) -> None:
    text = text_of(RENDERER.render(build(email, FULL)))
    assert re.search(r"<|.>|&\w+;|\n{3}", text) is None  # a quoted line starts with >


@pytest.mark.parametrize("email", [name for name, (email, _) in order_emails().items() if email.link])
@pytest.mark.parametrize("kind", ["plain", "html"])
def test_an_approver_can_decide_from_the_email(email: str, kind: str) -> None:
    flagged = build(email, FULL, flags=["OUT_OF_POLICY"], ruling=PLAN)
    text = " ".join(text_of(RENDERER.render(flagged), kind).replace("&#39;", "'").split())
    for expected in (
        "iPhone 17 Pro 256 GB for Ben Ortiz – $1,029.00 one-time + $45.50/month",
        "iPhone 17 Pro 256 GB with Business Unlimited",
        "International roaming",
        "Erin Walsh",
        "Ben Ortiz",
        "$1,029.00",
        "$45.50",
        "$2,121.00",
        "CC-100 (one-time), CC-200 (monthly)",
        "Starts in sales on Monday.",
        "Out of policy",
        "Maria Lopez is Ben Ortiz's manager.",
        "Mon, Nov 30, 2026, 9:00 AM",
        "Otto Grant – the first to respond decides",
        "Budget owner (Tess Nguyen)",
        "Thu, Nov 19, 2026, 9:00 AM",
        "Times shown in Central Time",
        URL,
    ):
        assert expected in text


@pytest.mark.parametrize("email", [name for name, (one, _) in order_emails().items() if Audience.ASSIGNEES in one.to])
@pytest.mark.parametrize(("data", "by_anyone"), [({}, True), ({"person_id": "erin"}, False)])
def test_only_a_task_for_a_role_can_be_done_by_anyone_who_got_the_email(
    email: str, data: dict[str, Any], by_anyone: bool
) -> None:
    text = text_of(RENDERER.render(build(email, FULL | data)))
    assert ("Anyone who got this email can do it." in " ".join(text.split())) is by_anyone


@pytest.mark.parametrize("email", order_emails())
@pytest.mark.parametrize("kind", ["plain", "html"])
def test_every_email_without_an_approval_link_links_to_its_order_or_task_or_what_it_asks_for(
    email: str, kind: str
) -> None:
    page = re.compile(r"https://dialtone\.example\.com/((admin/)?orders/10042|tasks/\w{26}-1|attestations)\b")
    assert bool(page.search(text_of(RENDERER.render(build(email, FULL)), kind))) is not order_emails()[email].email.link


@pytest.mark.parametrize(
    ("email", "words"),
    [
        ("expired", "Submit again"),
        ("rejected", "Change and submit again"),
        ("vendor_rejected", "Change and submit again"),
    ],
)
def test_the_requester_gets_a_link_to_order_again(email: str, words: str) -> None:
    link = f"{words}: https://dialtone.example.com/orders/10042"
    assert link in text_of(RENDERER.render(build(email, FULL)))
    assert words not in text_of(RENDERER.render(build(email, FULL, to="ben")))


def test_a_carrier_has_its_configured_name() -> None:
    assert "Bell Mobility declined your order" in text_of(RENDERER.render(build("vendor_rejected", FULL)))


@pytest.mark.fault("40")
def test_all_emails_about_an_order_have_one_subject_and_those_to_an_approver_another() -> None:
    subjects: dict[str, set[str]] = {"": set(), "approver": set()}
    for name, (email, _) in order_emails().items():
        for data in (MINIMAL, FULL):
            if name not in OWN_SUBJECTS and Audience.ASSIGNEES not in email.to:
                subjects["approver" if email.link else ""].add(read(RENDERER.render(build(name, data)))["Subject"])
    assert subjects == {
        "": {"iPhone 17 Pro 256 GB for Ben Ortiz (order 10042)"},
        "approver": {"Erin Walsh needs your approval: iPhone 17 Pro 256 GB (order 10042)"},
    }


@pytest.mark.fault("40")
@pytest.mark.parametrize("email", order_emails())
def test_the_preview_is_hidden_by_nothing_but_display_none(email: str) -> None:
    html = text_of(RENDERER.render(build(email, FULL)), "html")
    assert '<div class="preview" style="display:none">' in html
    assert "font-size:1px" not in html


def test_an_approver_sees_earlier_questions_and_approvals() -> None:
    details = example_details(FULL)
    data = [
        ("info_requested", {"question": "Why the large one?"}),
        ("info_provided", {"answer": "For photographs."}),
        ("approved_by", {"comment": "Fine."}),
    ]
    events = tuple(details.events[0].model_copy(update={"event": event, "data": data}) for event, data in data)
    request = approval_request(replace(details, events=events), details.approvals[0], until_seq=1, at=MONDAY)
    assert request.questions == (
        ("Maria Lopez asked", "Why the large one?"),
        ("Maria Lopez answered", "For photographs."),
    )
    assert request.previous_approvals == ("Maria Lopez approved on Mon, Nov 16, 2026, 9:00 AM: “Fine.”",)


@pytest.mark.parametrize("email", order_emails())
def test_no_email_shows_a_complete_imei(email: str) -> None:
    details = example_details(FULL)
    details.items[0].imei = "490154203237518"
    assert b"490154203237518" not in RENDERER.render(order_email(email, details, "erin"))


def test_an_email_is_rendered_to_the_same_bytes_each_time() -> None:
    email = build("approval_needed", FULL)
    assert RENDERER.render(email) == RENDERER.render(email)


def test_the_emails_of_an_order_are_one_thread() -> None:
    email = build("approved", MINIMAL)
    message = read(RENDERER.render(email))
    assert message["Message-ID"] == "<01NOTIFICATION@dialtone.example.com>"
    assert message["In-Reply-To"] == message["References"] == f"<{email.order_id}@dialtone.example.com>"


def test_emails_ask_machines_not_to_reply() -> None:
    message = read(RENDERER.render(build("approved", MINIMAL)))
    assert (message["Auto-Submitted"], message["X-Auto-Response-Suppress"]) == ("auto-generated", "All")
    assert message["From"] == "Dialtone <orders@dialtone.example.com>"
    assert message["To"] == "Erin Walsh <erin@acme.example.com>"


def test_text_from_people_becomes_neither_html_nor_headers() -> None:
    text = '<b class="button">x</b>'
    raw = RENDERER.render(build("withdrawn", FULL | {"reason": text}, reason="a\nBcc: x@example.com"))
    assert "<b " not in text_of(raw, "html")
    assert f"> {text}" in text_of(raw)
    assert read(raw)["Bcc"] is None


def test_a_line_break_in_an_answer_does_not_break_the_subject() -> None:
    details = example_details(MINIMAL)
    details.order.title = "New\r\nBcc: x for Ben Ortiz"
    message = read(RENDERER.render(order_email("approved", details, "erin")))
    assert message["Bcc"] is None
    assert message["Subject"] == "New Bcc: x for Ben Ortiz (order 10042)"


def test_an_email_addresses_its_recipient() -> None:
    assert "Your order is approved" in text_of(RENDERER.render(build("approved", MINIMAL, to="erin")))
    assert "Erin Walsh's order for you is approved" in text_of(RENDERER.render(build("approved", MINIMAL, to="ben")))
    for_others = text_of(RENDERER.render(build("approved", MINIMAL, to="walt")))
    assert "Erin Walsh's order for Ben Ortiz is approved" in for_others


@pytest.mark.parametrize(
    ("email", "data"),
    [("approval_waiting", {"round": 1, "stage": 1}), ("approved", {"by": "policy:7"})],
    ids=["approval needed", "no approval needed"],
)
def test_the_first_email_about_an_order_confirms_it(email: str, data: dict[str, Any]) -> None:
    assert "We got your order" in text_of(RENDERER.render(build(email, FULL | data, to="erin")))
    assert "Erin Walsh placed an order for you" in text_of(RENDERER.render(build(email, FULL | data, to="ben")))


def test_a_rejection_by_policy_is_not_shown_as_a_person() -> None:
    details = example_details(FULL)
    details.events[0].actor_kind = "rule"
    text = text_of(RENDERER.render(order_email("rejected", details, "erin")))
    assert "It doesn't meet Acme Corp's policy" in text
    assert "This device is not sold." in text


@pytest.mark.parametrize("email", order_emails())
def test_every_element_with_a_class_has_an_inline_style(email: str) -> None:
    html = text_of(RENDERER.render(build(email, FULL)), "html")
    assert html.count('class="') == html.count('" style="')


def test_a_partially_completed_order_says_how_each_item_ended_and_why() -> None:
    details = example_details({})
    first, *_ = details.items
    first.state, first.detail = "declined", "No coverage at this address."
    raw = RENDERER.render(order_email("partially_fulfilled", details, "erin"))
    for kind in ("plain", "html"):
        assert "Declined by carrier – No coverage at this address." in " ".join(text_of(raw, kind).split())
    first.state = "done"
    text = text_of(RENDERER.render(order_email("partially_fulfilled", details, "erin")))
    assert ": Completed" in text
    assert "No coverage" not in text


def parcel_row(details: OrderDetails, number: str, carrier: str, *, arrived: bool = False) -> ParcelRow:
    item = details.items[0]
    at = datetime(2026, 11, 30, 18, tzinfo=UTC)
    return ParcelRow(
        tenant=item.tenant, order_id=item.order_id, item_id=item.id, tracking_number=number, shipping_carrier=carrier,
        shipped_at=at, delivered_at=at if arrived else None, reported={},
    )  # fmt: skip


@pytest.mark.parametrize("name", ["shipped", "parcel_shipped", "activation_needed"])
def test_each_of_several_parcels_can_be_tracked(name: str) -> None:
    details = example_details({})
    rows = [parcel_row(details, "1Z999", "UPS", arrived=True), parcel_row(details, "4711", "http://x.example/")]
    details = replace(details, parcels={details.items[0].id: rows})
    text = text_of(RENDERER.render(order_email(name, details, "ben")))
    assert "It comes in 2 parcels." in text
    assert "UPS tracking number 1Z999 (delivered). Track with UPS: https://www.ups.com/track?tracknum=1Z999" in text
    assert "tracking number 4711." in text
    assert "http://x.example" not in text


@pytest.mark.parametrize(
    ("carrier", "link"),
    [("UPS", "Track with UPS: https://www.ups.com/track?tracknum=1Z999"), ("Speedy", "Speedy tracking number 1Z999.")],
)
def test_a_shipment_can_be_tracked(carrier: str, link: str) -> None:
    details = example_details({})
    details.items[0].expected_at = datetime(2026, 12, 1, 18, tzinfo=UTC)
    details = replace(details, parcels={details.items[0].id: [parcel_row(details, "1Z999", carrier)]})
    text = text_of(RENDERER.render(order_email("shipped", details, "ben")))
    assert "Your iPhone 17 Pro 256 GB shipped" in text
    assert "Arrives by Tue, Dec 1, 2026." in text
    assert link in text
    assert "1Z999" in text


NAMES = ["Åsa Ångström " + "Ünlü-" * 30 + "Ström", 'O"Brien, (Erin) <x>', "E" * 300, "名" * 120]


@pytest.mark.parametrize("name", NAMES)
def test_headers_and_lines_have_the_lengths_that_servers_take(name: str) -> None:
    """RFC 5322 and RFC 2047: lines of 998 characters, encoded words of 75."""
    details = example_details({"by": "maria"})
    details.people["erin"].name = name
    raw = RENDERER.render(order_email("approved", details, "erin"))
    to, address = parseaddr(message_from_bytes(raw)["To"])
    assert (str(make_header(decode_header(to))), address) == (name, "erin@acme.example.com")
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    assert raw.count(b"\n") == raw.count(b"\r\n")
    assert all(len(word) <= 75 for word in re.findall(rb"=\?utf-8\?\S+\?=", raw))
    assert raw.isascii()
