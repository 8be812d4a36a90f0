"""What follows an order that has brought a device, and one that has taken it back."""

import re
from datetime import date
from typing import Any

import pytest
from sqlmodel import col, delete, select

from models.db.inventory.tables import DeviceRow, InventoryChangeRow, LineRow
from models.db.line_timers.tables import LineTimerRow
from models.db.locks.tables import LockRow
from models.db.orders.tables import ItemRow, OrderRow
from models.db.session import new_id, utc_now
from models.inventory import LineStatus
from models.timers import RECOVERING
from tests.api.api_client import ApiTenant, Json
from tests.api.next_orders.test_again import page_of, press
from tests.api.next_orders.test_next_orders import ORDERS, completed, offered
from tests.api.orders.test_line_orders import SUSPEND, line_of, submit

RETURN: dict[str, Any] = {
    "type": "RETURN",
    "answers": {"return_way": "stock", "condition": "working", "account_removed": True},
}


async def _delivered(office: ApiTenant) -> tuple[Json, LineRow]:
    """Jordan's order of a new line is complete; the line of Aaron stands in for it, with its device."""
    order, line = await office.order(), await line_of(office, "Aaron")
    jordan = await office.row("Jordan")
    async with office.database.transaction() as session:
        row = await session.get_one(LineRow, ("acme", line.id))
        row.person_id = jordan.id
        (await session.get_one(DeviceRow, ("acme", str(row.device_id)))).person_id = jordan.id
        (await session.get_one(ItemRow, ("acme", order["id"], order["items"][0]["id"]))).line_id = line.id
    return await completed(office, order), line


async def _returned(office: ApiTenant) -> tuple[Json, LineRow]:
    """Aaron's device has gone back to stock, off its line."""
    line = await line_of(office, "Aaron")
    async with await office.client("Aaron") as client:
        answer = await client.post(ORDERS, json=RETURN | {"items": [{"device_held": line.device_id}]})
    assert answer.status_code == 201, answer.text
    order = answer.json()
    async with office.database.transaction() as session:
        row = await session.get_one(LineRow, ("acme", line.id))
        before = {"line": row.model_dump(mode="json", exclude={"tenant", "version"}), "device": None, "sim": None}
        session.add(InventoryChangeRow(
            tenant="acme", order_id=order["id"], item_id=order["items"][0]["id"], kind="apply", line_id=line.id,
            before=before, after={}, at=utc_now(),
        ))  # fmt: skip
        row.device_id = None
    return await completed(office, order), line


@pytest.mark.fault("34")
async def test_what_an_order_brought_can_be_returned(office: ApiTenant) -> None:
    order, line = await _delivered(office)
    assert await offered(office, "Jordan", order) == [("follow_up", "RETURN")]
    page = await page_of(office, "Jordan", f"/orders/{order['number']}")
    (url,) = re.findall(r'href="(/order/RETURN[^"]*)"', page)
    form = await page_of(office, "Jordan", url.replace("&amp;", "&"))
    assert re.search(f'value="{line.device_id}"[^>]* (checked|selected)', form)
    assert f'name="parent" value="{order["number"]}"' in form


async def test_a_line_whose_device_was_returned_can_be_disconnected(office: ApiTenant) -> None:
    order, line = await _returned(office)
    assert await offered(office, "Aaron", order) == [("follow_up", "SERVICE_TERMINATE")]
    page = await page_of(office, "Aaron", f"/orders/{order['number']}")
    (url,) = re.findall(r'href="(/order/SERVICE_TERMINATE[^"]*)"', page)
    form = await page_of(office, "Aaron", url.replace("&amp;", "&"))
    assert re.search(f'value="{line.id}"[^>]* (checked|selected)', form)
    assert f'name="parent" value="{order["number"]}"' in form


async def test_a_line_that_ends_anyway_is_not_offered_again(office: ApiTenant) -> None:
    order, line = await _returned(office)
    async with office.database.transaction() as session:
        row = (await session.exec(select(LineRow).where(col(LineRow.id) == line.id))).one()
        row.status = "disconnected"
    assert await offered(office, "Aaron", order) == []


async def _is_offered_again(office: ApiTenant, order: Json) -> bool:
    """Whether the page offers it; the server then takes it."""
    answer = await press(office, "Aaron", order)
    assert answer.status_code in {201, 409}, answer.text
    assert ("/again" in await page_of(office, "Aaron", f"/orders/{order['number']}")) is (answer.status_code == 201)
    return bool(answer.status_code == 201)


async def test_a_device_that_has_gone_back_is_not_returned_again(office: ApiTenant) -> None:
    order, _ = await _returned(office)
    assert not await _is_offered_again(office, order)


async def _about_line(office: ApiTenant, type_code: str, status: LineStatus) -> Json:
    """A completed order of this type, which has left Aaron's line with this status."""
    line = await line_of(office, "Aaron")
    order = await completed(office, (await submit(office, "Aaron", SUSPEND, line.id, ORDERS)).json())
    async with office.database.transaction() as session:
        (await session.get_one(LineRow, ("acme", line.id))).status = status
        (await session.get_one(OrderRow, ("acme", order["id"]))).type_code = type_code
        await session.exec(delete(LockRow))
    return order


async def test_a_line_that_was_disconnected_is_reconnected_and_not_disconnected_again(office: ApiTenant) -> None:
    order = await _about_line(office, "SERVICE_TERMINATE", LineStatus.DISCONNECTED)
    assert not await _is_offered_again(office, order)
    assert await offered(office, "Aaron", order) == [("inverse", "SERVICE_RESUME")]
    page = await page_of(office, "Aaron", f"/orders/{order['number']}")
    assert re.search(r'href="/order/SERVICE_RESUME[^"]*">Reconnect line</a>', page)


@pytest.mark.parametrize(
    ("last", "said"),
    [(date(2027, 1, 18), "Until Mon, Jan 18, 2027. After that, the number is lost."), (None, "Not for certain.")],
)
async def test_the_page_says_until_when_the_line_can_be_reconnected(
    office: ApiTenant, last: date | None, said: str
) -> None:
    order = await _about_line(office, "SERVICE_TERMINATE", LineStatus.DISCONNECTED)
    async with office.database.transaction() as session:
        (item,) = await session.all(select(ItemRow).where(col(ItemRow.order_id) == order["id"]))
        session.add(LineTimerRow(
            tenant="acme", id=new_id(), kind=RECOVERING, line_id=str(item.line_id), order_id=order["id"],
            item_id=item.id, began_at=utc_now(), last_day=last, seq_offset=1_000_000, rule_text="", rule_source="",
        ))  # fmt: skip
    assert f"Can this be undone? {said}" in await page_of(office, "Aaron", f"/orders/{order['number']}")


@pytest.mark.parametrize(("status", "again"), [(LineStatus.SUSPENDED, False), (LineStatus.ACTIVE, True)])
async def test_an_order_whose_line_can_no_longer_have_it_is_not_offered_again(
    office: ApiTenant, status: LineStatus, *, again: bool
) -> None:
    assert await _is_offered_again(office, await _about_line(office, "SERVICE_SUSPEND", status)) is again
