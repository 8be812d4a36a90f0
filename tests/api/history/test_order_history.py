"""The history of an order as JSON and as a page, and the list of orders for admins."""

import re
from html import unescape
from typing import Any

from models.db.notifications.tables import NotificationRow
from models.db.session import new_id, utc_now
from models.events.approval import INFO_REQUESTED
from models.events.ending import WITHDRAWN
from models.events.operations import FAILED
from models.events.preparation import SCHEDULED
from models.lifecycle import Status
from tests.api.api_client import ApiTenant, code

HTML = {"Accept": "text/html"}


async def _history(office: ApiTenant, order: dict[str, Any]) -> dict[str, Any]:
    async with await office.client("Priya") as client:
        answer = await client.get(f"/api/v1/orders/{order['number']}/history")
    assert answer.status_code == 200
    history: dict[str, Any] = answer.json()
    return history


async def _add_email(office: ApiTenant, order: dict[str, Any], **values: Any) -> None:
    recipient, at = await office.row("Jordan"), utc_now()
    async with office.database.transaction() as session:
        session.add(
            NotificationRow(
                tenant="acme", id=new_id(), order_id=order["id"], seq=1, event="approved", recipient_id=recipient.id,
                address=recipient.email, created_at=at, next_attempt_at=at, **values,
            )
        )  # fmt: skip


async def test_items_of_all_sources_are_sorted_by_time_while_temporal_is_unreachable(office: ApiTenant) -> None:
    order = await office.order()
    await _add_email(office, order)
    await office.request_approval(order, "Dana")
    history = await _history(office, order)
    assert history["workflow"]["problem"].startswith("Temporal is unreachable")
    assert {item["source"] for item in history["items"]} == {"order", "email", "message"}
    assert [item["at"] for item in history["items"]] == sorted(item["at"] for item in history["items"])
    assert history["items"][0]["title"] == "Order submitted"


async def test_a_delayed_email_shows_its_attempts_and_its_failure(office: ApiTenant) -> None:
    order = await office.order()
    await _add_email(office, order, attempts=3, last_error="451 try later")
    history = await _history(office, order)
    (email,) = [item for item in history["items"] if item["source"] == "email"]
    assert (email["state"], email["attempts"], email["failure"]) == ("delayed", 3, "451 try later")
    assert email["problem"] == "Couldn't send the email after 3 tries."
    assert email["who"] == "Jordan Blake <jordan.blake@acme.example.com>"
    assert history["open_problems"] == 1


async def test_an_error_is_a_sentence_and_its_text_a_technical_detail(office: ApiTenant) -> None:
    order = await office.order()
    error = "CARRIER_UNAVAILABLE: northwind returned 503"
    await office.write_event(order, FAILED, Status.FAILED, step="PLACE", tries=14, error=error)
    async with await office.client("Priya") as client:
        page = (await client.get(f"/admin/orders/{order['number']}", headers=HTML)).text
    assert "Couldn't place the order with Northwind Wireless after 14 tries." in unescape(page)
    details = r'<details class="more small"><summary>Technical details</summary>.*?</details>'
    assert error in "".join(re.findall(details, page, re.DOTALL))
    assert error not in re.sub(details, "", page, flags=re.DOTALL)


async def test_a_question_is_shown(office: ApiTenant) -> None:
    order = await office.order()
    data = {"round": 1, "stage": 1, "question": "Why two phones?", "asked_by": "x"}
    await office.write_event(order, INFO_REQUESTED, Status.INFO_REQUESTED, **data)
    history = await _history(office, order)
    assert history["items"][-1]["detail"] == "Why two phones?"


async def test_the_page_shows_the_items_and_escapes_them(office: ApiTenant) -> None:
    order = await office.order()
    await office.write_event(order, WITHDRAWN, Status.WITHDRAWN, reason="<script>alert(1)</script>")
    async with await office.client("Priya") as client:
        page = await client.get(f"/admin/orders/{order['number']}", headers=HTML)
        emails = await client.get(f"/admin/orders/{order['number']}?source=email&live=true", headers=HTML)
    assert order["number"] in page.text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page.text
    assert "<script>" not in page.text
    assert "Order canceled" in page.text
    assert "alert(1)" not in emails.text
    assert 'http-equiv="refresh"' in emails.text


async def test_the_list_for_admins_shows_stuck_orders(office: ApiTenant) -> None:
    order, fine = await office.order(), await office.order("Dana")
    await office.write_event(order, FAILED, Status.FAILED, step="PLACE", error="The carrier is closed.")
    async with await office.client("Priya") as client:
        all_orders = await client.get("/admin/orders", headers=HTML)
        stuck = await client.get("/admin/orders?stuck=true", headers=HTML)
    assert fine["number"] in all_orders.text
    assert f'href="/admin/orders/{order["number"]}"' in stuck.text
    assert fine["number"] not in stuck.text


async def test_an_order_that_is_past_its_date_is_stuck(office: ApiTenant) -> None:
    late, waiting = await office.order(), await office.order("Dana")
    await office.write_event(late, SCHEDULED, Status.SCHEDULED, due_at=utc_now().replace(year=2020))
    await office.write_event(waiting, SCHEDULED, Status.SCHEDULED, due_at=utc_now().replace(year=2099))
    async with await office.client("Priya") as client:
        stuck = (await client.get("/api/v1/orders?stuck=true")).json()["items"]
    assert [order["number"] for order in stuck] == [late["number"]]


async def test_only_admins_see_the_history(office: ApiTenant) -> None:
    order = await office.order()
    async with await office.client("Jordan") as client:
        assert (await client.get("/admin/orders", headers=HTML)).status_code == 403
        assert code(await client.get(f"/api/v1/orders/{order['number']}/history")) == (403, "NOT_AUTHORIZED")
        home = await client.get("/", headers=HTML)
    assert order["number"] in home.text
    assert "/admin/orders/" not in home.text
