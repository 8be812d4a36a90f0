from typing import Any

import pytest

from tests.api.api_client import ApiTenant

API, PAGE = "/api/v1/kits", "/admin/kits"
KIT: dict[str, Any] = {
    "name": "Field sales",
    "roles": ["Account Executive"],
    "device": "IPHONE-17-256",
    "plan": "NW-UNLIMITED",
    "features": ["NW-ROAM-EU"],
    "accessories": ["CASE-IP17"],
}


@pytest.mark.fault("38")
async def test_a_kit_is_added_changed_and_deleted(office: ApiTenant) -> None:
    async with await office.client("Priya") as client:
        added = (await client.post(API, json=KIT)).json()
        path = f"{API}/{added['id']}"
        changed = (await client.put(path, json=KIT | {"features": [], "active": False})).json()
        await client.delete(path)
        gone = await client.get(path)
        events = (await client.get("/api/v1/audit?action=kit_changed")).json()["items"]
    assert {**KIT, "active": True}.items() <= added.items()
    assert (changed["features"], changed["active"]) == ([], False)
    assert gone.status_code == 404
    assert [event["detail"]["after"] is None for event in events] == [True, False, False]


@pytest.mark.parametrize(
    ("wrong", "field", "says"),
    [
        ({"name": "office"}, "name", "Another kit has this name."),
        ({"device": "NOKIA-3310"}, "device", "No device that is sold has the SKU NOKIA-3310."),
        ({"plan": "IPHONE-17-256"}, "plan", "No plan that is sold has the SKU IPHONE-17-256."),
        ({"features": ["BP-ROAM-NA"]}, "features", "isn't sold by the carrier of"),
        ({"plan": "NW-FLEX-2"}, "features", "doesn't work with the plan."),
        ({"accessories": ["CASE-S26"]}, "accessories", "doesn't fit the device."),
    ],
)
async def test_what_is_wrong_is_said_at_its_field(
    office: ApiTenant, wrong: dict[str, Any], field: str, says: str
) -> None:
    async with await office.client("Priya") as client:
        await client.post(API, json=KIT | {"name": "Office"})
        answer = await client.post(API, json=KIT | wrong)
    async with await office.browser("Priya") as browser:
        page = await browser.post(f"{PAGE}/new", data=KIT | {"roles": ""} | wrong)
    error = answer.json()["errors"][0]
    assert error["field"] == field
    assert says in error["detail"]
    assert page.status_code == 422
    assert says in page.text.replace("&#39;", "'")


async def test_the_form_adds_and_changes(office: ApiTenant) -> None:
    async with await office.browser("Priya") as browser:
        added = await browser.post(f"{PAGE}/new", data=KIT | {"roles": "Account Executive\nSales Engineer"})
        (kit,) = (await browser.get(API)).json()
        form = (await browser.get(f"{PAGE}/{kit['id']}")).text
        await browser.post(f"{PAGE}/{kit['id']}", data=KIT | {"name": "Sales", "roles": ""})
        listed = (await browser.get(PAGE)).text
        await browser.post(f"{PAGE}/{kit['id']}/delete")
        after = (await browser.get(PAGE)).text
    assert added.headers["location"] == PAGE
    assert kit["roles"] == ["Account Executive", "Sales Engineer"]
    assert 'value="NW-ROAM-EU" checked' in form
    assert "Inactive" in listed
    assert "Everyone" in listed
    assert "No kits yet" in after


async def test_only_what_fits_the_plan_and_the_device_is_offered(office: ApiTenant) -> None:
    async with await office.browser("Priya") as browser:
        empty = (await browser.get(f"{PAGE}/new")).text
        chosen = {"name": "Field", "device": KIT["device"], "plan": KIT["plan"], "do": "fit"}
        fitting = await browser.post(f"{PAGE}/new", data=chosen)
        changed = await browser.post(f"{PAGE}/new", data=KIT | chosen | {"plan": "NW-FLEX-2"})
        kits = (await browser.get(API)).json()
    assert 'name="features"' not in empty
    assert 'name="accessories"' not in empty
    assert (fitting.status_code, kits) == (200, [])
    assert ('value="NW-ROAM-EU"' in fitting.text, 'value="BP-ROAM-EU"' in fitting.text) == (True, False)
    assert ('value="CASE-IP17"' in fitting.text, 'value="CASE-S26"' in fitting.text) == (True, False)
    assert "NW-ROAM-EU (doesn&#39;t fit, or is no longer sold)" in changed.text
