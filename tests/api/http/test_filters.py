"""Filters of lists."""

import pytest
from sqlmodel import col, update

from models.db.inventory.tables import DeviceRow, LineRow
from tests.api.api_client import ApiTenant, code
from tests.api.signed_out_browser import HTML

pytestmark = pytest.mark.fault("37")

LISTS = {
    "orders": ("type", "family", "status", "carrier", "account", "line", "requester", "beneficiary", "since", "q"),
    "lines": ("status", "carrier", "account", "holder", "q"),
    "devices": ("status", "account", "holder", "sku", "q"),
    "tasks": ("kind", "order", "state"),
    "catalog": ("kind", "carrier", "beneficiary"),
}
NONSENSE = [(name, field) for name, fields in LISTS.items() for field in fields]


@pytest.mark.parametrize(("name", "field"), NONSENSE)
async def test_a_filter_that_means_nothing_is_refused_with_its_field(office: ApiTenant, name: str, field: str) -> None:
    async with await office.client("Priya") as client:
        answer = await client.get(f"/api/v1/{name}", params={field: "-- ?"})
    assert code(answer) == (422, "INVALID_REQUEST")
    assert answer.json()["errors"][0]["field"].startswith(field)


@pytest.mark.parametrize(
    ("name", "field", "value"),
    [
        ("orders", "type", "NEW_SERVICE"),
        ("orders", "carrier", "northwnd"),
        ("lines", "carrier", "northwnd"),
        ("catalog", "carrier", "northwnd"),
        ("tasks", "kind", "step_fail"),
    ],
)
async def test_a_code_that_is_none_is_refused_in_words(office: ApiTenant, name: str, field: str, value: str) -> None:
    async with await office.client("Priya") as client:
        answer = await client.get(f"/api/v1/{name}", params={field: value})
    assert code(answer) == (422, "INVALID_REQUEST")
    assert (answer.json()["field"], answer.json()["detail"]) == (field, f'No match for "{value}".')


@pytest.mark.parametrize(
    "path", ["/lines?q=--", "/devices?q=--", "/admin/orders?q=--", "/admin/orders?carrier=northwnd"]
)
async def test_a_page_says_what_is_wrong_with_a_filter(office: ApiTenant, path: str) -> None:
    async with await office.client("Priya") as client:
        page = await client.get(path, headers=HTML)
    assert page.status_code == 422
    assert "Enter letters or digits." in page.text or "No match for" in page.text


@pytest.mark.parametrize(("name", "table"), [("lines", LineRow), ("devices", DeviceRow)])
async def test_what_is_void_is_listed_only_if_it_is_asked_for(
    office: ApiTenant, name: str, table: type[LineRow | DeviceRow]
) -> None:
    async with await office.client("Priya") as client:
        path = f"/api/v1/{name}"
        one = next(
            one for one in (await client.get(f"{path}?limit=100")).json()["items"] if one.get("imei", one.get("mdn"))
        )
        async with office.database.transaction() as session:
            await session.exec(update(table).where(col(table.id) == one["id"]).values(status="void"))
        number = one.get("imei") or one.get("mdn")
        listed = [
            one["id"] in {found["id"] for found in (await client.get(path, params=query)).json()["items"]}
            for query in ({"limit": 100}, {"q": one["holder"]["name"]}, {"status": "void"}, {"q": number})
        ]
    assert listed == [False, False, True, True]
