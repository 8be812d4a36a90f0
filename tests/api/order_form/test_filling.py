"""One choice fills in several fields of the form: a kit, or the address of a site."""

from typing import Any

import httpx2
import pytest
from sqlmodel import col, select, update

from api.http.paging import MAX_OPTIONS
from models.db.catalog.tables import ProductRow
from models.db.session import new_id
from models.db.sites.tables import SiteRow
from tests.api.api_client import ApiTenant
from tests.api.kits.test_kits import KIT
from tests.api.sites.test_sites import ADDRESS, DEPOT

FORM = "/order/NEW_SERVICE_DEVICE"


async def with_kit(office: ApiTenant, **changes: Any) -> str:
    async with await office.client("Priya") as client:
        kit: str = (await client.post("/api/v1/kits", json=KIT | changes)).json()["id"]
    return kit


async def pressed(browser: httpx2.AsyncClient, button: str, **fields: str) -> str:
    """The form after its button was pressed."""
    answer = await browser.post(FORM, data={"items": "1", "do": button, **fields})
    assert answer.status_code == 303, answer.text
    return (await browser.get(answer.headers["location"])).text


async def test_a_kit_fills_in_what_it_has(office: ApiTenant) -> None:
    kit = await with_kit(office)
    async with await office.browser("Dana") as browser:
        offered = (await browser.get(FORM)).text
        form = await pressed(browser, "kit", kit=kit)
    assert "Field sales (Account Executive)" in offered
    assert "These parts of the kit" not in form
    for sku in ("NW-ROAM-EU", "CASE-IP17"):
        assert f'value="{sku}" checked' in form
    for sku in (KIT["device"], KIT["plan"]):
        assert f'<option value="{sku}" selected>' in form


async def test_the_last_day_of_a_roaming_feature_of_a_kit_is_asked(office: ApiTenant) -> None:
    roaming, plain = await with_kit(office), await with_kit(office, name="Warehouse", features=[])
    async with await office.browser("Dana") as browser:
        asked, not_asked = [await pressed(browser, "kit", kit=kit) for kit in (roaming, plain)]
    assert ('name="items.0.features_end_on"' in asked, 'name="items.0.features_end_on"' in not_asked) == (True, False)


async def test_what_can_no_longer_be_ordered_is_left_out_and_said(office: ApiTenant) -> None:
    kit = await with_kit(office)
    async with office.database.transaction() as session:
        await session.exec(update(ProductRow).where(col(ProductRow.sku) == "CASE-IP17").values(active=False))
    async with await office.browser("Dana") as browser:
        form = await pressed(browser, "kit", kit=kit)
    assert "These parts of the kit" in form
    assert "<li>Slim Case for iPhone 17</li>" in form
    assert 'value="NW-ROAM-EU" checked' in form


async def test_the_address_of_a_site_is_filled_in_with_its_receiver(office: ApiTenant) -> None:
    async with await office.client("Priya") as client:
        depot = (await client.post("/api/v1/sites", json=DEPOT | {"address": ADDRESS, "receiver": "Dock 4"})).json()
    async with await office.browser("Dana") as browser:
        form = await pressed(browser, "site", site=depot["id"])
    assert 'value="12 Dock Street"' in form
    assert 'value="Dock 4"' in form


async def test_where_there_are_many_sites_the_name_of_one_is_typed(office: ApiTenant) -> None:
    async with await office.client("Priya") as client:
        await client.post("/api/v1/sites", json=DEPOT | {"address": ADDRESS, "receiver": "Dock 4"})
    async with office.database.transaction() as session:
        depot = await session.first(select(SiteRow).where(col(SiteRow.name) == DEPOT["name"]))
        assert depot is not None
        copied = depot.model_dump(exclude={"id", "name", "search"})
        session.add_all([SiteRow(id=new_id(), name=f"Kiosk {n}", **copied) for n in range(MAX_OPTIONS)])
    async with await office.browser("Dana") as browser:
        opened = (await browser.get(FORM)).text
        form = await pressed(browser, "site", site=DEPOT["name"].upper())
        mistyped = await pressed(browser, "site", site="Depp <b>", reason="We moved.")
    assert "Kiosk " not in opened
    assert "Name of the site." in opened
    assert 'value="Dock 4"' in form
    assert "No site with an address has this name. Check the spelling." in mistyped
    assert 'value="Depp &lt;b&gt;"' in mistyped
    assert "We moved." in mistyped


@pytest.mark.parametrize("field", ["kit", "site"])
async def test_without_a_choice_nothing_is_filled_in(office: ApiTenant, field: str) -> None:
    await with_kit(office)
    async with await office.browser("Dana") as browser:
        form = await pressed(browser, field, **{field: ""})
        unknown = await browser.post(FORM, data={"items": "1", "do": field, field: "01ARZ3NDEKTSV4RRFFQ69G5FAV"})
    assert 'value="NW-ROAM-EU" checked' not in form
    assert unknown.status_code == (404 if field == "kit" else 303)
