"""Returning what has shipped, and reporting what never arrived."""

from typing import Any

import pytest

from models.db.inventory.tables import DeviceRow, LineRow
from models.db.orders.tables import ItemRow
from models.db.returns.tables import ReturnCaseRow
from models.db.session import new_id
from models.events.fulfillment import SHIPPED
from models.lifecycle import ItemState, Status
from models.order import ItemSnapshot
from tests.api.api_client import ApiTenant, code

SAID = {"condition": "working", "account_removed": True, "return_way": "stock"}


async def _shipped(office: ApiTenant) -> dict[str, Any]:
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


async def _post(office: ApiTenant, order: dict[str, Any], path: str, name: str = "Jordan", **body: Any) -> Any:
    async with await office.client(name) as client:
        return await client.post(f"/api/v1/orders/{order['number']}/{path}", json=body)


async def _read(office: ApiTenant, number: str, name: str = "Jordan") -> dict[str, Any]:
    async with await office.client(name) as client:
        found: dict[str, Any] = (await client.get(f"/api/v1/orders/{number}")).json()
        return found


async def test_what_never_arrived_is_looked_for_by_an_order_of_its_own(office: ApiTenant) -> None:
    order = await _shipped(office)
    assert {"report_not_received", "start_return", "confirm_receipt"} <= set(
        (await _read(office, order["number"]))["allowed_actions"]
    )
    answer = await _post(office, order, "report-not-received")
    assert answer.status_code == 201, answer.text
    opened = answer.json()
    assert (opened["type"]["code"], opened["follows"]["number"]) == ("RETURN", order["number"])
    assert (opened["items"][0]["returned"]["cause"], opened["carrier"]["code"]) == ("not_received", "northwind")
    after = await _read(office, order["number"])
    assert [one["number"] for one in after["followed_by"]] == [opened["number"]]
    assert not {"report_not_received", "start_return"} & set(after["allowed_actions"])
    assert "activate" in after["allowed_actions"]
    assert code(await _post(office, order, "report-not-received")) == (409, "ACTION_NOT_ALLOWED")


async def test_a_return_stops_the_activation(office: ApiTenant) -> None:
    order = await _shipped(office)
    answer = await _post(office, order, "start-return", answers=SAID)
    assert answer.status_code == 201, answer.text
    async with office.database.transaction() as session:
        opened = answer.json()
        case = await session.get_one(ReturnCaseRow, ("acme", opened["id"], opened["items"][0]["id"]))
        assert (case.parent_order_id, case.parent_item_id) == (order["id"], order["items"][0]["id"])
    assert "activate" not in (await _read(office, order["number"]))["allowed_actions"]


async def test_a_return_needs_the_answers_of_its_type(office: ApiTenant) -> None:
    order = await _shipped(office)
    answer = await _post(office, order, "start-return")
    assert code(answer) == (422, "ORDER_REJECTED")
    assert [(one["code"], one["field"]) for one in answer.json()["errors"]] == [
        ("ANSWER_REQUIRED", "items.0.condition"),
        ("ANSWER_REQUIRED", "items.0.account_removed"),
    ]


@pytest.mark.parametrize("path", ["start-return", "report-not-received"])
async def test_nothing_goes_back_that_hasnt_shipped(office: ApiTenant, path: str) -> None:
    assert code(await _post(office, await office.order(), path)) == (409, "ACTION_NOT_ALLOWED")


async def test_the_page_offers_both_and_leads_to_the_form(office: ApiTenant) -> None:
    order = await _shipped(office)
    async with await office.browser("Jordan") as client:
        page = (await client.get(f"/orders/{order['number']}")).text
        assert "/order/RETURN?device_held=" in page
        assert "Have it looked for" in page
        answer = await client.post(f"/orders/{order['number']}/report-not-received", data={"item": "1"})
        assert answer.status_code == 303
        opened = (await client.get(answer.headers["location"])).text
    assert "Return of iPhone 17" in opened


async def test_the_label_is_for_those_who_send_the_device(office: ApiTenant) -> None:
    order = await _shipped(office)
    opened = (await _post(office, order, "start-return", answers=SAID)).json()
    async with office.database.transaction() as session:
        case = await session.get_one(ReturnCaseRow, ("acme", opened["id"], opened["items"][0]["id"]))
        case.label_url = "https://labels.example.com/1.pdf"
    for name, label in (("Jordan", "https://labels.example.com/1.pdf"), ("Dana", None)):
        assert (await _read(office, opened["number"], name))["items"][0]["returned"]["label_url"] == label
