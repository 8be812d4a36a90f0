"""A path with a number is found by every spelling of the number, in the API and on the pages."""

from typing import Any
from urllib.parse import quote

import pytest
from sqlmodel import col, select, update

from models.db.accounts.tables import AccountRow
from models.db.inventory.tables import DeviceRow, LineRow
from models.db.orders.tables import OrderRow
from tests.api.api_client import ApiTenant
from tests.api.signed_out_browser import HTML

pytestmark = pytest.mark.fault("30")

_MDN, _IMEI = "+13125550142", "359202149100116"
# Spellings of numbers that the first line, device, order and account below get.
SPELLINGS = {
    "lines": (_MDN, "3125550142", "(312) 555-0142", "312.555.0142", " 1 312 555 0142", "Phone number 312-555-0142"),
    "devices": (
        *(_IMEI, "35-920214-910011-6", "35 920214 910011 6", "IMEI: 359202149100116", "35-920214-910011-01"),
        *("IMEISV 3592021491001101", "359202149100116\n", "Device ID (IMEI) 359202149100116"),
    ),
    "accounts": ("FA-1110", "fa-1110", "FA 1110", "fa1110", " FA\u20111110"),
    "orders": ("P44-X69", "p44-x69", "P44X69", "p44 x69", "P44\u2013X69", "#P44-X69"),
}


async def _number(office: ApiTenant, name: str) -> str:
    """Give a thing the number that `SPELLINGS` has; returns its id."""
    if name == "accounts":
        async with office.database.transaction() as session:
            return (await session.exec(select(AccountRow.id).where(col(AccountRow.number) == "FA-1110"))).one()
    async with await office.client("Priya") as client:
        order = await office.order()
        line = (await client.get("/api/v1/lines?q=Dana")).json()["items"][0]
    changes: dict[str, tuple[Any, str, dict[str, str]]] = {
        "lines": (LineRow, line["id"], {"mdn": _MDN}),
        "devices": (DeviceRow, line["device"]["id"], {"imei": _IMEI}),
        "orders": (OrderRow, order["id"], {"number": "P44-X69"}),
    }
    table, row_id, values = changes[name]
    async with office.database.transaction() as session:
        await session.exec(update(table).where(col(table.id) == row_id).values(values))
    return str(row_id)


@pytest.mark.parametrize("name", SPELLINGS)
async def test_a_path_is_found_by_any_spelling_of_its_number(office: ApiTenant, name: str) -> None:
    row_id = await _number(office, name)
    async with await office.browser("Priya") as client:
        for spelling in (row_id, *SPELLINGS[name]):
            path = f"{name}/{quote(spelling)}"
            found = await client.get(f"/api/v1/{path}")
            page = await client.get(f"/{path}", headers=HTML)
            assert (found.status_code, page.status_code) == (200, 200), spelling
            assert found.json()["id"] == row_id, spelling
