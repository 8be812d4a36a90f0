"""Emails about people's access that can't be sent are found and sent again like those about orders."""

from html import unescape
from typing import Any

import pytest
from sqlmodel import select, update

from models.db.audit.tables import AuditRow
from models.db.notifications.tables import AccountEmailRow, NotificationRow
from models.db.people.tables import PersonRow, TenantRow
from models.db.session import new_id
from notifications.account_emails import AccountEmail
from tests.api.api_client import ApiTenant, code
from tests.api.attention.test_attention import HTML, LONG_AGO, WHY, attention, bounced_email

SENTENCES = {
    AccountEmail.INVITATION: "Couldn't send the email “Invitation” to dana.ortiz@acme.example.com",
    AccountEmail.PASSWORD_RESET: "Couldn't send the email “Password reset” to dana.ortiz@acme.example.com",
    AccountEmail.AUTHENTICATOR_RESET: "Couldn't send the email “Authenticator reset” to dana.ortiz@acme.example.com",
    AccountEmail.ACCESS_CHANGED: "Couldn't send the email “Access changed” to dana.ortiz@acme.example.com",
    AccountEmail.SECURITY_COPY: "Couldn't send the email “Security copy” to dana.ortiz@acme.example.com",
    AccountEmail.LEAVE_ASKED: "Couldn't send the email “Leave asked” to dana.ortiz@acme.example.com",
    AccountEmail.LEAVE_STARTED: "Couldn't send the email “Leave started” to dana.ortiz@acme.example.com",
    AccountEmail.LEAVE_PROBLEM: "Couldn't send the email “Leave problem” to dana.ortiz@acme.example.com",
    AccountEmail.TAKES_OVER: "Couldn't send the email “Takes over” to dana.ortiz@acme.example.com",
    AccountEmail.LEAVE_OWNED: "Couldn't send the email “Leave owned” to dana.ortiz@acme.example.com",
    AccountEmail.PERSON_MOVED: "Couldn't send the email “Person moved” to dana.ortiz@acme.example.com",
    AccountEmail.START_MOVED: "Couldn't send the email “Start moved” to dana.ortiz@acme.example.com",
    AccountEmail.LEAVE_ENDED: "Couldn't send the email “Leave ended” to dana.ortiz@acme.example.com",
}


async def unsent(office: ApiTenant, email: AccountEmail = AccountEmail.INVITATION, **differs: Any) -> str:
    """An email to Dana about her access, which is dead; returns its id."""
    email_id, recipient = new_id(), await office.row("Dana")
    values: dict[str, Any] = {
        "state": "dead", "attempts": 20, "last_error": "550 no such mailbox", "data": {"by": "Tess Nguyen"},
        "reset_id": new_id() if email is not AccountEmail.ACCESS_CHANGED else None, "address": recipient.email,
    }  # fmt: skip
    async with office.database.transaction() as session:
        session.add(
            AccountEmailRow(
                tenant="acme", id=email_id, event=email, recipient_id=recipient.id,
                created_at=LONG_AGO, next_attempt_at=LONG_AGO, **{**values, **differs},
            )
        )  # fmt: skip
    return email_id


async def email_row(office: ApiTenant, email_id: str) -> AccountEmailRow:
    async with office.database.transaction() as session:
        return await session.get_one(AccountEmailRow, email_id)


async def audited(office: ApiTenant) -> list[AuditRow]:
    async with office.database.transaction() as session:
        return [row for row in await session.all(select(AuditRow)) if row.action == "email_resent"]


@pytest.mark.fault("52")
@pytest.mark.fault("25")
@pytest.mark.parametrize("email", AccountEmail)
async def test_an_email_about_access_that_cannot_be_sent_needs_attention(
    office: ApiTenant, email: AccountEmail
) -> None:
    email_id = await unsent(office, email)
    await bounced_email(office)
    report = await attention(office, "Theo", kind="bounced_email")
    (item,) = [one for one in report["items"] if one["target_id"] == email_id]
    assert item["problem"].startswith(SENTENCES[email])
    assert (item["detail"], item["actions"], item["order"]) == ("550 no such mailbox", ["resend_email"], None)
    assert {one["kind"]: one["count"] for one in report["counts"]}["bounced_email"] == 2
    async with await office.client("Theo") as client:
        page = unescape((await client.get("/admin?kind=bounced_email", headers=HTML)).text)
    assert SENTENCES[email] in page
    assert f'action="/admin/emails/{email_id}/resend"' in page


@pytest.mark.fault("52")
@pytest.mark.fault("25")
async def test_it_is_sent_again_to_the_current_address_and_audited(office: ApiTenant) -> None:
    email_id, dana = await unsent(office), await office.row("Dana")
    async with office.database.transaction() as session:
        moved = update(PersonRow).where(PersonRow.id == dana.id)  # type: ignore[arg-type] # a column
        await session.exec(moved.values(email="dana@acme.example.com"))
    async with await office.client("Theo") as client:
        answer = await client.post(f"/api/v1/admin/emails/{email_id}/resend", json=WHY)
        again = await client.post(f"/api/v1/admin/emails/{email_id}/resend", json=WHY)
    assert answer.json() == {"order": None, "action": "resend_email"}
    assert code(again) == (409, "ACTION_NOT_ALLOWED")
    row = await email_row(office, email_id)
    assert (row.state, row.attempts, row.address) == ("waiting", 0, "dana@acme.example.com")
    (event,) = await audited(office)
    assert (event.subject_name, event.detail) == (dana.name, {"email": "invitation", **WHY})


async def test_a_copy_is_sent_again_to_the_security_mailbox(office: ApiTenant) -> None:
    email_id = await unsent(office, AccountEmail.SECURITY_COPY, address="old@acme.example.com")
    async with office.database.transaction() as session:
        (await session.get_one(TenantRow, "acme")).security_email = "security@acme.example.com"
    async with await office.client("Theo") as client:
        await client.post(f"/api/v1/admin/emails/{email_id}/resend", json=WHY)
    assert (await email_row(office, email_id)).address == "security@acme.example.com"


@pytest.mark.fault("52")
@pytest.mark.fault("25")
async def test_all_bounced_emails_are_resent_together(office: ApiTenant) -> None:
    about_access = [await unsent(office, email) for email in AccountEmail]
    _, about_order = await bounced_email(office)
    sent = await unsent(office, state="sent", attempts=1)
    async with await office.client("Theo") as client:
        assert (await client.post("/api/v1/admin/emails/resend", json=WHY)).json() == {"emails": len(AccountEmail) + 1}
        assert (await client.post("/api/v1/admin/emails/resend", json=WHY)).json() == {"emails": 0}
    assert {(await email_row(office, email_id)).state for email_id in about_access} == {"waiting"}
    assert (await email_row(office, sent)).state == "sent"
    async with office.database.transaction() as session:
        assert (await session.get_one(NotificationRow, about_order)).state == "waiting"
    assert sorted(event.detail["email"] for event in await audited(office)) == sorted(AccountEmail)


@pytest.mark.fault("52")
async def test_an_email_that_fails_counts_as_waiting_with_its_error(office: ApiTenant) -> None:
    await unsent(office, state="waiting", attempts=3, last_error="451 greylisted")
    report = await attention(office, "Theo")
    (item,) = [one for one in report["items"] if one["problem"] == "Not sent yet: 1 email."]
    assert (item["detail"], report["delivery"]["emails_waiting"]) == ("451 greylisted", 1)


@pytest.mark.fault("52")
async def test_the_page_resends_it_and_says_where_that_is_recorded(office: ApiTenant) -> None:
    email_id = await unsent(office)
    async with await office.client("Priya") as client:
        page = unescape((await client.get("/admin", headers=HTML)).text)
        answer = await client.post(f"/admin/emails/{email_id}/resend", data=WHY, headers=HTML)
        shown = await client.get(answer.headers["location"], headers=HTML)
    assert "Saved to the audit log with your name." in page
    assert answer.headers["location"] == "/admin?done=resend_email"
    assert "Email queued again." in shown.text


@pytest.mark.fault("52")
async def test_neither_the_report_nor_the_page_shows_the_link_or_what_the_email_says(office: ApiTenant) -> None:
    reset_id = new_id()
    email_id = await unsent(office, AccountEmail.PASSWORD_RESET, reset_id=reset_id, data={"reason": "Her secret."})
    async with await office.client("Priya") as client:
        report = await client.get("/api/v1/admin/attention")
        page = await client.get("/admin", headers=HTML)
    for shown in (report.text, page.text):
        assert email_id in shown
        assert reset_id not in shown
        assert "Her secret." not in shown
        assert "/reset/" not in shown


@pytest.mark.fault("52")
async def test_emails_of_another_tenant_are_neither_shown_nor_resent(office: ApiTenant) -> None:
    email_id = await unsent(office)
    report = await attention(office, "Ulla", "globex", kind="bounced_email")
    async with await office.client("Ulla", "globex") as client:
        one = await client.post(f"/api/v1/admin/emails/{email_id}/resend", json=WHY)
        all_of_them = await client.post("/api/v1/admin/emails/resend", json=WHY)
    assert (report["items"], code(one), all_of_them.json()) == ([], (404, "NOT_FOUND"), {"emails": 0})
    assert (await email_row(office, email_id)).state == "dead"


@pytest.mark.fault("52")
async def test_employees_do_not_resend_emails(office: ApiTenant) -> None:
    email_id = await unsent(office)
    async with await office.client("Jordan") as client:
        answer = await client.post(f"/api/v1/admin/emails/{email_id}/resend", json=WHY)
    assert answer.status_code == 403
    assert (await email_row(office, email_id)).state == "dead"
