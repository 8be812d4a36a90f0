"""An admin switches emails off and on: who can, what can't be switched, and what the history says."""

import pytest
from sqlmodel import col, select

from api.email_switches.operations import AUDIENCES
from models.db import order_events
from models.db.audit.tables import AuditRow
from models.db.notifications.tables import NotificationRow
from models.db.orders import order_values
from models.db.session import utc_now
from models.event import Audience
from models.events.fulfillment import SHIPPED
from models.lifecycle import Status
from models.order import SYSTEM, OrderEvent, OrderRef
from notifications.enqueue import enqueue_emails
from notifications.examples import examples
from notifications.order_emails import order_emails
from tests.api.api_client import ApiTenant, Json, code

HTML = {"Accept": "text/html"}
SWITCHES = "/api/v1/email-switches"


async def ship(office: ApiTenant, order: Json, seq: int = 2) -> set[str]:
    """Record that the order is shipped, as its workflow does; returns the emails that this queues."""
    ref = OrderRef(tenant="acme", id=order["id"])
    event = OrderEvent(seq=seq, at=utc_now(), event=SHIPPED.code, status=Status.VALIDATING, actor=SYSTEM)
    async with office.database.transaction() as session:
        known = await order_values.load(session, ref)
        await order_events.apply_event(session, known, event)
        await enqueue_emails(session, known, event)
        rows = select(NotificationRow).where(col(NotificationRow.seq) == seq)
        return {row.event for row in await session.all(rows)}


async def test_every_email_has_a_first_line_to_show_and_every_audience_a_name() -> None:
    assert [name for name, example in examples().items() if not example or "None" in example] == []
    assert AUDIENCES.keys() == set(Audience)
    assert examples()["shipped"] == "Your iPhone 17 256 GB shipped"
    assert examples()["lost_order"] == "Carrier lost the order – order D7K-4F2"


async def test_an_email_that_is_switched_off_is_not_written_and_admins_read_why(office: ApiTenant) -> None:
    order = await office.order()
    async with await office.client("Priya") as client:
        off = await client.post(f"{SWITCHES}/shipped", json={"on": False})
        assert (off.status_code, off.json()["on"], off.json()["off_by"]) == (200, False, "Priya Raman")
        assert await ship(office, order) == set()
        timeline = (await client.get(f"/api/v1/orders/{order['number']}/timeline")).json()
        page = (await client.get(f"/orders/{order['number']}", headers=HTML)).text
        assert (await client.post(f"{SWITCHES}/shipped", json={"on": True})).json()["on"] is True
        later = (await client.get(f"/api/v1/orders/{order['number']}/timeline")).json()
    assert [entry["not_sent"] for entry in timeline] == [[], [examples()["shipped"]]]
    assert later == timeline
    assert "switched off by your company" in page
    assert await ship(office, order, seq=3) == {"shipped"}
    async with await office.client("Jordan") as client:
        own = (await client.get(f"/api/v1/orders/{order['number']}/timeline")).json()
        shown = (await client.get(f"/orders/{order['number']}", headers=HTML)).text
    assert [entry["not_sent"] for entry in own] == [[], [], []]
    assert "switched off" not in shown


async def test_each_change_is_audited_once(office: ApiTenant) -> None:
    async with await office.client("Priya") as client:
        for on in (False, False, True, True):
            assert (await client.post(f"{SWITCHES}/shipped", json={"on": on})).status_code == 200
    async with office.database.transaction() as session:
        rows = await session.all(select(AuditRow).order_by(col(AuditRow.id)))
    changes = [(row.action, row.detail) for row in rows if row.action.startswith("email_switched")]
    assert changes == [("email_switched_off", {"email": "shipped"}), ("email_switched_on", {"email": "shipped"})]


@pytest.mark.parametrize("name", [name for name, one in order_emails().items() if one.email.always or one.email.link])
async def test_security_notices_and_requests_for_approval_have_no_switch(office: ApiTenant, name: str) -> None:
    async with await office.client("Priya") as client:
        answer = await client.post(f"{SWITCHES}/{name}", json={"on": False})
        page = (await client.get("/admin/emails", headers=HTML)).text
        shown = {one["name"]: one["has_switch"] for one in (await client.get(SWITCHES)).json()}
    assert code(answer) == (409, "ACTION_NOT_ALLOWED")
    assert f'action="/admin/emails/{name}/switch"' not in page
    assert shown[name] is False


async def test_one_company_switches_off_nothing_of_another(office: ApiTenant) -> None:
    async with await office.client("Ulla", "globex") as client:
        assert (await client.post(f"{SWITCHES}/shipped", json={"on": False})).status_code == 200
    assert await ship(office, await office.order()) == {"shipped"}


async def test_there_is_no_switch_for_what_is_no_email(office: ApiTenant) -> None:
    async with await office.client("Priya") as client:
        assert (await client.post(f"{SWITCHES}/nothing", json={"on": False})).status_code == 404


async def test_the_page_switches_an_email(office: ApiTenant) -> None:
    async with await office.client("Priya") as client:
        answer = await client.post("/admin/emails/shipped/switch", data={"on": "false"})
        assert answer.headers["location"] == "/admin/emails#shipped"
        page = (await client.get("/admin/emails", headers=HTML)).text
        listed = {one["name"]: one for one in (await client.get(SWITCHES)).json()}
    assert listed.keys() == order_emails().keys()
    assert listed["shipped"]["to"] == ["requester", "person the order is for", "watchers"]
    assert "off since" in page
