"""Returning what has shipped, and reporting what never arrived."""

from typing import Any

import pytest
from sqlmodel import col, select

from models.db.carriers.tables import CarrierOrderRow
from models.db.inventory.tables import DeviceRow, InventoryChangeRow, LineRow
from models.db.order_lock import lock_order
from models.db.orders import order_rows
from models.db.orders.tables import EventRow, ItemRow, OrderRow
from models.db.outbox.tables import OutboxRow
from models.db.people.tables import PersonRow
from models.db.returns.tables import ReturnCaseRow
from models.db.session import new_id, utc_now
from models.event import Event
from models.events.ending import PARTIALLY_FULFILLED
from models.events.fulfillment import SHIPPED
from models.events.returns import (
    ITEM_RETURNED,
    RECEIPT_CONFIRMED,
    RETURN_ARRIVED,
    RETURN_EXPECTED,
    RETURN_IN_TRANSIT,
    RETURN_OPENED,
)
from models.events.waiting import ARRIVAL_UNKNOWN
from models.lifecycle import ItemState, Status
from models.order import CarrierUpdate, ItemSnapshot, ItemUpdate, OrderRef
from outbox import carrier_reports
from tests.api.api_client import ApiTenant, code

SAID = {"condition": "working", "account_removed": True, "return_way": "stock"}


async def shipped(office: ApiTenant) -> dict[str, Any]:
    """Jordan's order, whose device is on its way."""
    order = await office.order()
    item, device_id, line_id = order["items"][0], new_id(), new_id()
    jordan = await office.row("Jordan")
    owner: dict[str, Any] = {"tenant": "acme", "account_id": jordan.account_id, "person_id": jordan.id}
    async with office.database.transaction() as session:
        await session.insert(DeviceRow(id=device_id, **owner, sku="IPHONE-17-256", status="unconfirmed"))
        line = LineRow(id=line_id, **owner, carrier="northwind", plan="NW-UNLIMITED", status="pending")
        line.device_id = device_id
        await session.insert(line)
        (await session.get_one(ItemRow, ("acme", order["id"], item["id"]))).line_id = line_id
    snapshot = ItemSnapshot(item_id=item["id"], state=ItemState.SHIPPED)
    await office.write_event(order, SHIPPED, Status.SHIPPED, items=(snapshot,), item_id=item["id"])
    return order


async def post(office: ApiTenant, order: dict[str, Any], path: str, name: str = "Jordan", **body: Any) -> Any:
    async with await office.client(name) as client:
        return await client.post(f"/api/v1/orders/{order['number']}/{path}", json=body)


async def read(office: ApiTenant, number: str, name: str = "Jordan") -> dict[str, Any]:
    async with await office.client(name) as client:
        found: dict[str, Any] = (await client.get(f"/api/v1/orders/{number}")).json()
        return found


async def test_what_never_arrived_is_looked_for_by_an_order_of_its_own(office: ApiTenant) -> None:
    order = await shipped(office)
    assert {"report_not_received", "start_return", "confirm_receipt"} <= set(
        (await read(office, order["number"]))["allowed_actions"]
    )
    answer = await post(office, order, "report-not-received")
    assert answer.status_code == 201, answer.text
    opened = answer.json()
    assert (opened["type"]["code"], opened["follows"]["number"]) == ("RETURN", order["number"])
    assert (opened["items"][0]["returned"]["cause"], opened["carrier"]["code"]) == ("not_received", "northwind")
    after = await read(office, order["number"])
    assert [one["number"] for one in after["followed_by"]] == [opened["number"]]
    assert not {"report_not_received", "start_return"} & set(after["allowed_actions"])
    assert "activate" in after["allowed_actions"]
    assert code(await post(office, order, "report-not-received")) == (409, "ACTION_NOT_ALLOWED")


async def test_a_return_stops_the_activation(office: ApiTenant) -> None:
    order = await shipped(office)
    answer = await post(office, order, "start-return", answers=SAID)
    assert answer.status_code == 201, answer.text
    async with office.database.transaction() as session:
        opened = answer.json()
        case = await session.get_one(ReturnCaseRow, ("acme", opened["id"], opened["items"][0]["id"]))
        assert (case.parent_order_id, case.parent_item_id) == (order["id"], order["items"][0]["id"])
    assert "activate" not in (await read(office, order["number"]))["allowed_actions"]


async def test_a_return_needs_the_answers_of_its_type(office: ApiTenant) -> None:
    order = await shipped(office)
    answer = await post(office, order, "start-return")
    assert code(answer) == (422, "ORDER_REJECTED")
    assert [(one["code"], one["field"]) for one in answer.json()["errors"]] == [
        ("ANSWER_REQUIRED", "items.0.condition"),
        ("ANSWER_REQUIRED", "items.0.account_removed"),
    ]


@pytest.mark.parametrize("path", ["start-return", "report-not-received"])
async def test_nothing_goes_back_that_hasntshipped(office: ApiTenant, path: str) -> None:
    assert code(await post(office, await office.order(), path)) == (409, "ACTION_NOT_ALLOWED")


async def test_the_page_offers_both_and_leads_to_the_form(office: ApiTenant) -> None:
    order = await shipped(office)
    async with await office.browser("Jordan") as client:
        page = (await client.get(f"/orders/{order['number']}")).text
        assert "/order/RETURN?device_held=" in page
        assert "Ask to look for it" in page
        answer = await client.post(f"/orders/{order['number']}/report-not-received", data={"item": "1"})
        assert answer.status_code == 303
        opened = (await client.get(answer.headers["location"])).text
    assert "Missing delivery: iPhone 17" in opened


async def test_a_task_about_an_arrival_leads_to_what_can_be_done(office: ApiTenant) -> None:
    order = await shipped(office)
    item_id = order["items"][0]["id"]
    about = {"item_id": item_id, "item": 1, "thing": f"{order['id']}:{item_id}"}
    await office.write_event(order, ARRIVAL_UNKNOWN, Status.SHIPPED, **about)
    async with await office.client("Theo") as client:
        (listed,) = (await client.get("/api/v1/tasks")).json()["items"]
        task = (await client.get(f"/api/v1/tasks/{listed['id']}")).json()
        assert {"confirm_receipt"} <= {choice["code"] for choice in task["choices"]}
        link = f"/orders/{order['number']}?open=not-received-1#not-received-1"
        assert task["leads_to"] == [{"label": "It never arrived", "url": link}]
        body = {"choice": "confirm_receipt", "text": "Jordan has it."}
        assert (await client.post(f"/api/v1/tasks/{listed['id']}/settle", json=body)).status_code == 200
    async with office.database.transaction() as session:
        sent = (await session.exec(select(OutboxRow).where(col(OutboxRow.name) == "confirm_receipt"))).one()
    assert (sent.payload["item_id"], sent.payload["evidence"]) == (item_id, "Jordan has it.")
    async with await office.browser("Theo") as browser:
        assert f'href="{link}"' in (await browser.get(f"/tasks/{listed['id']}")).text
        opened = (await browser.get(link)).text
        closed = (await browser.get(f"/orders/{order['number']}")).text
    assert ['id="not-received-1" open>' in page for page in (opened, closed)] == [True, False]


async def test_the_label_is_for_those_who_send_the_device(office: ApiTenant) -> None:
    order = await shipped(office)
    opened = (await post(office, order, "start-return", answers=SAID)).json()
    async with office.database.transaction() as session:
        case = await session.get_one(ReturnCaseRow, ("acme", opened["id"], opened["items"][0]["id"]))
        case.label_url = "https://labels.example.com/1.pdf"
    for name, label in (("Jordan", "https://labels.example.com/1.pdf"), ("Dana", None)):
        assert (await read(office, opened["number"], name))["items"][0]["returned"]["label_url"] == label


async def _without_address(office: ApiTenant) -> dict[str, Any]:
    """Jordan's order, for which another address was given; the employee record has none."""
    order = await shipped(office)
    person_id = (await office.row("Jordan")).id
    async with office.database.transaction() as session:
        (await session.get_one(PersonRow, ("acme", person_id))).address = None
    return order


async def test_what_never_arrived_is_looked_for_without_an_address(office: ApiTenant) -> None:
    order = await _without_address(office)
    answer = await post(office, order, "report-not-received")
    assert answer.status_code == 201, answer.text
    assert "pickup_from" not in answer.json()["answers"]


async def test_what_goes_to_stock_needs_no_address(office: ApiTenant) -> None:
    answer = await post(office, await _without_address(office), "start-return", answers=SAID)
    assert answer.status_code == 201, answer.text
    assert "pickup_from" not in answer.json()["answers"]


async def test_a_label_is_for_where_the_device_was_sent(office: ApiTenant) -> None:
    order = await _without_address(office)
    answer = await post(office, order, "start-return", answers=SAID | {"return_way": "label"})
    assert answer.status_code == 201, answer.text
    async with office.database.transaction() as session:
        opened, parent = [await session.get_one(OrderRow, ("acme", one["id"])) for one in (answer.json(), order)]
    assert opened.answers["pickup_from"] == parent.answers["ship_to"]


async def _off_line(office: ApiTenant, order: dict[str, Any]) -> str:
    """Its device is on no line anymore."""
    async with office.database.transaction() as session:
        item = await session.get_one(ItemRow, ("acme", order["id"], order["items"][0]["id"]))
        line = await session.get_one(LineRow, ("acme", str(item.line_id)))
        device_id, line.device_id = str(line.device_id), None
    return device_id


async def _return(office: ApiTenant, device_id: str) -> Any:
    answers = {"return_way": "label", "condition": "working", "account_removed": True}
    body = {"type": "RETURN", "answers": answers, "items": [{"device_held": device_id}]}
    async with await office.client("Jordan") as client:
        return await client.post("/api/v1/orders", json=body)


async def test_a_device_on_no_line_goes_back_to_the_carrier_of_its_last_line(office: ApiTenant) -> None:
    order = await shipped(office)
    device_id = await _off_line(office, order)
    refused = await _return(office, device_id)
    assert [one["code"] for one in refused.json()["errors"]] == ["RETURN_CARRIER_UNKNOWN"]
    item = order["items"][0]["id"]
    async with office.database.transaction() as session:
        line_id = (await session.get_one(ItemRow, ("acme", order["id"], item))).line_id
        change: dict[str, Any] = {
            "kind": "apply",
            "line_id": line_id,
            "before": {"device": {"id": device_id}},
            "after": {},
        }
        session.add(InventoryChangeRow(tenant="acme", order_id=order["id"], item_id=item, at=utc_now(), **change))
    answer = await _return(office, device_id)
    assert answer.status_code == 201, answer.text
    assert answer.json()["carrier"]["code"] == "northwind"


@pytest.mark.parametrize(("state", "told"), [(ItemState.DECLINED, ["return_ended"]), (ItemState.DONE, [])])
async def test_an_order_is_told_which_of_its_items_do_not_come_back(
    office: ApiTenant, state: ItemState, told: list[str]
) -> None:
    order = await shipped(office)
    opened = (await post(office, order, "start-return", answers=SAID)).json()
    snapshot = ItemSnapshot(item_id=opened["items"][0]["id"], state=state)
    await office.write_event(opened, PARTIALLY_FULFILLED, Status.PARTIALLY_FULFILLED, items=(snapshot,))
    async with office.database.transaction() as session:
        names = await session.all(select(OutboxRow.name).where(col(OutboxRow.order_id) == order["id"]))
    assert [name for name in names if name == "return_ended"] == told


@pytest.mark.parametrize(("path", "body"), [("start-return", {"answers": SAID}), ("report-not-received", {})])
async def test_a_repeated_request_finds_its_order(office: ApiTenant, path: str, body: dict[str, Any]) -> None:
    order = await shipped(office)
    async with await office.client("Jordan") as client:
        headers = {"Idempotency-Key": "again-1"}
        url = f"/api/v1/orders/{order['number']}/{path}"
        first, second = [await client.post(url, json=body, headers=headers) for _ in range(2)]
    assert (first.status_code, second.status_code) == (201, 201), second.text
    assert first.json()["number"] == second.json()["number"]
    assert code(await post(office, order, path, **body)) == (409, "ACTION_NOT_ALLOWED")


@pytest.mark.parametrize(("returned", "told"), [(True, []), (False, ["delivered"])])
async def test_nobody_is_told_that_what_goes_back_has_been_delivered(
    office: ApiTenant, told: list[str], *, returned: bool
) -> None:
    order = await shipped(office)
    if returned:
        order = (await post(office, order, "report-not-received")).json()
    reported = ItemUpdate(item_id=order["items"][0]["id"], state=ItemState.SHIPPED, delivered=True)
    update = CarrierUpdate(event_id="e", carrier="northwind", client_ref=f"{order['id']}:1", items=(reported,))
    row = CarrierOrderRow(
        tenant="acme", order_id=order["id"], round=1, carrier="northwind", client_ref=update.client_ref
    )
    async with office.database.transaction() as session:
        locked = await lock_order(session, OrderRef(tenant="acme", id=order["id"]))
        items, _ = await order_rows.items_with_parcels(session, OrderRef(tenant="acme", id=order["id"]))
        known = carrier_reports.KnownOrder.of(locked, items, ())
        await carrier_reports.store(session, row, known, update, said_at=utc_now(), received_at=utc_now())
        query = select(EventRow.event).where(col(EventRow.order_id) == order["id"], col(EventRow.event) == "delivered")
        assert await session.all(query) == told


async def test_a_list_says_who_acts_next_about_what_goes_back(office: ApiTenant) -> None:
    order = await shipped(office)
    await office.write_event(order, RETURN_EXPECTED, Status.IN_FULFILLMENT, next="bring")
    async with await office.client("Jordan") as client:
        (listed,) = (await client.get("/api/v1/orders")).json()["items"]
        opened = (await client.get(f"/api/v1/orders/{order['number']}")).json()
    assert (listed["waits_for"], opened["next"]["who"]) == ("beneficiary", "Jordan Blake")


@pytest.mark.parametrize(
    ("before", "event", "said"),
    [
        ((RETURN_OPENED, "search"), (RECEIPT_CONFIRMED, None), "Got your device?"),
        ((RETURN_OPENED, "return"), (ITEM_RETURNED, None), "Got your device?"),
        ((RETURN_IN_TRANSIT, "way_back"), (RETURN_ARRIVED, "arrived"), "Northwind Wireless has the device"),
    ],
    ids=["search", "return", "way back"],
)
async def test_the_next_step_follows_what_happened_last(
    office: ApiTenant, before: tuple[Event, str], event: tuple[Event, str | None], said: str
) -> None:
    order = await shipped(office)
    for one, step in (before, event):
        await office.write_event(order, one, Status.AWAITING_ACTIVATION, item_id=order["items"][0]["id"], next=step)
    async with await office.client("Jordan") as client:
        (listed,) = (await client.get("/api/v1/orders")).json()["items"]
    assert listed["waits_for"] == ("carrier" if event[1] else "beneficiary")
    what = (await read(office, order["number"]))["next"]["what"]
    assert what.startswith(said), what
    async with await office.browser("Jordan") as browser:
        assert what in (await browser.get("/")).text
