from typing import Any

import httpx2
import pytest
from sqlmodel import col, select, update

from models.db.accounts.tables import CarrierAccountRow
from models.db.inventory.tables import LineRow
from tests.api.api_client import ApiTenant
from tests.api.inventory.test_suspensions import assigned_line

API, PAGE = "/api/v1/carrier-accounts", "/admin/carrier-accounts"
CHANGE: dict[str, Any] = {"account": "FA-1110", "name_on_bill": "Acme Sales", "billing_zip": "60601", "cycle_day": 9}
NEW: dict[str, Any] = {"carrier": "bluepeak", "number": "55-100", **CHANGE, "foundation": "F-9"}
SECRET = "open sesame 77"


async def added(client: httpx2.AsyncClient, **more: Any) -> dict[str, Any]:
    answer = await client.post(API, json=NEW | more)
    assert answer.status_code == 201, answer.text
    details: dict[str, Any] = answer.json()
    return details


async def audited(client: httpx2.AsyncClient) -> list[dict[str, Any]]:
    events = (await client.get("/api/v1/audit?action=carrier_account_changed")).json()["items"]
    return [event["detail"] for event in events]


@pytest.mark.fault("38")
async def test_what_is_ordered_for_an_account_is_charged_to_the_one_that_was_added(office: ApiTenant) -> None:
    async with await office.client("Priya") as client:
        details = await added(client, default_po="PO-7", plan_changes_a_month=2)
        listed = (await client.get(API, params={"carrier": "bluepeak"})).json()
        account = (await client.get("/api/v1/accounts/FA-1110/dashboard")).json()
    assert (details["account"]["number"], details["lines"], details["used_by"]) == ("FA-1110", 0, [])
    assert (details["active"], details["default_po"], details["credentials_at"]) == (True, "PO-7", None)
    assert "55-100" in [one["number"] for one in listed]
    assert {one["carrier"] for one in listed} == {"bluepeak"}
    used = {one["carrier"]: one["number"] for one in account["carrier_accounts"]}
    assert used["bluepeak"] == "55-100"


@pytest.mark.parametrize(
    ("wrong", "field", "says"),
    [
        ({"carrier": "nobody"}, "carrier", "Choose one of your carriers."),
        ({"account": "FA-9999"}, "account", "No account matches"),
        ({"number": "55 100"}, "number", "Use letters, digits and hyphens."),
        ({"billing_zip": "606"}, "billing_zip", "5- or 9-digit ZIP"),
        ({"cycle_day": 32}, "cycle_day", "Enter 31 or less."),
        ({"name_on_bill": "a\nb"}, "name_on_bill", "Use one line"),
        ({"plan_changes_a_month": 0}, "plan_changes_a_month", "Enter 1 or more."),
    ],
)
async def test_what_is_wrong_is_said_at_its_field(
    office: ApiTenant, wrong: dict[str, Any], field: str, says: str
) -> None:
    async with await office.client("Priya") as client:
        answer = await client.post(API, json=NEW | wrong)
    async with await office.browser("Priya") as browser:
        page = await browser.post(f"{PAGE}/new", data=NEW | wrong)
    (error,) = answer.json()["errors"]
    assert (answer.status_code, error["field"]) == (422, field)
    assert says in error["detail"]
    assert page.status_code == 422
    assert f'href="#{field}"' in page.text
    assert says in page.text.replace("&#39;", "'")


async def test_a_number_is_added_once_and_an_account_has_one_active_per_carrier(office: ApiTenant) -> None:
    async with await office.client("Priya") as client:
        await added(client)
        again = await client.post(API, json=NEW)
        other = await client.post(API, json=NEW | {"number": "55-200"})
        await client.put(f"{API}/bluepeak/55-100", json=CHANGE | {"active": False})
        instead = await client.post(API, json=NEW | {"number": "55-200"})
        back = await client.put(f"{API}/bluepeak/55-100", json=CHANGE)
    assert {error["field"] for error in again.json()["errors"]} == {"account", "number"}
    assert "has 55-100 at this carrier" in other.json()["errors"][0]["detail"]
    assert instead.status_code == 201
    assert (back.status_code, back.json()["errors"][0]["field"]) == (422, "account")


async def test_credentials_are_sealed_never_shown_and_only_replaced(office: ApiTenant) -> None:
    path = f"{API}/bluepeak/55-100"
    async with await office.browser("Priya") as browser:
        await added(browser)
        replaced = [await browser.put(f"{path}/credentials", json={"credentials": SECRET + more}) for more in ("", "8")]
        kept = await browser.put(path, json=CHANGE)
        paths = (API, path, "/api/v1/accounts/FA-1110", "/api/v1/audit", PAGE, f"{PAGE}/bluepeak/55-100")
        shown = [await browser.get(path) for path in paths]
        async with office.database.transaction() as session:
            row = (await session.exec(select(CarrierAccountRow).where(col(CarrierAccountRow.number) == "55-100"))).one()
        removed = await browser.put(f"{path}/credentials", json={"credentials": None})
        short = await browser.post(f"{PAGE}/bluepeak/55-100/credentials", data={"credentials": "abc"})
    at = [answer.json()["credentials_at"] for answer in (*replaced, kept, removed)]
    assert None not in at[:3]
    assert (at[1], at[3]) == (at[2], None)
    assert all(SECRET not in answer.text for answer in (*replaced, kept, *shown))
    assert row.credentials is not None
    assert SECRET.encode() not in row.credentials
    assert "at least 4 characters" in short.text


async def test_credentials_take_a_recent_second_factor(office: ApiTenant) -> None:
    path = f"{API}/bluepeak/55-100"
    async with await office.client("Priya") as client, await office.browser("Priya", stepped_up=False) as browser:
        await added(client)
        sent = [await one.put(f"{path}/credentials", json={"credentials": SECRET}) for one in (client, browser)]
    assert [answer.json()["code"] for answer in sent] == ["NOT_AUTHORIZED", "STEP_UP_REQUIRED"]


async def test_changes_are_audited_without_the_credentials(office: ApiTenant) -> None:
    async with await office.client("Priya") as client:
        await added(client)
        await client.put(f"{API}/bluepeak/55-100", json=CHANGE | {"cycle_day": 20, "foundation": "F-9"})
        await client.put(f"{API}/bluepeak/55-100", json=CHANGE | {"cycle_day": 20, "foundation": "F-9"})
        await client.delete(f"{API}/bluepeak/55-100")
        deleted, changed, new = await audited(client)
    assert (changed["before"], changed["after"], changed["credentials"]) == ({"cycle_day": 9}, {"cycle_day": 20}, None)
    assert (new["before"], new["after"]["name_on_bill"], new["credentials"]) == (None, "Acme Sales", None)
    assert (deleted["after"], deleted["number"]) == (None, "55-100")


@pytest.mark.parametrize("status", ["active", "terminated"])
async def test_one_that_is_or_was_used_is_not_deleted_but_deactivated(office: ApiTenant, status: str) -> None:
    line, _ = await assigned_line(office)
    async with await office.client("Priya") as client:
        await added(client)
        charged = {"carrier": "bluepeak", "carrier_account": "55-100", "status": status}
        async with office.database.transaction() as session:
            await session.exec(update(LineRow).where(col(LineRow.id) == line).values(charged))
        refused = await client.delete(f"{API}/bluepeak/55-100")
        details = (await client.put(f"{API}/bluepeak/55-100", json=CHANGE | {"active": False})).json()
    async with await office.browser("Priya") as browser:
        page = await browser.post(f"{PAGE}/bluepeak/55-100/delete")
    assert (refused.status_code, refused.json()["code"]) == (409, "STILL_USED")
    assert "Deactivate it instead." in refused.json()["detail"]
    assert "Deactivate it instead." in page.text
    assert details["active"] is False
    assert details["lines"] == (1 if status == "active" else 0)
    assert [one["lines"] for one in details["used_by"]] == ([1] if status == "active" else [])


async def test_the_form_adds_changes_and_deletes(office: ApiTenant) -> None:
    path = f"{PAGE}/bluepeak/55-100"
    async with await office.browser("Priya") as browser:
        new = await browser.post(f"{PAGE}/new", data=NEW)
        assert (new.status_code, new.headers["location"]) == (303, path)
        await browser.post(path, data=CHANGE | {"cycle_day": 3, "one_plan_change_a_cycle": "true"})
        listed = (await browser.get(PAGE)).text
        await browser.post(f"{path}/credentials", data={"credentials": SECRET})
        await browser.post(f"{path}/credentials", data={})
        page = (await browser.get(path)).text
        gone = await browser.post(f"{path}/delete")
        after = (await browser.get(PAGE)).text
    assert "Day 3" in listed
    assert "Inactive" in page
    assert "<p>None.</p>" in page
    assert gone.headers["location"] == PAGE
    assert "55-100" not in after


async def test_an_auditor_reads_and_changes_nothing(office: ApiTenant) -> None:
    async with await office.client("Priya") as client:
        await added(client)
    async with await office.browser("Iris") as browser:
        page = await browser.get(f"{PAGE}/bluepeak/55-100")
    assert "Acme Sales" in page.text
    assert '<form class="form"' not in page.text
