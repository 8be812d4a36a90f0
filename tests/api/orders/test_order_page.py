import re
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx2
import pytest

from models.db.carriers import carrier_orders
from models.db.order_events import append_outside
from models.db.orders import order_rows, order_values
from models.db.orders.tables import ItemRow
from models.db.session import utc_now
from models.event import Event
from models.events.approval import INFO_REQUESTED
from models.events.ending import COMPLETED
from models.events.fulfillment import ACTIVATION_NEEDED, ACTIVATION_SENT, DELIVERED, SHIPPED, VENDOR_INFO_REQUIRED
from models.events.preparation import SCHEDULED
from models.lifecycle import ItemState, Status
from models.order import SYSTEM, Identifiers, ItemSnapshot, OrderRef
from outbox.dispatcher import DeliveryResult
from tests import factories
from tests.api.api_client import ApiTenant, Json

HTML = {"Accept": "text/html", "Sec-Fetch-Site": "same-origin"}
REPORTED = Identifiers(mdn="+13125550142", imei="490154203237518", iccid="89014103211118510720")


async def items(office: ApiTenant, order: Json) -> list[str]:
    async with office.database.transaction() as session:
        return [row.id for row in await order_rows.items_of(session, OrderRef(tenant="acme", id=order["id"]))]


async def deliver(office: ApiTenant, order: Json, state: ItemState, status: Status, **data: Any) -> None:
    """Move the first item to a state, with everything the carrier reports."""
    first = (await items(office, order))[0]
    event = SHIPPED if state is ItemState.SHIPPED else ACTIVATION_NEEDED
    snapshot = ItemSnapshot(item_id=first, state=state, identifiers=REPORTED)
    await office.write_event(order, event, status, items=(snapshot,), item_id=first, **data)


async def page(office: ApiTenant, order: Json, name: str = "Jordan", path: str = "", status: int = 200) -> str:
    async with await office.client(name) as client:
        answer = await client.get(f"/orders/{order['number']}{path}", headers=HTML)
    assert answer.status_code == status, answer.text
    return answer.text


async def send(office: ApiTenant, order: Json, form: str, name: str = "Jordan", **typed: str) -> httpx2.Response:
    async with await office.client(name) as client:
        return await client.post(f"/orders/{order['number']}/{form}", data=typed, headers=HTML)


def forms(text: str) -> set[str]:
    return set(re.findall(r'action="/orders/[^/"]+/([a-z-]+)"', text))


@pytest.fixture
async def order(office: ApiTenant) -> Json:
    return await office.order("Jordan")


async def test_only_the_approver_gets_a_link_to_the_approval(office: ApiTenant, order: Json) -> None:
    (approval,) = await office.request_approval(order, "Dana")
    assert f'href="/approvals/{approval}"' in await page(office, order, "Dana")
    assert "/approvals/" not in (await page(office, order, "Jordan")).split("<main")[1]


async def test_the_page_shows_the_status_and_the_next_step(office: ApiTenant, order: Json) -> None:
    await office.request_approval(order, "Dana")
    text = await page(office, order)
    for shown in (
        f"Order {order['number']}", "Awaiting approval", "Waiting for Dana Ortiz to approve",
        "Waiting on Dana Ortiz", "iPhone 17 256 GB with Northwind Business Unlimited", "$65.00", "Activation",
        "My phone is four years old.", "A test needs approval.", "Order submitted", "Approval requested",
        "Central Time",
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
async def test_people_see_what_their_rights_allow(
    office: ApiTenant, order: Json, name: str, found: int, *, readable: bool, can: set[str]
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


@pytest.mark.parametrize(("name", "shown"), [("Jordan", True), ("Theo", True), ("Dana", False)])
async def test_the_carrier_s_reference_is_small_print_for_people_who_see_identifiers(
    office: ApiTenant, order: Json, name: str, *, shown: bool
) -> None:
    ref = OrderRef(tenant="acme", id=order["id"])
    async with office.database.transaction() as session:
        row = await carrier_orders.prepare(session, await order_values.load(session, ref), 1)
        await carrier_orders.mark_accepted(session, row, "NW-2000")
    small_print = '<span class="small muted">Carrier reference NW-2000</span>'
    assert (small_print in await page(office, order, name)) is shown


async def test_another_tenant_finds_nothing(office: ApiTenant, order: Json) -> None:
    async with await office.client("Mina", "globex") as client:
        for path in ("", "/live"):
            assert (await client.get(f"/orders/{order['id']}{path}", headers=HTML)).status_code == 404
        for form in ("cancel", "answer", "activate"):
            assert (await client.post(f"/orders/{order['id']}/{form}", headers=HTML)).status_code == 404


@pytest.mark.parametrize(("status", "name", "can"), [
    (Status.INFO_REQUESTED, "Jordan", {"answer", "cancel"}),
    (Status.AWAITING_ACTIVATION, "Jordan", {"activate", "report-not-received"}),
    (Status.AWAITING_ACTIVATION, "Dana", set()),
    (Status.FAILED, "Jordan", {"cancel"}),
    (Status.FAILED, "Theo", {"cancel"}),
    (Status.SCHEDULED, "Jordan", {"reschedule", "cancel"}),
    (Status.SCHEDULED, "Dana", set()),
    (Status.CANCEL_REQUESTED, "Jordan", set()),
    (Status.COMPLETED, "Priya", {"again"}),
])  # fmt: skip
async def test_the_page_has_the_forms_the_person_can_use(
    office: ApiTenant, order: Json, status: Status, name: str, can: set[str]
) -> None:
    state = ItemState.AWAITING_ACTIVATION if status is Status.AWAITING_ACTIVATION else ItemState.PENDING
    await deliver(office, order, state, status)
    assert forms(await page(office, order, name)) == can


async def test_a_form_runs_the_action_and_returns_with_a_notice(office: ApiTenant, order: Json) -> None:
    answer = await send(office, order, "cancel", reason=" Ordered twice. ", key="one")
    assert answer.status_code == 303
    message = await office.message(office.dispatcher.delivered[-1])
    assert (message.name, message.payload["reason"]) == ("cancel", "Ordered twice.")
    assert answer.headers["location"] == f"/orders/{order['number']}?seq=9&done=cancel"
    assert "Cancellation requested." in await page(office, order, path="?seq=1&done=cancel")
    assert "requested." not in await page(office, order, path="?seq=1&done=<b>")


async def test_a_notice_is_shown_until_something_else_happens(office: ApiTenant, order: Json) -> None:
    async with office.database.transaction() as session:
        ref = OrderRef(tenant="acme", id=order["id"])
        await append_outside(session, ref, DELIVERED, actor=SYSTEM, at=utc_now(), data={})
    await deliver(office, order, ItemState.AWAITING_ACTIVATION, Status.AWAITING_ACTIVATION)
    await office.write_event(order, ACTIVATION_SENT, Status.AWAITING_ACTIVATION)
    query = "?seq=2&done=activate"
    whole = await page(office, order, path=query)
    assert f'data-live-fragment="/orders/{order["number"]}/live?seq=2&amp;done=activate"' in whole
    assert all("Activating …" in text for text in (whole, await page(office, order, path=f"/live{query}")))
    await office.write_event(order, COMPLETED, Status.COMPLETED)
    for path in (query, f"/live{query}"):
        assert "Activating …" not in await page(office, order, path=path)


async def test_an_order_is_rescheduled_and_an_invalid_day_is_rejected(office: ApiTenant, order: Json) -> None:
    await office.write_event(order, SCHEDULED, Status.SCHEDULED)
    day = factories.today() + timedelta(days=30)
    assert (await send(office, order, "reschedule", effective_at=day.isoformat())).status_code == 303
    message = await office.message(office.dispatcher.delivered[-1])
    opens = datetime.combine(day, time(9), ZoneInfo("America/Chicago"))
    assert (message.name, datetime.fromisoformat(message.payload["effective_at"])) == ("reschedule", opens)
    rejected = await send(office, order, "reschedule", effective_at="soon")
    assert rejected.status_code == 422
    assert 'value="soon"' in rejected.text
    assert 'id="reschedule-day-wrong"' in rejected.text


async def test_a_form_submitted_twice_is_one_action(office: ApiTenant, order: Json) -> None:
    for _ in range(2):
        await send(office, order, "cancel", reason="Ordered twice.", key="same")
    first, second = office.dispatcher.delivered[-2:]
    assert first == second


async def test_an_activation_sends_what_was_typed_for_the_item(office: ApiTenant, order: Json) -> None:
    await deliver(office, order, ItemState.AWAITING_ACTIVATION, Status.AWAITING_ACTIVATION)
    text = await page(office, order)
    assert 'value="490154203237518"' in text
    answer = await send(office, order, "activate", item="1", **{"answers.imei": "49-015420-323751-8"})
    assert answer.status_code == 303
    message = await office.message(office.dispatcher.delivered[-1])
    assert message.payload["answers"] == [["imei", "490154203237518"]]


async def test_an_error_is_shown_beside_its_field_and_the_input_is_kept(office: ApiTenant, order: Json) -> None:
    await deliver(office, order, ItemState.AWAITING_ACTIVATION, Status.AWAITING_ACTIVATION)
    before = len(office.dispatcher.delivered)
    typed = {"answers.imei": "49<b>"}
    answer = await send(office, order, "activate", item="1", **typed)
    assert answer.status_code == 422
    shown = r'id="answers-imei-1" name="answers.imei" value="49&lt;b&gt;"[^>]*aria-invalid="true"'
    assert re.search(shown, answer.text)
    assert re.search(r'<p class="wrong" id="answers-imei-1-wrong">', answer.text)
    assert len(office.dispatcher.delivered) == before


async def test_a_rejection_by_the_workflow_is_shown_on_the_page(office: ApiTenant, order: Json) -> None:
    office.dispatcher.answer = DeliveryResult(
        state="rejected", code="TOO_LATE_TO_CANCEL", detail="It has left the warehouse."
    )
    answer = await send(office, order, "cancel", reason="Too late.")
    assert answer.status_code == 409
    assert re.search(r'role="alert">It has left the warehouse\.', answer.text)
    assert ">Too late.</textarea>" in answer.text


async def test_a_rejection_is_shown_even_if_the_form_is_gone(office: ApiTenant, order: Json) -> None:
    await office.write_event(order, COMPLETED, Status.COMPLETED)
    answer = await send(office, order, "cancel", reason="Too late.")
    assert answer.status_code == 409
    assert re.search(r'role="alert">This order is already closed: completed\.', answer.text)


async def test_the_carrier_s_question_has_its_own_fields(office: ApiTenant, order: Json) -> None:
    (item,) = await items(office, order)
    snapshot = ItemSnapshot(item_id=item, state=ItemState.INFO_REQUIRED)
    status = Status.VENDOR_INFO_REQUIRED
    await office.write_event(
        order, VENDOR_INFO_REQUIRED, status, items=(snapshot,), item_id=item, needs=["service_zip"]
    )
    # The carrier has declined an earlier answer.
    await office.write_event(order, VENDOR_INFO_REQUIRED, status, items=(snapshot,), detail="No such ZIP code.")
    text = await page(office, order)
    assert 'name="fields.service_zip"' in text
    assert (await send(office, order, "answer", **{"fields.service_zip": "60606"})).status_code == 303
    message = await office.message(office.dispatcher.delivered[-1])
    assert message.payload["fields"] == [["service_zip", "60606"]]
    assert (await send(office, order, "answer", **{"fields.service_zip": "6"})).status_code == 422


async def test_cross_site_forms_are_rejected_and_get_requests_change_nothing(office: ApiTenant, order: Json) -> None:
    path = f"/orders/{order['number']}"
    async with await office.client("Jordan") as client:
        cross_site = await client.post(f"{path}/cancel", headers={"Sec-Fetch-Site": "cross-site"})
        opened = [await client.get(f"{path}/{form}") for form in ("cancel", "answer", "activate", "reschedule")]
    assert cross_site.status_code == 403
    assert {one.status_code for one in opened} == {405}
    before = (await page(office, order)).count("timeline-content")
    assert (await page(office, order)).count("timeline-content") == before


async def test_the_fragment_has_the_parts_of_the_page_without_the_frame(office: ApiTenant, order: Json) -> None:
    whole, fragment = await page(office, order), await page(office, order, path="/live")
    parts = re.findall(r'<(?:div|section)[^>]* id="([a-z-]+)"', fragment)
    assert parts == re.findall(r'<(?:div|section)[^>]* id="([a-z-]+)"', whole)
    assert {"head", "next", "progress", "items", "activity", "cost"} <= {*parts}
    assert "<html" not in fragment
    assert f'data-live="/api/v1/orders/{order["number"]}/events?after=1"' in whole
    assert f'data-live-fragment="/orders/{order["number"]}/live"' in whole


async def test_an_order_in_progress_has_no_link_to_a_new_one(office: ApiTenant, order: Json) -> None:
    assert 'href="/order/NEW_SERVICE_DEVICE"' not in await page(office, order)


async def test_a_closed_order_is_not_followed(office: ApiTenant, order: Json) -> None:
    await office.write_event(order, COMPLETED, Status.COMPLETED)
    assert "data-live" not in await page(office, order)


async def test_the_page_sends_few_statements(office: ApiTenant, order: Json) -> None:
    await deliver(office, order, ItemState.AWAITING_ACTIVATION, Status.VENDOR_INFO_REQUIRED)
    async with await office.client("Jordan") as client, office.statements() as seen:
        await client.get(f"/orders/{order['number']}", headers=HTML)
    assert len(seen) <= 11, seen


async def test_several_devices_are_to_be_activated_one_by_one(office: ApiTenant) -> None:
    order = await office.order("Jordan", items=[{}, {}])
    snapshots = [
        ItemSnapshot(item_id=item, state=ItemState.AWAITING_ACTIVATION, identifiers=None)
        for item in await items(office, order)
    ]
    await office.write_event(order, ACTIVATION_NEEDED, Status.AWAITING_ACTIVATION, items=tuple(snapshots))
    sentence = "Got your devices? Activate each one to start service."
    assert sentence in await page(office, order)
    async with await office.client("Jordan") as client:
        home = (await client.get("/", headers=HTML)).text
    assert sentence in home
    assert "Activate your new devices" in home


@pytest.mark.parametrize(
    ("state", "shown"), [(ItemState.SHIPPED, True), (ItemState.AWAITING_ACTIVATION, False), (ItemState.DONE, False)]
)
async def test_a_delivered_item_is_no_longer_expected(
    office: ApiTenant, order: Json, state: ItemState, *, shown: bool
) -> None:
    await deliver(office, order, state, Status.SHIPPED)
    async with office.database.transaction() as session:
        row = await session.get_one(ItemRow, ("acme", order["id"], order["items"][0]["id"]))
        row.expected_at = utc_now()
    assert ("<dt>Expected</dt>" in await page(office, order)) is shown


@pytest.mark.parametrize(
    ("event", "status", "words"),
    [
        (ACTIVATION_NEEDED, Status.AWAITING_ACTIVATION, "Activate your new iPhone 17 256 GB<"),
        (INFO_REQUESTED, Status.INFO_REQUESTED, "Answer Dialtone&#39;s question<"),
    ],
)
async def test_the_home_page_names_what_to_do(
    office: ApiTenant, order: Json, event: Event, status: Status, words: str
) -> None:
    await office.write_event(order, event, status, question="Why?")
    async with await office.client("Jordan") as client:
        assert words in (await client.get("/", headers=HTML)).text


async def test_the_home_page_links_to_the_order(office: ApiTenant, order: Json) -> None:
    async with await office.client("Jordan") as client:
        text = (await client.get("/", headers=HTML)).text
    assert f'href="/orders/{order["number"]}"' in text
