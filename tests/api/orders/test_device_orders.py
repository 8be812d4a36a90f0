"""Orders about devices, of a sample type: API, form, pages, and the actions that a device offers."""

import re
from dataclasses import dataclass, replace
from html import unescape
from typing import Any

import pytest
from sqlmodel import col, select, update

from models.db.inventory.tables import DeviceRow, LineRow
from models.db.locks.tables import LockRow
from models.db.orders.tables import DraftRow, ItemRow
from models.db.people.tables import PersonRow
from models.events.ending import CANCELED, COMPLETED
from models.lifecycle import ItemState, Status
from models.order_type import Aspect, Family
from models.step import Apply, Fulfill, Place, Rule
from tests.api.api_client import ApiTenant, code
from tests.sample_types import sample_type

DRY, REAL = "/api/v1/orders?dry_run=true", "/api/v1/orders"
GIVE: dict[str, Any] = {"type": "LINE_REASSIGN"}
CHECKS = ("requester_may_order", "account_active", "device_known", "devices_together", "billed_by_carrier")
RETURN = sample_type(
    "device_held",
    title="Send back device",
    checks=CHECKS,
    family=Family.DELETE,
    steps=(Rule(), Place("suspend"), Fulfill(), Apply()),
    touches=(Aspect.USE, Aspect.GOING_BACK),
    approval="NONE",
    effect="suspend_line",
    multi_line=True,
)
TEXTS = replace(RETURN.texts, order_title="Send back {subject}")


@dataclass(frozen=True, kw_only=True)
class Phone:
    """Aaron's phone, and the line that it is on."""

    row: DeviceRow
    line: LineRow


@pytest.fixture
async def returns(office: ApiTenant) -> ApiTenant:
    known = office.app.state.services
    types = {**known.order_types, RETURN.code: replace(RETURN, texts=TEXTS)}
    office.app.state.services = replace(known, order_types=types)
    return office


@pytest.fixture
async def phone(returns: ApiTenant) -> Phone:
    aaron = await returns.row("Aaron")
    async with returns.database.transaction() as session:
        line = (await session.exec(select(LineRow).where(col(LineRow.person_id) == aaron.id))).one()
        return Phone(row=await session.get_one(DeviceRow, (line.tenant, line.device_id)), line=line)


async def submit(office: ApiTenant, name: str, *devices: str | None, path: str = DRY, **body: Any) -> Any:
    order = {"type": RETURN.code, "items": [{"device_held": one} for one in devices], **body}
    async with await office.client(name) as client:
        return await client.post(path, json=order)


async def test_an_order_about_a_device_is_for_its_holder_account_and_carrier(returns: ApiTenant, phone: Phone) -> None:
    imei = str(phone.row.imei)
    spelled = f"IMEI {imei[:2]}-{imei[2:8]}-{imei[8:14]}-{imei[14:]}"
    placed = (await submit(returns, "Dana", spelled, path=REAL)).json()
    assert (placed["beneficiary"]["name"], placed["account"]["id"]) == ("Aaron Abbott", phone.row.account_id)
    assert placed["carrier"]["code"] == phone.line.carrier
    assert placed["title"] == "Send back Galaxy S26 256 GB"
    (item,) = placed["items"]
    assert (item["device_id"], item["device_name"], item["line_id"]) == (phone.row.id, "Galaxy S26 256 GB", None)
    async with returns.database.transaction() as session:
        locked = (await session.exec(select(LockRow).order_by(col(LockRow.aspect)))).all()
        stored = (await session.exec(select(ItemRow))).one()
    assert [(one.kind, one.id, one.aspect) for one in locked] == [
        ("device", phone.row.id, "return"),
        ("device", phone.row.id, "use"),
    ]
    assert (stored.device_id, stored.answers) == (phone.row.id, {"device_held": phone.row.id})


async def test_a_device_on_no_line_has_no_carrier(returns: ApiTenant, phone: Phone) -> None:
    async with returns.database.transaction() as session:
        await session.exec(update(LineRow).where(col(LineRow.id) == phone.line.id).values(device_id=None))
    placed = await submit(returns, "Aaron", phone.row.id, path=REAL)
    assert (placed.status_code, placed.json()["carrier"]) == (201, None)


async def test_a_quote_names_the_device_and_whom_it_is_for(returns: ApiTenant, phone: Phone) -> None:
    quote = (await submit(returns, "Dana", phone.row.id)).json()
    assert quote["summary"] == "Send back device for Aaron Abbott, Galaxy S26 256 GB: no charge."


@pytest.mark.parametrize("path", [DRY, REAL])
async def test_a_second_order_for_a_device_is_refused_and_names_the_first(
    returns: ApiTenant, phone: Phone, path: str
) -> None:
    first = (await submit(returns, "Aaron", phone.row.id, path=REAL)).json()
    answer = await submit(returns, "Dana", phone.row.imei, path=path)
    assert code(answer) == (409, "DEVICE_RESERVED")
    refusal = answer.json()
    assert (refusal["field"], refusal["facts"]["order"]) == ("items.0.device_held", first["number"])
    assert refusal["detail"] == f"Order {first['number']} is in progress for this device."


async def test_an_order_that_moves_a_line_with_its_device_and_one_about_the_device_exclude_each_other(
    returns: ApiTenant, phone: Phone
) -> None:
    caleb = await returns.row("Caleb")
    moving = GIVE | {"beneficiary_id": caleb.id, "items": [{"line": phone.line.id}]}
    async with await returns.client("Dana") as dana:
        first = (await dana.post(REAL, json=moving)).json()
        answer = await submit(returns, "Aaron", phone.row.id, path=REAL)
        assert code(answer) == (409, "DEVICE_RESERVED")
        assert (answer.json()["field"], answer.json()["facts"]["order"]) == ("items.0.device_held", first["number"])
        offered = (await dana.get(f"/api/v1/devices/{phone.row.id}/actions")).json()
    assert {one["type"]: one["code"] for one in offered} == dict.fromkeys((RETURN.code, "RETURN"), "DEVICE_RESERVED")
    assert all(first["number"] in one["why_not"] for one in offered)


async def test_a_line_whose_device_is_to_be_sent_back_is_not_moved(returns: ApiTenant, phone: Phone) -> None:
    first = (await submit(returns, "Aaron", phone.row.id, path=REAL)).json()
    caleb = await returns.row("Caleb")
    moving = GIVE | {"beneficiary_id": caleb.id, "items": [{"line": phone.line.id}]}
    async with await returns.client("Dana") as dana:
        answer = await dana.post(REAL, json=moving)
        assert code(answer) == (409, "DEVICE_RESERVED")
        assert (answer.json()["field"], answer.json()["facts"]["order"]) == ("items.0.line", first["number"])
        offered = {one["type"]: one for one in (await dana.get(f"/api/v1/lines/{phone.line.id}/actions")).json()}
    assert offered["LINE_REASSIGN"]["code"] == "DEVICE_RESERVED"
    assert offered["SUBSCRIBER_UPDATE"]["allowed"]
    assert (offered["SAMPLE"]["code"], offered["SAMPLE"]["why_not"]) == (
        "NOT_FOR_A_LINE",
        "This order is about a device.",
    )


@pytest.mark.parametrize(("name", "allowed"), [("Aaron", True), ("Dana", True), ("Iris", False)])
async def test_a_device_offers_its_orders_to_those_who_may_place_them(
    returns: ApiTenant, phone: Phone, name: str, allowed: bool
) -> None:
    async with await returns.client(name) as client:
        answer = await client.get(f"/api/v1/devices/{phone.row.id}/actions")
    assert answer.status_code == 200, answer.text
    assert {one["type"]: one["allowed"] for one in answer.json()} == dict.fromkeys((RETURN.code, "RETURN"), allowed)
    placed = await submit(returns, name, phone.row.id)
    assert (placed.status_code == 200) == allowed


async def test_a_colleague_s_device_does_not_exist_for_an_order(returns: ApiTenant, phone: Phone) -> None:
    answer = await submit(returns, "Caleb", phone.row.imei)
    (error,) = answer.json()["errors"]
    assert (error["code"], error["field"]) == ("DEVICE_NOT_FOUND", "items.0.device_held")
    assert error["detail"] == f'No device matches "{phone.row.imei}".'
    assert "Aaron" not in answer.text


async def test_another_tenant_s_device_does_not_exist(returns: ApiTenant, phone: Phone) -> None:
    async with returns.database.transaction() as session:
        admins = select(PersonRow).where(col(PersonRow.tenant) == "globex", col(PersonRow.roles).contains(["admin"]))
        admin = (await session.exec(admins)).first()
    assert admin is not None
    async with await returns.client(admin.name, "globex") as client:
        body = {"type": RETURN.code, "items": [{"device_held": phone.row.id}]}
        answer = await client.post(DRY, json=body)
    assert [one["code"] for one in answer.json()["errors"]] == ["DEVICE_NOT_FOUND"]


async def test_orders_are_listed_by_the_device_that_they_are_about(returns: ApiTenant, phone: Phone) -> None:
    placed = (await submit(returns, "Aaron", phone.row.id, path=REAL)).json()
    await returns.order("Aaron")
    async with await returns.client("Aaron") as client:
        for named in (phone.row.id, phone.row.imei):
            listed = (await client.get("/api/v1/orders", params={"device": named})).json()["items"]
            assert [one["id"] for one in listed] == [placed["id"]]


async def test_a_device_s_page_starts_an_order_and_lists_its_orders(returns: ApiTenant, phone: Phone) -> None:
    async with await returns.browser("Aaron") as browser:
        page = (await browser.get(f"/devices/{phone.row.id}")).text
        start = f"/order/SAMPLE?device_held={phone.row.id}"
        assert f'href="{start}"' in page
        assert "No orders for this device yet" in page
        form = (await browser.get(start)).text
        assert re.search(f'value="{phone.row.id}"[^>]* (checked|selected)', form)
        assert f"Galaxy S26 256 GB, IMEI {phone.row.imei}" in form
        await browser.post("/order/SAMPLE", data={"items": "1", "items.0.device_held": phone.row.id, "do": "review"})
        review = (await browser.get("/order/SAMPLE/review")).text
        assert "Galaxy S26 256 GB" in review
        number = (await submit(returns, "Aaron", phone.row.id, path=REAL)).json()["number"]
        order = (await browser.get(f"/orders/{number}")).text
        assert "<strong>Galaxy S26 256 GB – Aaron Abbott</strong>" in order
        again = (await browser.get(f"/devices/{phone.row.id}")).text
        assert number in again
        assert f"Order {number} is in progress for this device." in again
        assert f'href="{start}"' not in again


async def test_a_form_offers_only_devices_that_an_order_can_be_for(returns: ApiTenant, phone: Phone) -> None:
    async with returns.database.transaction() as session:
        await session.exec(update(DeviceRow).where(col(DeviceRow.id) == phone.row.id).values(status="retired"))
    async with await returns.browser("Dana") as browser:
        form = (await browser.get("/order/SAMPLE")).text
    async with await returns.client("Dana") as client:
        seen = {one["id"] for one in (await client.get("/api/v1/devices?limit=100")).json()["items"]}
    assert phone.row.id in seen
    offered = {device for device in seen if f'<option value="{device}"' in form}
    assert offered == seen - {phone.row.id}


async def end(office: ApiTenant, order: dict[str, Any], status: Status = Status.COMPLETED) -> None:
    """End the order; its items are done if it is completed."""
    async with office.database.transaction() as session:
        await session.exec(update(ItemRow).where(col(ItemRow.order_id) == order["id"]).values(state=ItemState.DONE))
    await office.write_event(order, COMPLETED if status is Status.COMPLETED else CANCELED, status)


async def test_an_order_about_a_device_follows_one_about_the_line_that_it_is_on(
    returns: ApiTenant, phone: Phone
) -> None:
    known = returns.app.state.services
    suspend = replace(known.order_types["SERVICE_SUSPEND"], follow_ups=(RETURN.code,))
    types = {**known.order_types, suspend.code: suspend}
    returns.app.state.services = replace(known, order_types=types)
    body = {"type": "SERVICE_SUSPEND", "answers": {"suspend_reason": "vacation"}, "items": [{"line": phone.line.id}]}
    async with await returns.client("Aaron") as client:
        order = (await client.post(REAL, json=body)).json()
    await end(returns, order)
    async with await returns.browser("Aaron") as browser:
        page = unescape((await browser.get(f"/orders/{order['number']}")).text)
        (start,) = re.findall(r'href="(/order/SAMPLE[^"]*)"', page)
        form = (await browser.get(start)).text
        assert re.search(f'value="{phone.row.id}"[^>]* (checked|selected)', form)
        assert (await submit(returns, "Aaron", phone.row.id, path=REAL)).status_code == 201
        assert "/order/SAMPLE" not in (await browser.get(f"/orders/{order['number']}")).text


@pytest.mark.parametrize(("name", "status"), [("Aaron", 201), ("Dana", 201), ("Caleb", 404)])
async def test_an_order_about_a_device_is_ordered_again_for_its_device(
    returns: ApiTenant, phone: Phone, name: str, status: int
) -> None:
    order = (await submit(returns, "Aaron", phone.row.id, path=REAL)).json()
    await end(returns, order, Status.CANCELED)
    async with await returns.client(name) as client:
        answer = await client.post(f"/api/v1/orders/{order['number']}/again", json={})
    assert answer.status_code == status, answer.text
    async with returns.database.transaction() as session:
        drafts = (await session.exec(select(DraftRow))).all()
    assert [draft.document["items"] for draft in drafts] == [[{"device_held": phone.row.id}]] * (status == 201)


async def test_the_form_says_which_order_is_in_the_way(returns: ApiTenant, phone: Phone) -> None:
    async with await returns.browser("Aaron") as browser:
        await browser.post("/order/SAMPLE", data={"items": "1", "items.0.device_held": phone.row.id, "do": "review"})
        review = (await browser.get("/order/SAMPLE/review")).text
        first = (await submit(returns, "Dana", phone.row.id, path=REAL)).json()
        hidden = dict(re.findall(r'name="(draft|reviewed)" value="([^"]+)"', review))
        answer = await browser.post("/order/SAMPLE/submit", data=hidden)
    assert answer.status_code == 409
    assert f"Order {first['number']} is in progress for this device." in answer.text
