import re
from datetime import UTC, datetime
from typing import Any

import httpx2
import pytest

from api.orders.listing import TimelineEntry
from api.orders.timeline import TITLES, story
from models.db.orders import order_values
from models.lifecycle import Event, ItemState, Status
from models.order import Identifiers, ItemSnapshot, OrderRef
from outbox.dispatcher import Delivery
from tests.api.api_client import Json, Office

HTML = {"Accept": "text/html", "Sec-Fetch-Site": "same-origin"}
KNOWN = Identifiers(
    mdn="+13125550142",
    imei="490154203237518",
    iccid="89014103211118510720",
    tracking_number="1Z999",
    shipping_carrier="UPS",
)


async def items(office: Office, order: Json) -> list[str]:
    async with office.database.transaction() as session:
        return [row.id for row in await order_values.items_of(session, OrderRef(tenant="acme", id=order["id"]))]


async def deliver(office: Office, order: Json, state: ItemState, status: Status, **data: Any) -> None:
    """Let the first item come to a state, with all that the carrier says of it."""
    first = (await items(office, order))[0]
    event = Event.SHIPPED if state is ItemState.SHIPPED else Event.ACTIVATION_NEEDED
    mark = ItemSnapshot(item_id=first, state=state, identifiers=KNOWN)
    await office.happen(order, event, status, items=(mark,), item_id=first, **data)


async def page(office: Office, order: Json, name: str = "Jordan", path: str = "", status: int = 200) -> str:
    async with await office.client(name) as client:
        answer = await client.get(f"/orders/{order['number']}{path}", headers=HTML)
    assert answer.status_code == status, answer.text
    return answer.text


async def send(office: Office, order: Json, form: str, name: str = "Jordan", **typed: str) -> httpx2.Response:
    async with await office.client(name) as client:
        return await client.post(f"/orders/{order['number']}/{form}", data=typed, headers=HTML)


def forms(text: str) -> set[str]:
    return set(re.findall(r'action="/orders/[^/"]+/([a-z]+)"', text))


@pytest.fixture
async def order(office: Office) -> Json:
    return await office.order("Jordan")


async def test_who_is_asked_is_led_to_where_they_decide_and_nobody_else(office: Office, order: Json) -> None:
    (approval,) = await office.ask(order, "Dana")
    assert f'href="/inbox/{approval}"' in await page(office, order, "Dana")
    assert "/inbox/" not in (await page(office, order, "Jordan")).split("<main")[1]


async def test_the_page_says_where_the_order_stands_and_who_is_awaited(office: Office, order: Json) -> None:
    await office.ask(order, "Dana")
    text = await page(office, order)
    for shown in (
        f"Order {order['number']}", "Awaiting approval", "Dana Ortiz decides whether to approve the order.",
        "Waits for Dana Ortiz", "iPhone 17 256 GB with Northwind Business Unlimited", "$65.00", "You activate",
        "My phone is four years old.", "A test asks.", "Order placed", "CST",
    ):  # fmt: skip
        assert shown in text
    assert re.search(r'<li class="step step-now" aria-current="step">\s*<span class="step-name">Approval', text)


@pytest.mark.parametrize(("name", "found", "readable", "can"), [
    ("Jordan", 200, True, {"cancel"}),
    ("Dana", 200, False, set()),
    ("Priya", 200, True, {"cancel"}),
    ("Theo", 200, True, set()),
    ("Samuel", 404, False, set()),
])  # fmt: skip
async def test_everybody_sees_what_is_theirs_to_see(
    office: Office, order: Json, name: str, found: int, *, readable: bool, can: set[str]
) -> None:
    await deliver(office, order, ItemState.PLACED, Status.AWAITING_APPROVAL)
    text = await page(office, order, name, status=found)
    assert ("490154203237518" in text) is readable
    assert ("(312) 555-0142" in text) is readable
    assert ("233 S Wacker" in text) is readable
    assert forms(text) == can
    assert ("/admin/orders/" in text) is (name == "Priya")
    if found == 200 and not readable:
        assert "•7518" in text


async def test_another_tenant_finds_nothing(office: Office, order: Json) -> None:
    async with await office.client("Mina", "globex") as client:
        for path in ("", "/live"):
            assert (await client.get(f"/orders/{order['id']}{path}", headers=HTML)).status_code == 404
        for form in ("cancel", "answer", "activate"):
            assert (await client.post(f"/orders/{order['id']}/{form}", headers=HTML)).status_code == 404


@pytest.mark.parametrize(("status", "name", "can"), [
    (Status.INFO_REQUESTED, "Jordan", {"answer", "cancel"}),
    (Status.AWAITING_ACTIVATION, "Jordan", {"activate", "cancel"}),
    (Status.AWAITING_ACTIVATION, "Dana", set()),
    (Status.FAILED, "Jordan", {"cancel"}),
    (Status.FAILED, "Theo", {"retry", "complete", "cancel"}),
    (Status.SCHEDULED, "Jordan", {"reschedule", "cancel"}),
    (Status.SCHEDULED, "Dana", set()),
    (Status.CANCEL_REQUESTED, "Jordan", set()),
    (Status.COMPLETED, "Priya", set()),
])  # fmt: skip
async def test_the_forms_are_those_the_person_may_use_now(
    office: Office, order: Json, status: Status, name: str, can: set[str]
) -> None:
    await deliver(office, order, ItemState.AWAITING_ACTIVATION, status)
    assert forms(await page(office, order, name)) == can


async def test_a_form_says_it_to_the_order_and_comes_back_with_a_notice(office: Office, order: Json) -> None:
    answer = await send(office, order, "cancel", reason=" Ordered twice. ", key="one")
    assert answer.status_code == 303
    said = await office.message(office.dispatcher.delivered[-1])
    assert (said.name, said.payload["reason"]) == ("cancel", "Ordered twice.")
    assert answer.headers["location"] == f"/orders/{order['number']}?seq=9&done=cancel"
    assert "Your cancellation is recorded." in await page(office, order, path="?done=cancel")
    assert "recorded" not in await page(office, order, path="?done=<b>")


async def test_an_order_is_moved_to_another_day_and_a_day_that_is_none_comes_back(office: Office, order: Json) -> None:
    await office.happen(order, Event.SCHEDULED, Status.SCHEDULED)
    assert (await send(office, order, "reschedule", effective_at="2027-03-01")).status_code == 303
    said = await office.message(office.dispatcher.delivered[-1])
    assert (said.name, said.payload["effective_at"]) == ("reschedule", "2027-03-01T15:00:00Z")
    refused = await send(office, order, "reschedule", effective_at="soon")
    assert refused.status_code == 422
    assert 'value="soon"' in refused.text
    assert 'id="reschedule-day-wrong"' in refused.text


async def test_a_form_sent_twice_is_one_action(office: Office, order: Json) -> None:
    for _ in range(2):
        await send(office, order, "cancel", reason="Ordered twice.", key="same")
    first, second = office.dispatcher.delivered[-2:]
    assert first == second


async def test_activating_takes_what_was_typed_for_the_item(office: Office, order: Json) -> None:
    await deliver(office, order, ItemState.AWAITING_ACTIVATION, Status.AWAITING_ACTIVATION)
    text = await page(office, order)
    assert 'value="490154203237518"' in text
    answer = await send(office, order, "activate", item="1", imei="49-015420-323751-8", iccid="")
    assert answer.status_code == 303
    said = await office.message(office.dispatcher.delivered[-1])
    assert (said.payload["imei"], said.payload["iccid"]) == ("490154203237518", None)


async def test_what_is_wrong_is_said_beside_its_field_and_nothing_is_lost(office: Office, order: Json) -> None:
    await deliver(office, order, ItemState.AWAITING_ACTIVATION, Status.AWAITING_ACTIVATION)
    before = len(office.dispatcher.delivered)
    answer = await send(office, order, "activate", item="1", imei="49<b>", iccid="89014103211118510720")
    assert answer.status_code == 422
    assert re.search(r'id="imei-1" name="imei" value="49&lt;b&gt;"[^>]*aria-invalid="true"', answer.text)
    assert re.search(r'<p class="wrong" id="imei-1-wrong">', answer.text)
    assert 'name="iccid" value="89014103211118510720"' in answer.text
    assert len(office.dispatcher.delivered) == before


async def test_evidence_is_asked_for(office: Office, order: Json) -> None:
    await office.happen(order, Event.FAILED, Status.FAILED, step="PLACE")
    answer = await send(office, order, "complete", "Theo", evidence=" ")
    assert answer.status_code == 422
    assert "Please fill this in." in answer.text
    assert (await send(office, order, "complete", "Theo", evidence="Ticket 4711")).status_code == 303
    assert (await send(office, order, "complete", "Jordan", evidence="Ticket 4711")).status_code == 403


async def test_what_the_order_refuses_is_shown_on_its_page(office: Office, order: Json) -> None:
    office.dispatcher.answer = Delivery(state="refused", code="TOO_LATE_TO_CANCEL", detail="It has left the warehouse.")
    answer = await send(office, order, "cancel", reason="Too late.")
    assert answer.status_code == 409
    assert re.search(r'role="alert">It has left the warehouse\.', answer.text)
    assert ">Too late.</textarea>" in answer.text


async def test_what_came_too_late_for_its_form_is_said_all_the_same(office: Office, order: Json) -> None:
    await office.happen(order, Event.COMPLETED, Status.COMPLETED)
    answer = await send(office, order, "cancel", reason="Too late.")
    assert answer.status_code == 409
    assert re.search(r'role="alert">The order has ended', answer.text)


async def test_the_carrier_s_question_is_answered_in_its_own_fields(office: Office, order: Json) -> None:
    (item,) = await items(office, order)
    mark = ItemSnapshot(item_id=item, state=ItemState.INFO_REQUIRED)
    status = Status.VENDOR_INFO_REQUIRED
    await office.happen(order, Event.VENDOR_INFO_REQUIRED, status, items=(mark,), needs=["service_zip", "other"])
    text = await page(office, order)
    assert 'name="fields.service_zip"' in text
    assert 'name="fields.other"' not in text
    assert (await send(office, order, "answer", **{"fields.service_zip": "60606"})).status_code == 303
    said = await office.message(office.dispatcher.delivered[-1])
    assert said.payload["fields"] == [["service_zip", "60606"]]
    assert (await send(office, order, "answer", **{"fields.service_zip": "6"})).status_code == 422


async def test_another_site_cannot_send_the_forms_and_looking_changes_nothing(office: Office, order: Json) -> None:
    path = f"/orders/{order['number']}"
    async with await office.client("Jordan") as client:
        foreign = await client.post(f"{path}/cancel", headers={"Sec-Fetch-Site": "cross-site"})
        looked = [await client.get(f"{path}/{form}") for form in ("cancel", "answer", "activate", "retry", "complete")]
    assert foreign.status_code == 403
    assert {one.status_code for one in looked} == {405}
    before = (await page(office, order)).count("timeline-what")
    assert (await page(office, order)).count("timeline-what") == before


async def test_the_fragment_has_the_parts_of_the_page_and_no_frame(office: Office, order: Json) -> None:
    whole, fragment = await page(office, order), await page(office, order, path="/live")
    parts = re.findall(r'<(?:div|section)[^>]* id="([a-z-]+)"', fragment)
    assert parts == re.findall(r'<(?:div|section)[^>]* id="([a-z-]+)"', whole)
    assert {"head", "next", "way", "items", "story", "ordered"} <= {*parts}
    assert "<html" not in fragment
    assert f'data-live="/api/v1/orders/{order["number"]}/events?after=1"' in whole
    assert f'data-live-fragment="/orders/{order["number"]}/live"' in whole


async def test_an_ended_order_is_not_followed(office: Office, order: Json) -> None:
    await office.happen(order, Event.COMPLETED, Status.COMPLETED)
    assert "data-live" not in await page(office, order)


async def test_a_page_costs_few_statements(office: Office, order: Json) -> None:
    await deliver(office, order, ItemState.AWAITING_ACTIVATION, Status.VENDOR_INFO_REQUIRED)
    async with await office.client("Jordan") as client:
        await client.get("/api/v1/notices")  # the first use of a token is noted, later ones in the same hour are not
        async with office.statements() as seen:
            await client.get(f"/orders/{order['number']}", headers=HTML)
    assert len(seen) <= 8, seen


async def test_home_leads_to_the_orders(office: Office, order: Json) -> None:
    async with await office.client("Jordan") as client:
        text = (await client.get("/", headers=HTML)).text
    assert f'href="/orders/{order["number"]}"' in text


def entry(event: Event, **details: Any) -> TimelineEntry:
    return TimelineEntry(
        seq=1, at=datetime(2026, 12, 4, tzinfo=UTC), event=event, status="SHIPPED", who="Northwind", who_kind="carrier",
        on_behalf_of=None, channel="webhook", details=details,
    )  # fmt: skip


def test_every_event_has_words_for_people() -> None:
    assert set(TITLES) == set(Event)


def test_what_happens_to_one_item_after_the_other_is_told_once() -> None:
    numbers = {"a": 1, "b": 2, "c": 3, "d": 4}
    told = story(
        [
            *(entry(Event.SHIPPED, item_id=one) for one in "abc"),
            *(entry(Event.ACTIVATION_NEEDED, item_id=one) for one in "bd"),
            entry(Event.ACTIVATION_NEEDED, item_id="a", detail="The IMEI is wrong."),
            entry(Event.CANCEL_DECLINED),
            entry(Event.CANCEL_DECLINED, reason="x", comment="x"),
        ],
        numbers,
    )
    assert [(line.title, line.about, line.said) for line in told] == [
        ("Shipped", "Items 1 to 3", ""),
        ("Ready to be activated", "Items 2 and 4", ""),
        ("Ready to be activated", "Item 1", "The IMEI is wrong."),
        ("The carrier goes on: it was too late to cancel", "", ""),
        ("The carrier goes on: it was too late to cancel", "", "x"),
    ]


def test_an_item_is_not_named_where_there_is_one_alone() -> None:
    (line,) = story([entry(Event.SHIPPED, item_id="a")], {})
    assert line.about == ""
