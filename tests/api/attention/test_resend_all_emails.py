import pytest
from sqlmodel import select

from models.db.notifications.tables import NotificationRow
from models.db.workflow_health.tables import RecoveryRow
from tests.api.api_client import ApiTenant
from tests.api.attention.test_attention import HTML, WHY, bounced_email


@pytest.mark.fault("25")
async def test_all_bounced_emails_of_the_tenant_are_resent_at_once(office: ApiTenant) -> None:
    bounced = [await bounced_email(office) for _ in range(3)]
    async with await office.client("Theo") as client:
        answer = await client.post("/api/v1/admin/emails/resend", json=WHY)
        again = await client.post("/api/v1/admin/emails/resend", json=WHY)
    async with office.database.transaction() as session:
        rows = [await session.get_one(NotificationRow, email_id) for _, email_id in bounced]
        recorded = (await session.exec(select(RecoveryRow))).all()
    assert (answer.json(), again.json()) == ({"emails": 3}, {"emails": 0})
    assert {(row.state, row.attempts) for row in rows} == {("waiting", 0)}
    assert {(one.order_id, one.subject) for one in recorded} == {(order["id"], email) for order, email in bounced}


@pytest.mark.fault("25")
async def test_bounced_emails_of_another_tenant_are_not_resent(office: ApiTenant) -> None:
    _, email_id = await bounced_email(office)
    async with await office.client("Ulla", "globex") as client:
        assert (await client.post("/api/v1/admin/emails/resend", json=WHY)).json() == {"emails": 0}
    async with office.database.transaction() as session:
        assert (await session.get_one(NotificationRow, email_id)).state == "dead"


async def test_the_page_resends_all_bounced_emails(office: ApiTenant) -> None:
    await bounced_email(office)
    async with await office.client("Priya") as client:
        assert "Resend all" in (await client.get("/admin?kind=bounced_email", headers=HTML)).text
        rejected = await client.post("/admin/emails/resend", data={"evidence": " "}, headers=HTML)
        answer = await client.post("/admin/emails/resend", data=WHY, headers=HTML)
        page = await client.get(answer.headers["location"], headers=HTML)
    assert rejected.status_code == 422
    assert "Resend all" in rejected.text
    assert "Emails queued again." in page.text
