"""Mails about one's own access: sent like all others, with links that are stored nowhere, and only while still true."""

from datetime import timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

import pytest
from sqlmodel import select

from models.db.notifications.tables import AccountEmailRow
from models.db.people.tables import PersonRow
from models.db.sign_in import logins, password_resets
from models.db.sign_in.tables import PasswordResetRow
from notifications.account_emails import AccountEmail, enqueue_account_email
from tests.fixtures.office import TENANT, Office
from tests.notifications.conftest import Post
from tests.notifications.test_sender import SIGNER, change, postman, send_all

SAID: dict[AccountEmail, dict[str, str | None]] = {
    AccountEmail.INVITATION: {"by": "Tess Nguyen"},
    AccountEmail.PASSWORD_RESET: {},
    AccountEmail.ACCESS_CHANGED: {"what": "Your authenticator was reset", "by": "Tess Nguyen", "reason": "Lost phone."},
}


async def announce(office: Office, mail: AccountEmail, *, link: bool = True) -> PasswordResetRow | None:
    """Announce a mail to Erin, who signs in."""
    async with office.database.transaction() as session:
        erin = await session.get_one(PersonRow, (TENANT, "erin"))
        if await logins.of_person(session, TENANT, "erin") is None:
            await logins.add(session, erin, at=office.clock)
        until = office.clock + timedelta(hours=1)
        reset = await password_resets.add(session, TENANT, "erin", at=office.clock, until=until) if link else None
        await enqueue_account_email(session, mail, erin, at=office.clock, reset=reset, **SAID[mail])
    return reset


async def letter(office: Office) -> AccountEmailRow:
    async with office.database.transaction() as session:
        return (await session.exec(select(AccountEmailRow))).one()


def parts(post: Post) -> tuple[EmailMessage, str, str]:
    """The newest mail, and its two bodies."""
    message = message_from_bytes(post.seen[-1], policy=default)
    assert isinstance(message, EmailMessage)
    text, html = (message.get_body((kind,)) for kind in ("plain", "html"))
    assert text is not None
    assert html is not None
    return message, str(text.get_content()), str(html.get_content())


@pytest.mark.parametrize("mail", AccountEmail)
async def test_a_mail_says_what_happened_and_what_to_do(office: Office, post: Post, mail: AccountEmail) -> None:
    await announce(office, mail, link=mail is not AccountEmail.ACCESS_CHANGED)
    assert await send_all(office, post) == 1
    message, *bodies = parts(post)
    assert not message["Subject"].startswith("Order")
    for body in bodies:
        assert "What happens next" in body
        assert "erin@acme.example.com" in body
        assert "None" not in body
        for said in SAID[mail].values():
            assert str(said).lower() in body.lower()  # plain text has its headline in capitals


@pytest.mark.parametrize("mail", [AccountEmail.INVITATION, AccountEmail.PASSWORD_RESET])
async def test_the_link_is_signed_when_the_mail_is_sent_and_kept_nowhere(
    office: Office, post: Post, mail: AccountEmail
) -> None:
    reset = await announce(office, mail)
    await send_all(office, post)
    assert reset is not None
    url = SIGNER.reset_url(reset.id)
    assert all(url in body for body in parts(post)[1:])
    assert url.rsplit(".", 1)[1] not in str((await letter(office)).model_dump())


async def test_a_mail_that_could_not_be_sent_is_sent_again_byte_by_byte(office: Office, post: Post) -> None:
    await announce(office, AccountEmail.PASSWORD_RESET)
    post.answers = ["451 later"]
    await send_all(office, post)
    assert (await letter(office)).state == "waiting"
    await send_all(office, post, later=timedelta(minutes=1))
    assert post.seen[0] == post.seen[1]
    assert (await letter(office)).state == "sent"


async def test_what_a_server_says_about_a_link_is_kept_without_the_signature(office: Office, post: Post) -> None:
    reset = await announce(office, AccountEmail.PASSWORD_RESET)
    assert reset is not None
    post.answers = [f"554 blocked {SIGNER.reset_url(reset.id)}"]
    await send_all(office, post)
    row = await letter(office)
    assert (row.state, row.last_error) == ("dead", "554 blocked https://dialtone.example.com/reset/…")


@pytest.mark.parametrize("changed", [{"active": False}, {"email": "new@acme.example.com"}])
async def test_a_mail_to_somebody_who_left_or_moved_is_skipped(
    office: Office, post: Post, changed: dict[str, Any]
) -> None:
    await announce(office, AccountEmail.PASSWORD_RESET)
    await change(office, PersonRow, (TENANT, "erin"), **changed)
    await send_all(office, post)
    assert (await letter(office)).state == "skipped"


async def test_a_mail_whose_link_has_ended_is_skipped(office: Office, post: Post) -> None:
    await announce(office, AccountEmail.PASSWORD_RESET)
    await send_all(office, post, later=timedelta(hours=2))
    row = await letter(office)
    assert (row.state, row.last_error) == ("skipped", "The link this mail carries has ended.")
    assert post.seen == []


async def test_whoever_waits_at_the_sign_in_page_is_served_before_orders(office: Office, post: Post) -> None:
    await office.receive()
    await announce(office, AccountEmail.PASSWORD_RESET)
    assert await postman(office, post.port).send_next()
    assert parts(post)[0]["Subject"] == "Choose a new password"
