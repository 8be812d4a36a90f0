from typing import Any

import pytest
from sqlmodel import col, update

from models.db.inventory.tables import LineRow
from tests.api.api_client import ApiTenant
from tests.api.inventory.test_suspensions import assigned_line

API, PAGE = "/api/v1/sites", "/admin/sites"
ADDRESS = {"line1": "12 Dock Street", "city": "Joliet", "state": "IL", "postal_code": "60431"}
DEPOT: dict[str, Any] = {
    "name": "Joliet depot",
    "account": "FA-1110",
    "contact": "jordan blake",
    "label": "Depot",
    "phone": "(815) 555-0142",
    "time_zone": "America/Chicago",
    "open_hours": "Mon-Fri 8-5",
}


@pytest.mark.fault("38")
async def test_a_site_is_added_changed_and_deactivated(office: ApiTenant) -> None:
    async with await office.client("Priya") as client:
        added = (await client.post(API, json=DEPOT | {"address": ADDRESS})).json()
        path = f"{API}/{added['id']}"
        changed = await client.put(path, json=DEPOT | {"name": "Depot", "active": False})
        listed = {one["id"]: one for one in (await client.get(API)).json()["items"]}
        events = (await client.get("/api/v1/audit?action=site_changed")).json()["items"]
    assert (added["contact"]["name"], added["phone"], added["active"]) == ("Jordan Blake", "+18155550142", True)
    assert added["address"] == ADDRESS | {"line2": "", "country": "US"}
    assert (added["lines"], added["devices"], added["orders"]) == (0, 0, 0)
    assert (changed.json()["name"], changed.json()["address"], changed.json()["active"]) == ("Depot", None, False)
    assert listed[added["id"]]["name"] == "Depot"
    assert [event["detail"]["name"] for event in events] == ["Depot", "Joliet depot"]


@pytest.mark.parametrize(
    ("wrong", "field", "says"),
    [
        ({"name": "milwaukee FRONT desk"}, "name", "Another site has this name."),
        ({"account": "FA-9"}, "account", "No account matches"),
        ({"contact": "nobody@acme.example.com"}, "contact", "No one matches."),
        ({"phone": "12"}, "phone", "10-digit US phone number"),
        ({"time_zone": "Mars/Olympus"}, "time_zone", "Enter a time zone"),
        ({"state": "Illinois"}, "state", "two letters"),
        ({"postal_code": "6043"}, "postal_code", "ZIP code"),
        ({"city": ""}, "city", "required"),
    ],
)
async def test_what_is_wrong_is_said_at_its_field(
    office: ApiTenant, wrong: dict[str, str], field: str, says: str
) -> None:
    in_address = field in ADDRESS
    body = DEPOT | {"address": ADDRESS} | ({"address": ADDRESS | wrong} if in_address else wrong)
    async with await office.client("Priya") as client:
        (error,) = (await client.post(API, json=body)).json()["errors"]
    async with await office.browser("Priya") as browser:
        page = await browser.post(f"{PAGE}/new", data=DEPOT | ADDRESS | wrong)
    assert error["field"] == (f"address.{field}" if in_address else field)
    assert page.status_code == 422
    assert f'href="#{field}"' in page.text
    assert says in page.text


async def test_a_site_that_something_names_is_not_deleted(office: ApiTenant) -> None:
    line, _ = await assigned_line(office)
    async with await office.client("Priya") as client:
        site = (await client.post(API, json=DEPOT)).json()["id"]
        other = (await client.post(API, json=DEPOT | {"name": "Other"})).json()["id"]
        async with office.database.transaction() as session:
            moved = update(LineRow).where(col(LineRow.id) == line).values(person_id=None, site_id=site)
            await session.exec(moved)
        refused = await client.delete(f"{API}/{site}")
        deleted = await client.delete(f"{API}/{other}")
        listed = {one["id"] for one in (await client.get(API)).json()["items"]}
    async with await office.browser("Priya") as browser:
        page = await browser.post(f"{PAGE}/{site}/delete")
    assert (refused.status_code, refused.json()["code"]) == (409, "STILL_USED")
    assert refused.json()["detail"] == "Joliet depot is named by 1 line. Deactivate it instead."
    assert "is named by 1 line" in page.text
    assert deleted.status_code == 204
    assert site in listed
    assert other not in listed


async def test_the_form_adds_and_changes(office: ApiTenant) -> None:
    async with await office.browser("Priya") as browser:
        added = await browser.post(f"{PAGE}/new", data=DEPOT | ADDRESS)
        (site,) = [one for one in (await browser.get(API)).json()["items"] if one["name"] == "Joliet depot"]
        form = (await browser.get(f"{PAGE}/{site['id']}")).text
        await browser.post(f"{PAGE}/{site['id']}", data=DEPOT | ADDRESS | {"city": "Lockport"})
        listed = (await browser.get(PAGE)).text
    assert added.headers["location"] == PAGE
    assert 'value="(815) 555-0142"' in form
    assert 'value="jordan.blake@acme.example.com"' in form
    assert "Lockport" in listed
    assert "Inactive" in listed


async def test_staff_read_sites_and_only_admins_change_them(office: ApiTenant) -> None:
    async with await office.browser("Theo") as browser:
        listed = await browser.get(PAGE)
        (site, *_) = (await browser.get(API)).json()["items"]
        page = await browser.get(f"{PAGE}/{site['id']}")
    assert "Add site" not in listed.text
    assert '<form class="form"' not in page.text
    assert site["account"]["name"] in page.text


async def test_sites_come_in_pages_with_the_inactive_ones_last(office: ApiTenant) -> None:
    async with await office.browser("Priya") as browser:
        for name, active in (("Zion dock", True), ("Alton dock", False), ("Berwyn dock", True), ("Berwyn yard", False)):
            await browser.post(API, json=DEPOT | {"name": name, "active": active})
        whole = (await browser.get(API)).json()
        pages, cursor = list[str](), ""
        while cursor is not None:
            page = (await browser.get(f"{API}?limit=1{cursor and f'&cursor={cursor}'}")).json()
            pages += [one["id"] for one in page["items"]]
            cursor = page["next_cursor"]
        first = await browser.get(f"{PAGE}?limit=2")
    assert pages == [one["id"] for one in whole["items"]]
    assert whole["items"] == sorted(whole["items"], key=lambda one: (not one["active"], one["name"]))
    assert [one["name"] for one in whole["items"][-2:]] == ["Alton dock", "Berwyn yard"]
    assert first.text.count('<th scope="row">') == 2
    assert 'rel="next"' in first.text
