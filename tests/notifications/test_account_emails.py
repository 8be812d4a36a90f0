from collections.abc import Mapping
from datetime import timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from html import unescape
from typing import Any

import pytest
from sqlmodel import select

from models.db.notifications.tables import AccountEmailRow
from models.db.people.tables import PersonRow, TenantRow
from models.db.sign_in import logins, password_resets
from models.db.sign_in.tables import PasswordResetRow
from models.events.approval import APPROVED
from models.lifecycle import Status
from notifications.account_emails import AccountEmail, enqueue_account_email
from tests.field.hostile_order import HOSTILE, LIVE, data_keys
from tests.fixtures.office import TENANT, SampleOrder
from tests.notifications.conftest import FakeSmtp
from tests.notifications.sending import SIGNER, change, email_sender, send_all

DATA: dict[AccountEmail, dict[str, str | None]] = {
    AccountEmail.INVITATION: {"by": "Tess Nguyen"},
    AccountEmail.PASSWORD_RESET: {},
    AccountEmail.AUTHENTICATOR_RESET: {"by": "Tess Nguyen", "reason": "Lost phone."},
    AccountEmail.LEAVE_ASKED: {"last_day": "Dec 31, 2026", "owner": "Tess Nguyen", "otherwise": "It ends."},
    AccountEmail.LEAVE_STARTED: {"leaver": "Ben Ortiz", "last_day": "Dec 31, 2026", "otherwise": "It ends."},
    AccountEmail.LEAVE_ENDED: {"leaver": "Ben Ortiz", "otherwise": "It ends."},
    AccountEmail.LEAVE_PROBLEM: {"leaver": "Ben Ortiz", "problem": "This line is with another carrier."},
    AccountEmail.LEAVE_OWNED: {"leaver": "Ben Ortiz", "owned": "Sales and cost center CC-1110"},
    AccountEmail.TAKES_OVER: {"leaver": "Ben Ortiz", "owned": "Sales and cost center CC-1110"},
    AccountEmail.PERSON_MOVED: {
        "mover": "Ben Ortiz",
        "left": "Sales",
        "joined": "Fleet",
        "cost_center": "CC-1210",
    },
    AccountEmail.START_MOVED: {
        "joiner": "Ben Ortiz",
        "day": "Dec 7, 2026",
        "moved": "Suspend line (8K8-5KT)",
        "stay": "iPhone 17 for Ben Ortiz (RF9-3WX)",
    },
    AccountEmail.ACCESS_CHANGED: {"what": "An API token was created", "reason": "Token: Report"},
    AccountEmail.SECURITY_COPY: {"what": "An API token was created", "whose": "Erin Walsh", "reason": "Token: Report"},
}


async def enqueue(
    office: SampleOrder, email: AccountEmail, *, link: bool = True, data: Mapping[str, str | None] | None = None
) -> PasswordResetRow | None:
    """Queue an email to Erin, who has a login."""
    async with office.database.transaction() as session:
        erin = await session.get_one(PersonRow, (TENANT, "erin"))
        if email is AccountEmail.SECURITY_COPY:
            (await session.get_one(TenantRow, TENANT)).security_email = erin.email
        if await logins.of_person(session, TENANT, "erin") is None:
            await logins.add(session, erin, at=office.clock)
        until = office.clock + timedelta(hours=1)
        reset = await password_resets.add(session, TENANT, "erin", at=office.clock, until=until) if link else None
        await enqueue_account_email(session, email, erin, at=office.clock, reset=reset, **(data or DATA[email]))
    return reset


async def queued(office: SampleOrder) -> AccountEmailRow:
    async with office.database.transaction() as session:
        return (await session.exec(select(AccountEmailRow))).one()


def last_received(smtp: FakeSmtp) -> tuple[EmailMessage, str, str]:
    """The newest email with its text and its HTML."""
    message = message_from_bytes(smtp.received[-1], policy=default)
    assert isinstance(message, EmailMessage)
    text, html = (message.get_body((kind,)) for kind in ("plain", "html"))
    assert text is not None
    assert html is not None
    return message, str(text.get_content()), str(html.get_content())


@pytest.mark.parametrize("email", AccountEmail)
async def test_an_email_says_what_happened_and_what_to_do(
    office: SampleOrder, smtp: FakeSmtp, email: AccountEmail
) -> None:
    await enqueue(office, email, link=email not in {AccountEmail.ACCESS_CHANGED, AccountEmail.SECURITY_COPY})
    assert await send_all(office, smtp) == 1
    message, *bodies = last_received(smtp)
    assert "order" not in message["Subject"].lower()
    for body in bodies:
        assert "What's next" in body
        assert "erin@acme.example.com" in body
        assert "None" not in body
        for value in DATA[email].values():
            assert str(value) in body


@pytest.mark.parametrize("email", [AccountEmail.LEAVE_ENDED, AccountEmail.LEAVE_OWNED, AccountEmail.TAKES_OVER])
async def test_no_email_says_that_someone_who_never_started_has_left(
    office: SampleOrder, smtp: FakeSmtp, email: AccountEmail
) -> None:
    await enqueue(office, email, data=DATA[email] | {"no_show": "yes"})
    await send_all(office, smtp)
    message, *bodies = last_received(smtp)
    for text in (message["Subject"], *map(unescape, bodies)):
        assert "has left" not in text
    assert all("didn't start" in unescape(body) for body in bodies)


@pytest.mark.fault("49")
@pytest.mark.parametrize(
    ("by", "told", "untold"),
    [
        ("Tess Nguyen", ["You're signed out everywhere", "API tokens were revoked"], ["ignore this email", "We got"]),
        (None, ["You can ignore this email", "API tokens will be revoked"], ["You're signed out", "were revoked"]),
    ],
    ids=["by support", "forgotten"],
)
async def test_a_reset_email_says_what_has_ended_already(
    office: SampleOrder,
    smtp: FakeSmtp,
    monkeypatch: pytest.MonkeyPatch,
    *,
    by: str | None,
    told: list[str],
    untold: list[str],
) -> None:
    monkeypatch.setitem(DATA, AccountEmail.PASSWORD_RESET, {"by": by} if by else {})
    await enqueue(office, AccountEmail.PASSWORD_RESET)
    await send_all(office, smtp)
    for body in (" ".join(unescape(body).split()) for body in last_received(smtp)[1:]):
        assert [words for words in told if words not in body] == []
        assert [words for words in untold if words in body] == []


@pytest.mark.fault("33")
@pytest.mark.parametrize("email", AccountEmail)
async def test_nothing_that_people_wrote_makes_a_link(office: SampleOrder, smtp: FakeSmtp, email: AccountEmail) -> None:
    await change(office, PersonRow, (TENANT, "erin"), name=HOSTILE)
    await change(office, TenantRow, TENANT, name=HOSTILE)
    await enqueue(office, email, data=dict.fromkeys(data_keys("*.html"), HOSTILE))
    await send_all(office, smtp)
    message, *bodies = last_received(smtp)
    for text in (message["Subject"], *bodies):
        assert not LIVE.search(text)


@pytest.mark.parametrize(
    "email", [AccountEmail.INVITATION, AccountEmail.PASSWORD_RESET, AccountEmail.AUTHENTICATOR_RESET]
)
async def test_the_link_is_signed_on_sending_and_not_stored(
    office: SampleOrder, smtp: FakeSmtp, email: AccountEmail
) -> None:
    reset = await enqueue(office, email)
    await send_all(office, smtp)
    assert reset is not None
    url = SIGNER.reset_url(reset.id)
    assert all(url in body for body in last_received(smtp)[1:])
    assert url.rsplit(".", 1)[1] not in str((await queued(office)).model_dump())


async def test_a_deferred_email_is_sent_again_with_the_same_bytes(office: SampleOrder, smtp: FakeSmtp) -> None:
    await enqueue(office, AccountEmail.PASSWORD_RESET)
    smtp.answers = ["451 later"]
    await send_all(office, smtp)
    assert (await queued(office)).state == "waiting"
    await send_all(office, smtp, later=timedelta(minutes=1))
    assert smtp.received[0] == smtp.received[1]
    assert (await queued(office)).state == "sent"


async def test_a_server_error_that_quotes_the_link_is_stored_without_its_signature(
    office: SampleOrder, smtp: FakeSmtp
) -> None:
    reset = await enqueue(office, AccountEmail.PASSWORD_RESET)
    assert reset is not None
    smtp.answers = [f"554 5.6.0 blocked {SIGNER.reset_url(reset.id)}"]
    await send_all(office, smtp)
    row = await queued(office)
    assert (row.state, row.last_error) == ("dead", "554 5.6.0 blocked https://dialtone.example.com/reset/…")


@pytest.mark.parametrize("changed", [{"active": False}, {"email": "new@acme.example.com"}])
async def test_an_email_to_a_person_who_left_or_changed_address_is_skipped(
    office: SampleOrder, smtp: FakeSmtp, changed: dict[str, Any]
) -> None:
    await enqueue(office, AccountEmail.PASSWORD_RESET)
    await change(office, PersonRow, (TENANT, "erin"), **changed)
    await send_all(office, smtp)
    assert (await queued(office)).state == "skipped"


async def test_an_email_whose_link_has_expired_is_skipped(office: SampleOrder, smtp: FakeSmtp) -> None:
    await enqueue(office, AccountEmail.PASSWORD_RESET)
    await send_all(office, smtp, later=timedelta(hours=2))
    row = await queued(office)
    assert (row.state, row.last_error) == ("skipped", "The link in this email has expired.")
    assert smtp.received == []


async def test_account_emails_are_sent_before_emails_about_orders(office: SampleOrder, smtp: FakeSmtp) -> None:
    await office.write(APPROVED, Status.APPROVED)
    await enqueue(office, AccountEmail.PASSWORD_RESET)
    sender = email_sender(office, smtp.port)
    first = await sender.claim(1)
    await sender.send(first)
    assert last_received(smtp)[0]["Subject"] == "Reset your password"


async def _set_tenant(office: SampleOrder, **values: str | None) -> None:
    async with office.database.transaction() as session:
        tenant = await session.get_one(TenantRow, TENANT)
        for name, value in values.items():
            setattr(tenant, name, value)


async def test_the_security_mailbox_gets_a_copy_of_a_change_of_access(office: SampleOrder, smtp: FakeSmtp) -> None:
    await _set_tenant(office, security_email="security@acme.example.com")
    await enqueue(office, AccountEmail.ACCESS_CHANGED, link=False)
    await enqueue(office, AccountEmail.INVITATION)
    assert await send_all(office, smtp) == 3
    (copy,) = [one for one in map(_parsed, smtp.received) if "security@acme.example.com" in one["To"]]
    body = copy.get_body(("plain",))
    assert body is not None
    assert copy["Subject"].endswith(": An API token was created")
    assert "is the security mailbox of" in " ".join(str(body.get_content()).split())


async def test_a_mailbox_that_was_replaced_gets_nothing(office: SampleOrder, smtp: FakeSmtp) -> None:
    await _set_tenant(office, security_email="old@acme.example.com")
    await enqueue(office, AccountEmail.ACCESS_CHANGED, link=False)
    await _set_tenant(office, security_email="new@acme.example.com")
    assert await send_all(office, smtp) == 2
    assert [one["To"] for one in map(_parsed, smtp.received) if "old@" in one["To"]] == []


async def test_an_email_ends_with_the_company_s_support_team(office: SampleOrder, smtp: FakeSmtp) -> None:
    await _set_tenant(office, support_name="IT Help Desk", support_phone="+13125550142")
    await enqueue(office, AccountEmail.PASSWORD_RESET)
    assert await send_all(office, smtp) == 1
    _, *bodies = last_received(smtp)
    assert all("Contact IT Help Desk, (312) 555-0142." in " ".join(body.split()) for body in bodies)


def _parsed(raw: bytes) -> EmailMessage:
    message = message_from_bytes(raw, policy=default)
    assert isinstance(message, EmailMessage)
    return message
