"""One line of time out of audit trail, mails, messages and workflow history, as JSON and as a page."""

from typing import Any

from sqlmodel import update

from models.db.notifications.tables import NotificationRow
from models.db.session import utc_now
from models.lifecycle import Event, Status
from tests.api.api_client import Office, code

SIGNED_IN = {"Accept": "text/html"}


async def _told(office: Office, order: dict[str, Any]) -> dict[str, Any]:
    async with await office.client("Priya") as client:
        answer = await client.get(f"/api/v1/orders/{order['number']}/history")
    assert answer.status_code == 200
    told: dict[str, Any] = answer.json()
    return told


async def test_all_sources_are_merged_in_order_while_temporal_is_away(office: Office) -> None:
    order = await office.order()
    await office.ask(order, "Dana")
    told = await _told(office, order)
    assert told["engine"]["problem"].startswith("Temporal is away")
    assert {moment["source"] for moment in told["moments"]} == {"order", "mail", "message"}
    assert [moment["at"] for moment in told["moments"]] == sorted(moment["at"] for moment in told["moments"])
    assert told["moments"][0]["title"] == "Received"


async def test_a_mail_shows_its_attempts_and_why_it_has_not_gone(office: Office) -> None:
    order = await office.order()
    async with office.database.transaction() as session:
        await session.exec(update(NotificationRow).values(attempts=3, last_error="451 try later"))
    told = await _told(office, order)
    (mail,) = [moment for moment in told["moments"] if moment["source"] == "mail"]
    assert (mail["state"], mail["attempts"], mail["failure"]) == ("delayed", 3, "451 try later")
    assert mail["who"] == "Jordan Blake <jordan.blake@acme.example.com>"
    assert told["open_problems"] == 1


async def test_a_question_and_its_asker_are_told(office: Office) -> None:
    order = await office.order()
    data = {"round": 1, "stage": 1, "question": "Why two phones?", "asked_by": "x"}
    await office.happen(order, Event.INFO_REQUESTED, Status.INFO_REQUESTED, **data)
    told = await _told(office, order)
    assert told["moments"][-1]["detail"] == "Why two phones?"


async def test_the_page_shows_the_same_and_escapes_what_people_wrote(office: Office) -> None:
    order = await office.order()
    await office.happen(order, Event.WITHDRAWN, Status.WITHDRAWN, reason="<script>alert(1)</script>")
    async with await office.client("Priya") as client:
        page = await client.get(f"/admin/orders/{order['number']}", headers=SIGNED_IN)
        mails = await client.get(f"/admin/orders/{order['number']}?source=mail&live=true", headers=SIGNED_IN)
    assert order["number"] in page.text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page.text
    assert "<script>" not in page.text
    assert "Withdrawn" in page.text
    assert "alert(1)" not in mails.text
    assert 'http-equiv="refresh"' in mails.text


async def test_the_list_for_admins_leads_to_stuck_orders(office: Office) -> None:
    order, fine = await office.order(), await office.order("Dana")
    await office.happen(order, Event.FAILED, Status.FAILED, step="PLACE", error="The carrier is closed.")
    async with await office.client("Priya") as client:
        everything = await client.get("/admin/orders", headers=SIGNED_IN)
        stuck = await client.get("/admin/orders?stuck=true", headers=SIGNED_IN)
    assert fine["number"] in everything.text
    assert f'href="/admin/orders/{order["number"]}"' in stuck.text
    assert fine["number"] not in stuck.text


async def test_what_should_have_gone_on_by_itself_is_stuck(office: Office) -> None:
    late, waiting = await office.order(), await office.order("Dana")
    await office.happen(late, Event.SCHEDULED, Status.SCHEDULED, due_at=utc_now().replace(year=2020))
    await office.happen(waiting, Event.SCHEDULED, Status.SCHEDULED, due_at=utc_now().replace(year=2099))
    async with await office.client("Priya") as client:
        stuck = (await client.get("/api/v1/orders?stuck=true")).json()["items"]
    assert [order["number"] for order in stuck] == [late["number"]]


async def test_the_pages_are_for_admins(office: Office) -> None:
    order = await office.order()
    async with await office.client("Jordan") as client:
        assert (await client.get("/admin/orders", headers=SIGNED_IN)).status_code == 403
        assert code(await client.get(f"/api/v1/orders/{order['number']}/history")) == (403, "NOT_AUTHORIZED")
        home = await client.get("/", headers=SIGNED_IN)
    assert order["number"] in home.text
    assert "/admin/orders/" not in home.text
