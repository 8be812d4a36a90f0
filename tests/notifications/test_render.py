import re
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

import pytest

from models.db.approvals.tables import ApprovalLinkRow
from models.db.notifications.tables import NotificationRow
from models.db.order_details import OrderDetails
from notifications.account_emails import AccountEmail
from notifications.email import Email, request_of, write
from notifications.event_emails import BY_NAME
from notifications.render import TEMPLATES, Renderer
from tests.fixtures.office import MONDAY, TENANT, paper_dossier

URL = "https://dialtone.example.com/approve/signed"
RENDERER = Renderer(mail_from="Dialtone <orders@dialtone.example.com>", public_url="https://dialtone.example.com")
LITTLE: dict[str, Any] = {"approvers": [], "to": {"person_id": "otto", "name": "Otto Grant"}, "question": "Why?"}
MUCH = LITTLE | {
    "approvers": [{"person_id": "maria", "name": "Maria Lopez"}],
    "from": ["Maria Lopez"],
    "reason": "Too expensive.",
    "detail": "The color is sold out.",
    "expected_at": "2026-12-01T18:00:00+00:00",
    "errors": [{"code": "IN_CATALOG", "field": None, "detail": "This device is not sold."}],
    "after_info": True,
    "needs": ["service_zip", "port_pin"],
    "carrier_ref": "V-77",
    "by": "rule 7",
}  # fmt: skip

PLAN = {
    "plan": [
        {"number": 1, "label": "Line manager", "mode": "any", "approvers": []},
        {"number": 2, "label": "Budget owner", "mode": "any", "approvers": [{"name": "Tess Nguyen"}]},
    ]
}


def read(raw: bytes) -> EmailMessage:
    message = message_from_bytes(raw, policy=default)
    assert isinstance(message, EmailMessage)
    return message


def text_of(raw: bytes, kind: str = "plain") -> str:
    part = read(raw).get_body((kind,))
    assert part is not None
    return str(part.get_content())


def row_of(mail: str, to: str, dossier: OrderDetails) -> NotificationRow:
    return NotificationRow(
        id="01NOTIFICATION", tenant=TENANT, order_id=dossier.order.id, seq=1, event=mail, recipient_id=to,
        address=f"{to}@acme.example.com", created_at=MONDAY, next_attempt_at=MONDAY,
    )  # fmt: skip


def letter(mail: str, data: dict[str, Any], *, to: str = "erin", **changes: Any) -> Email:
    """A letter about an entry with this data."""
    return letter_of(mail, paper_dossier(data, **changes), to)


def letter_of(mail: str, dossier: OrderDetails, to: str) -> Email:
    """A letter about a dossier's last entry; mails with a link go to Maria, who is asked to approve."""
    person = "maria" if BY_NAME[mail].link else to
    row = row_of(mail, person, dossier)
    link = ApprovalLinkRow(
        id="01LINK", tenant=TENANT, order_id=dossier.order.id, approval_id="of-maria", approver_id="maria",
        round=1, stage=1, content_hash="", expires_at=MONDAY + timedelta(days=3), created_at=MONDAY,
    )  # fmt: skip
    return write(dossier, row, link=link, url=URL) if BY_NAME[mail].link else write(dossier, row, link=None, url=None)


def test_every_mail_has_its_three_templates_and_no_folder_is_without_a_mail() -> None:
    found = {path.name: {file.name for file in path.iterdir()} for path in TEMPLATES.iterdir() if path.is_dir()}
    assert found == {name: {"subject.txt", "body.txt", "body.html"} for name in {*BY_NAME, *AccountEmail}}


def test_rows_of_plain_texts_end_in_what_keeps_their_line_break() -> None:
    rows = [
        (file.relative_to(TEMPLATES), line)
        for file in TEMPLATES.rglob("*.txt")
        for line in file.read_text().splitlines()
        if line.startswith(("- ", "  ")) and not line.lstrip().startswith("{%")
    ]
    assert len(rows) > 10
    assert [row for row in rows if row[1].endswith("%}")] == []


@pytest.mark.parametrize("data", [LITTLE, MUCH], ids=["little", "much"])
@pytest.mark.parametrize("mail", BY_NAME)
def test_every_mail_renders_and_says_what_happens_next(mail: str, data: dict[str, Any]) -> None:
    raw = RENDERER.render(letter(mail, data))
    assert read(raw)["Subject"].startswith("Order 10042: ")
    for kind in ("plain", "html"):
        after = text_of(raw, kind).split("What happens next", 1)[1]
        assert len(after) > 100
        assert "None" not in after


@pytest.mark.parametrize("mail", [mail.name for mail in BY_NAME.values() if mail.link])
@pytest.mark.parametrize("kind", ["plain", "html"])
def test_an_approver_can_decide_from_what_the_mail_says(mail: str, kind: str) -> None:
    flagged = letter(mail, MUCH, flags=["OUT_OF_POLICY"], ruling=PLAN)
    text = " ".join(text_of(RENDERER.render(flagged), kind).replace("&#39;", "'").split())
    for said in (
        "iPhone 17 Pro 256 GB with Business Unlimited",
        "International roaming",
        "Erin Walsh",
        "Ben Ortiz",
        "$1,029.00",
        "$45.50",
        "$2,121.00",
        "CC-100 (once), CC-200 (monthly)",
        "Starts in sales on Monday.",
        "Outside the policy",
        "Maria Lopez is Ben Ortiz's manager.",
        "Mon, Nov 30, 2026, 9:00 AM CST",
        "Otto Grant; the first decision counts",
        "Budget owner (Tess Nguyen)",
        "Thu, Nov 19, 2026, 9:00 AM CST",
        URL,
    ):
        assert said in text


@pytest.mark.parametrize("mail", BY_NAME)
@pytest.mark.parametrize("kind", ["plain", "html"])
def test_every_mail_leads_to_the_order_s_page_but_for_those_whose_link_decides(mail: str, kind: str) -> None:
    written = letter(mail, MUCH)
    leads = f"Follow the order: https://dialtone.example.com/orders/{written.number}"
    shown = re.sub(r"<[^>]+>", "", text_of(RENDERER.render(written), kind))
    assert (leads in shown) is not BY_NAME[mail].link


def test_an_approver_reads_the_questions_and_approvals_so_far() -> None:
    dossier = paper_dossier(MUCH)
    said = [
        ("info_requested", {"question": "Why the large one?"}),
        ("info_provided", {"answer": "For photographs."}),
        ("approved_by", {"comment": "Fine."}),
    ]
    events = [dossier.events[0].model_copy(update={"event": event, "data": data}) for event, data in said]
    request = request_of(replace(dossier, events=tuple(events)), dossier.approvals[0], until_seq=1, at=MONDAY)
    assert request.questions == (
        ("Maria Lopez asked", "Why the large one?"),
        ("Maria Lopez answered", "For photographs."),
    )
    assert request.so_far == ("Maria Lopez approved on Mon, Nov 16, 2026, 9:00 AM CST: “Fine.”",)


@pytest.mark.parametrize("mail", BY_NAME)
def test_no_mail_shows_a_whole_imei(mail: str) -> None:
    dossier_letter = letter(mail, MUCH)
    assert b"490154203237518" not in RENDERER.render(dossier_letter)


def test_the_same_letter_gives_the_same_bytes() -> None:
    one = letter("approval_needed", MUCH)
    assert RENDERER.render(one) == RENDERER.render(one)


def test_mails_about_one_order_make_one_thread() -> None:
    mail = read(RENDERER.render(letter("received", LITTLE)))
    order_id, seq, own = mail["Message-ID"].strip("<>").removesuffix("@dialtone.example.com").split(".")
    assert (seq, own) == ("1", "01NOTIFICATION")
    assert mail["In-Reply-To"] == mail["References"] == f"<{order_id}@dialtone.example.com>"


def test_mails_tell_machines_not_to_answer() -> None:
    mail = read(RENDERER.render(letter("received", LITTLE)))
    assert (mail["Auto-Submitted"], mail["X-Auto-Response-Suppress"]) == ("auto-generated", "All")
    assert mail["From"] == "Dialtone <orders@dialtone.example.com>"
    assert mail["To"] == "Erin Walsh <erin@acme.example.com>"


def test_what_people_write_cannot_become_html_or_headers() -> None:
    evil = letter("rejected", MUCH | {"reason": '<b class="button">x</b>'}, reason="a\nBcc: x@example.com")
    raw = RENDERER.render(evil)
    assert "<b " not in text_of(raw, "html")
    assert read(raw)["Bcc"] is None


def test_a_line_break_in_an_answer_does_not_break_the_subject() -> None:
    dossier = paper_dossier(LITTLE)
    dossier.items[0].answers = {"device": "New\r\nBcc: x@example.com"}
    mail = read(RENDERER.render(write(dossier, row_of("received", "erin", dossier), link=None, url=None)))
    assert mail["Bcc"] is None
    assert mail["Subject"] == "Order 10042: Received: New Bcc: x@example.com"


def test_the_requester_is_addressed_as_the_owner_of_the_order() -> None:
    assert "YOUR ORDER 10042" in text_of(RENDERER.render(letter("received", LITTLE, to="erin")))
    assert "ORDER 10042 FOR YOU" in text_of(RENDERER.render(letter("received", LITTLE, to="ben")))
    assert "ORDER 10042 FOR BEN ORTIZ" in text_of(RENDERER.render(letter("received", LITTLE, to="walt")))


def test_a_rule_that_rejects_is_not_shown_as_a_person() -> None:
    dossier = paper_dossier(MUCH)
    dossier.events[0].actor_kind = "rule"
    raw = RENDERER.render(write(dossier, row_of("rejected", "erin", dossier), link=None, url=None))
    assert "The rules of Acme Corp did not approve it" in text_of(raw)


@pytest.mark.parametrize("mail", BY_NAME)
def test_every_element_with_a_class_has_its_style_inline(mail: str) -> None:
    html = text_of(RENDERER.render(letter(mail, MUCH)), "html")
    assert html.count('class="') == html.count('" style="')


def test_an_order_that_is_partly_done_says_of_each_item_how_it_ended_and_why() -> None:
    dossier = paper_dossier({})
    first, *_ = dossier.items
    first.state, first.detail = "refused", "No coverage at this address."
    raw = RENDERER.render(letter_of("partially_fulfilled", dossier, "erin"))
    for kind in ("plain", "html"):
        assert "Refused “No coverage at this address.”" in " ".join(text_of(raw, kind).split())
    first.state = "done"
    assert "No coverage" not in text_of(RENDERER.render(letter_of("partially_fulfilled", dossier, "erin")))
