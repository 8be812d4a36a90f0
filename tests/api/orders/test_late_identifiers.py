"""Identifiers that people enter after submit must not be in use, as at submit."""

import pytest
from sqlmodel import col, select

from models.db.inventory.tables import DeviceRow
from models.db.orders import item_reports, order_rows
from models.db.session import utc_now
from models.events.fulfillment import ACTIVATION_NEEDED
from models.lifecycle import ItemState, Status
from models.order import Channel, ItemSnapshot, OrderRef
from tests.api.api_client import ApiTenant, Json

IMEI, ICCID = "490154203237518", "89014103211118510720"


async def to_activate(office: ApiTenant) -> Json:
    """An order whose item waits to be activated."""
    order = await office.order()
    snapshot = ItemSnapshot(item_id=order["items"][0]["id"], state=ItemState.AWAITING_ACTIVATION)
    await office.write_event(order, ACTIVATION_NEEDED, Status.AWAITING_ACTIVATION, items=(snapshot,))
    return order


async def report(office: ApiTenant, order: Json, **values: str) -> None:
    ref, at = OrderRef(tenant="acme", id=order["id"]), utc_now()
    async with office.database.transaction() as session:
        (item,) = await order_rows.items_of(session, ref)
        await item_reports.report(session, ref, item.id, values, at=at, by=Channel.WEBHOOK)


async def activate(office: ApiTenant, order: Json, **answers: str) -> tuple[int, str | None]:
    async with await office.client("Jordan") as client:
        body = {"item": 1, "answers": answers}
        answer = await client.post(f"/api/v1/orders/{order['number']}/activate", json=body)
    return answer.status_code, answer.json().get("field")


@pytest.mark.fault("2")
@pytest.mark.parametrize(("name", "value"), [("imei", IMEI), ("imei2", IMEI), ("iccid", ICCID)])
async def test_what_another_open_order_has_is_refused(office: ApiTenant, name: str, value: str) -> None:
    order, other = await to_activate(office), await office.order()
    await report(office, other, **{name: value})
    typed = {"imei2": "imei"}.get(name, name)
    assert await activate(office, order, **{typed: value}) == (422, f"answers.{typed}")


@pytest.mark.fault("2")
async def test_the_imei_of_a_device_in_use_is_refused(office: ApiTenant) -> None:
    order = await to_activate(office)
    async with office.database.transaction() as session:
        in_use = select(DeviceRow.imei).where(col(DeviceRow.imei).is_not(None), col(DeviceRow.status) == "active")
        imei = await session.first(in_use.limit(1))
    assert imei is not None
    assert await activate(office, order, imei=imei) == (422, "answers.imei")


async def test_what_the_carrier_has_reported_of_the_same_item_can_be_confirmed(office: ApiTenant) -> None:
    order = await to_activate(office)
    await report(office, order, imei=IMEI, iccid=ICCID)
    assert await activate(office, order, imei=IMEI, iccid=ICCID) == (200, None)
