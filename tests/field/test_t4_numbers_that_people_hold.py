"""Each number a person has in hand finds its order or account, as it is pasted."""

from typing import Any

import pytest

from models.db.carriers.tables import CarrierOrderRow
from models.db.orders import item_reports, order_rows
from models.db.session import utc_now
from models.lifecycle import ItemState
from models.order import Channel, ItemUpdate, OrderRef
from models.parcel import Parcel
from tests.api.api_client import ApiTenant
from tests.api.signed_out_browser import HTML

pytestmark = pytest.mark.fault("32")


async def known_order(office: ApiTenant) -> dict[str, Any]:
    """An order that is at the carrier and has shipped, and another one that no number below belongs to."""
    await office.order("Dana", po_number="4500099999", external_number="REQ-2")
    order = await office.order(po_number="4500012345", external_number="REQ/2026-0042")
    async with office.database.transaction() as session:
        at = utc_now()
        session.add(
            CarrierOrderRow(
                tenant="acme", order_id=order["id"], round=1, carrier="northwind", client_ref=f"{order['id']}:1",
                carrier_ref="NW-00047211", sent_at=at, last_update_at=at,
            )
        )  # fmt: skip
        ref = OrderRef(tenant="acme", id=order["id"])
        (item, *_) = await order_rows.items_of(session, ref)
        parcels = tuple(Parcel(tracking_number=number) for number in ("1Z999AA10123456784", "771234567890"))
        shipped = ItemUpdate(item_id=item.id, state=ItemState.SHIPPED, parcels=parcels)
        await item_reports.store(session, item, (), shipped, at=at, by=Channel.WEBHOOK)
    return order


SPELLINGS = (
    "4500012345",  # could be a phone number, too
    "PO 4500012345",
    "Purchase order #4500012345",
    "REQ/2026-0042",
    "req 2026 0042",
    "1Z999AA10123456784",
    "1z 999 aa1 01 2345 6784",
    "Tracking number: 1Z999AA10123456784",
    "1Z999AA1\t0123456784\n",
    "771234567890",
    "7712 3456 7890",
    "7712\u00a03456\u00a07890",
    "NW-00047211",
    "nw00047211",
    "Order {number}",
    "order no. {number}",
    "Order #{number}",
    "{number}",
)
PARTS = ("450001234", "00047211", "REQ/2026-004", "PO")


async def test_each_number_finds_its_order(office: ApiTenant) -> None:
    order = await known_order(office)
    async with await office.client("Priya") as client:
        for typed in SPELLINGS:
            query = {"q": typed.format(number=order["number"])}
            found = (await client.get("/api/v1/search", params=query)).json()
            listed = (await client.get("/api/v1/orders", params=query)).json()["items"]
            page = (await client.get("/admin/orders", params=query, headers=HTML)).text
            numbers = [[one["number"] for one in rows] for rows in (found["orders"], listed)]
            assert numbers == [[order["number"]], [order["number"]]], typed
            assert page.count(f'href="/admin/orders/{order["number"]}"') == 1, typed
        for typed in PARTS:
            found = (await client.get("/api/v1/search", params={"q": typed})).json()
            assert found["orders"] == [], typed


async def test_the_number_finds_its_account(office: ApiTenant) -> None:
    async with await office.client("Priya") as client:
        for typed in ("fa 1110", "FA-1110", "FA1110", "account FA-1110"):
            found = (await client.get("/api/v1/search", params={"q": typed})).json()
            assert [one["number"] for one in found["accounts"]] == ["FA-1110"], typed


async def test_nobody_finds_an_order_that_they_cannot_see(office: ApiTenant) -> None:
    await known_order(office)
    async with await office.client("Nadia") as client:
        for typed in ("4500012345", "1Z999AA10123456784", "NW-00047211"):
            assert (await client.get("/api/v1/search", params={"q": typed})).json()["orders"] == []
