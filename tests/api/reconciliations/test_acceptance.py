"""What a carrier has is accepted into the inventory, as an import that can be undone."""

import asyncio
from typing import Any

import httpx2
import pytest
from sqlmodel import col, select, update

from models.db.inventory.tables import DeviceRow, LineRow, SimRow
from models.db.locks.tables import LockRow
from models.db.session import new_id, utc_now
from tests.api.api_client import ApiTenant, code
from tests.api.reconciliations.test_reconciliations import (
    PAGE,
    Report,
    compared,
    differences,
    line_with,
    plain_lines,
    report_of,
)
from tests.api.signed_out_browser import HTML
from tests.fixtures.statements import recorded_statements

API = "/api/v1/differences"


async def planted(office: ApiTenant, client: httpx2.AsyncClient, **cells: str) -> dict[str, Any]:
    report = await report_of(office)
    plain_lines(report)[0].update(cells)
    await compared(client, report)
    (found,) = await differences(client)
    return found


@pytest.mark.parametrize(
    ("cells", "field", "value"),
    [({"plan": "PO-NW-FLEX-2"}, "plan", "NW-FLEX-2"), ({"features": "NW-CALLFILTER"}, "features", ["NW-CALLFILTER"])],
)
async def test_the_inventory_takes_over_what_the_carrier_has(
    office: ApiTenant, cells: dict[str, str], field: str, value: object
) -> None:
    async with await office.browser("Priya") as client:
        found = await planted(office, client, **cells)
        before = await line_with(office, found["mdn"])
        accepted = await client.post(f"{API}/{found['id']}/accept")
        after = await line_with(office, found["mdn"])
        open_now = await differences(client)
        (event, *_) = (await client.get("/api/v1/audit?action=import_applied")).json()["items"]
        undone = await client.post(f"/api/v1/imports/{accepted.json()['import_number']}/undo")
        again = await line_with(office, found["mdn"])
    assert found["acceptable"] is True
    assert (getattr(before, field) != value, getattr(after, field), open_now) == (True, value, [])
    assert (event["actor_name"], event["detail"]["file"]) == ("Priya Raman", "Carrier report 1")
    assert (undone.status_code, getattr(again, field)) == (200, getattr(before, field))


async def test_a_device_in_stock_that_the_carrier_sees_on_a_line_is_accepted(office: ApiTenant) -> None:
    async with office.database.read() as session:
        query = select(DeviceRow).where(col(DeviceRow.status) == "in_stock", col(DeviceRow.imei).is_not(None))
        stock = (await session.all(query.order_by(col(DeviceRow.id))))[0]
    async with await office.browser("Priya") as client:
        found = await planted(office, client, device=str(stock.imei))
        place = (await client.post(f"{PAGE}/differences/{found['id']}/accept", headers=HTML)).headers["location"]
        shown = (await client.get(place, headers=HTML)).text
    line = await line_with(office, found["mdn"])
    async with office.database.read() as session:
        device = await session.get(DeviceRow, ("acme", stock.id))
    assert (line.device_id, device and device.status) == (stock.id, "active")
    assert "Undo this import" in shown


async def test_undoing_opens_the_difference_again_with_its_first_day(office: ApiTenant) -> None:
    async with await office.browser("Priya") as client:
        found = await planted(office, client, plan="PO-NW-FLEX-2")
        number = (await client.post(f"{API}/{found['id']}/accept")).json()["import_number"]
        await client.post(f"/api/v1/imports/{number}/undo")
        again = await differences(client)
        accepted = await client.post(f"{API}/{found['id']}/accept")
    assert (again, accepted.status_code) == ([found], 200)


async def test_undoing_opens_no_second_difference_beside_that_of_a_later_report(office: ApiTenant) -> None:
    async with await office.browser("Priya") as client:
        found = await planted(office, client, plan="PO-NW-FLEX-2")
        number = (await client.post(f"{API}/{found['id']}/accept")).json()["import_number"]
        report = await report_of(office)
        next(one for one in report if one["phone_number"] == found["mdn"])["plan"] = "PO-NW-5GB"
        await compared(client, report)
        (later,) = await differences(client)
        undone = await client.post(f"/api/v1/imports/{number}/undo")
        open_now = await differences(client)
    assert (undone.status_code, [one["id"] for one in open_now]) == (200, [later["id"]]), undone.text


async def test_two_clicks_make_one_import(office: ApiTenant) -> None:
    async with await office.browser("Priya") as client:
        found = await planted(office, client, plan="PO-NW-FLEX-2")
        answers = await asyncio.gather(*(client.post(f"{API}/{found['id']}/accept") for _ in range(2)))
    assert sorted(one.status_code for one in answers) == [200, 409]


async def test_accepting_takes_a_recent_second_factor(office: ApiTenant) -> None:
    async with await office.browser("Priya", stepped_up=False) as client:
        found = await planted(office, client, plan="PO-NW-FLEX-2")
        answer = await client.post(f"{API}/{found['id']}/accept")
        page = await client.post(f"{PAGE}/differences/{found['id']}/accept", headers=HTML)
        open_now = await differences(client)
    assert (code(answer), [one["id"] for one in open_now]) == ((403, "STEP_UP_REQUIRED"), [found["id"]])
    assert (page.status_code, page.headers["location"].partition("?")[0]) == (303, "/step-up")


@pytest.mark.parametrize("cells", [{"plan": "PO-UNHEARD-OF"}, {"device": "490154203237518"}, {"plan": "BP-FLEX-2"}])
async def test_what_the_company_does_not_have_cannot_be_accepted(office: ApiTenant, cells: dict[str, str]) -> None:
    async with await office.browser("Priya") as client:
        found = await planted(office, client, **cells)
        refused = await client.post(f"{API}/{found['id']}/accept")
        page = (await client.get(f"{PAGE}/1", headers=HTML)).text
    assert (found["acceptable"], code(refused)) == (False, (409, "ACTION_NOT_ALLOWED"))
    assert (found["fix"], found["way_back"], "/accept" in page) == (None, None, False)
    assert "or ask the carrier." in page


@pytest.mark.parametrize("status", ["suspended", "disconnected"])
async def test_a_status_is_accepted_and_ends_as_an_order_would(office: ApiTenant, status: str) -> None:
    async with await office.browser("Priya") as client:
        found = await planted(office, client, status=status)
        before = await line_with(office, found["mdn"])
        accepted = await client.post(f"{API}/{found['id']}/accept")
        after, sim = await line_and_sim(office, before.id)
        undone = await client.post(f"/api/v1/imports/{accepted.json()['import_number']}/undo")
        again, sim_again = await line_and_sim(office, before.id)
        open_now = await differences(client)
    ended = status == "disconnected"
    assert (found["acceptable"], accepted.status_code, after.status) == (True, 200, status), accepted.text
    assert (after.disconnected_on is not None, sim.status) == (ended, "retired" if ended else "active")
    assert (after.device_id, after.person_id, after.sim_id) == (before.device_id, before.person_id, before.sim_id)
    assert (undone.status_code, again.status, sim_again.status) == (200, "active", "active"), undone.text
    assert open_now == [found]


async def line_and_sim(office: ApiTenant, line_id: str) -> tuple[LineRow, SimRow]:
    async with office.database.read() as session:
        line = await session.get_one(LineRow, ("acme", line_id))
        return line, await session.get_one(SimRow, ("acme", line.sim_id))


async def test_a_line_that_the_carrier_has_in_service_again_loses_the_reason_of_its_suspension(
    office: ApiTenant,
) -> None:
    report = await report_of(office)
    told = plain_lines(report)[0]
    line = await line_with(office, told["phone_number"])
    suspended = update(LineRow).where(col(LineRow.tenant) == "acme", col(LineRow.id) == line.id)
    async with office.database.transaction() as session:
        await session.exec(suspended.values(status="suspended", suspended_for="seasonal"))
    async with await office.browser("Priya") as client:
        await compared(client, report)
        (found,) = await differences(client)
        accepted = await client.post(f"{API}/{found['id']}/accept")
    after, _ = await line_and_sim(office, line.id)
    assert (accepted.status_code, after.status, after.suspended_for) == (200, "active", None), accepted.text
    assert (found["fix"]["type"], found["way_back"]["type"]) == ("SERVICE_RESUME", "SERVICE_SUSPEND")


@pytest.mark.parametrize(
    ("cells", "kind"),
    [
        ({"status": "suspended"}, "SERVICE_RESUME"),
        ({"status": "disconnected"}, "SERVICE_RESUME"),
        ({"plan": "PO-NW-FLEX-2"}, "PLAN_CHANGE"),
        ({"features": "NW-CALLFILTER"}, "FEATURES_CHANGE"),
    ],
)
async def test_an_order_brings_the_line_back_to_what_the_inventory_had(
    office: ApiTenant, cells: dict[str, str], kind: str
) -> None:
    """The rules allow the order because the inventory says first what the carrier has."""
    async with await office.browser("Priya") as client:
        found = await planted(office, client, **cells)
        before = await line_with(office, found["mdn"])
        drafted = await client.post(f"{API}/{found['id']}/order", json={"side": "ours"})
        open_now = await differences(client)
        ordered = await client.post("/api/v1/orders?dry_run=true", json=drafted.json()["order"])
    line, _ = await line_and_sim(office, before.id)
    has = {"status": [line.status], "plan": [line.plan], "features": sorted(line.features)}[found["kind"]]
    assert (found["way_back"]["type"], drafted.json()["type"], open_now) == (kind, kind, [])
    assert has == found["theirs"]
    assert ordered.status_code == 200, ordered.text


async def test_an_order_back_takes_a_recent_second_factor(office: ApiTenant) -> None:
    async with await office.browser("Priya", stepped_up=False) as client:
        found = await planted(office, client, plan="PO-NW-FLEX-2")
        answer = await client.post(f"{API}/{found['id']}/order", json={"side": "ours"})
        (same,) = await differences(client)
    assert (code(answer), same) == ((403, "STEP_UP_REQUIRED"), found)


async def test_a_draft_in_the_way_leaves_the_inventory_as_it_is(office: ApiTenant) -> None:
    report = await report_of(office)
    for one in plain_lines(report)[:2]:
        one["plan"] = "PO-NW-FLEX-2"
    async with await office.browser("Priya") as client:
        await compared(client, report)
        first, second = await differences(client)
        await client.post(f"{API}/{first['id']}/order", json={"side": "ours"})
        place, form = f"{PAGE}/differences/{second['id']}/order", {"side": "ours"}
        refused = await client.post(place, data=form, headers=HTML)
        kept = await line_with(office, second["mdn"])
        replaced = await client.post(place, data={**form, "replace_draft": "true"}, headers=HTML)
        after = await line_with(office, second["mdn"])
    assert (refused.status_code, kept.plan) == (409, "NW-UNLIMITED")
    assert 'name="side" value="ours"' in refused.text
    assert (replaced.status_code, after.plan) == (303, "NW-FLEX-2")


async def not_offered(office: ApiTenant, report: Report, why: str) -> None:
    """The only difference is not offered to be accepted, and the server refuses it. The page says why."""
    async with await office.browser("Priya") as client:
        await compared(client, report)
        (found,) = await differences(client)
        listed = (await client.get(f"{PAGE}/1", headers=HTML)).text
        refused = await client.post(f"{API}/{found['id']}/accept")
        page = await client.post(f"{PAGE}/differences/{found['id']}/accept", headers=HTML)
    assert (found["acceptable"], code(refused)) == (False, (409, "ACTION_NOT_ALLOWED"))
    assert (page.status_code, found["why_not"], why in page.text, why in listed) == (409, why, True, True)


@pytest.mark.parametrize(("column", "name"), [("device", "device"), ("sim", "SIM")])
async def test_what_another_line_has_cannot_be_accepted(office: ApiTenant, column: str, name: str) -> None:
    report = await report_of(office)
    first, second = [one for one in plain_lines(report) if one[column]][:2]
    first[column] = second[column]
    await not_offered(office, report, f"Another line has this {name}. Correct that line first.")


async def sim_in_stock(office: ApiTenant, carrier: str) -> str:
    iccid = "8901410321111851099"
    async with office.database.transaction() as session:
        session.add(SimRow(tenant="acme", id=new_id(), carrier=carrier, kind="pSIM", iccid=iccid, status="in_stock"))
    return iccid


async def test_a_sim_of_another_carrier_cannot_be_accepted(office: ApiTenant) -> None:
    report = await report_of(office)
    plain_lines(report)[0]["sim"] = await sim_in_stock(office, "bell")
    await not_offered(office, report, "Import the SIM, or ask the carrier.")


async def test_a_sim_in_stock_is_accepted(office: ApiTenant) -> None:
    async with await office.browser("Priya") as client:
        found = await planted(office, client, sim=await sim_in_stock(office, "northwind"))
        accepted = await client.post(f"{API}/{found['id']}/accept")
    assert (found["acceptable"], accepted.status_code) == (True, 200), accepted.text


async def test_nothing_is_accepted_into_a_line_that_an_order_is_changing(office: ApiTenant) -> None:
    report = await report_of(office)
    changed = plain_lines(report)[0]
    changed["plan"] = "PO-NW-FLEX-2"
    order, line = await office.order(), await line_with(office, changed["phone_number"])
    async with office.database.transaction() as session:
        session.add(
            LockRow(tenant="acme", kind="line", id=line.id, aspect="plan", order_id=order["id"], item_id="1",
                    locked_at=utc_now())
        )  # fmt: skip
    await not_offered(office, report, "The line is being changed. You can update the inventory once that is done.")


async def test_a_page_takes_as_many_statements_for_many_differences_as_for_few(office: ApiTenant) -> None:
    report = await report_of(office)
    with_both = [one for one in plain_lines(report) if one["device"] and one["sim"]]
    numbers = []
    async with await office.browser("Priya") as client:
        for count in (2, 4):
            for index, one in enumerate(with_both[:count]):
                one |= {"device": f"4901542032375{index:02}", "sim": f"89014103211118519{index:02}", "plan": "PO-X"}
            await compared(client, report)
            async with recorded_statements(office.database) as sent:
                assert len(await differences(client)) >= 2 * count
            numbers.append(len(sent))
    assert numbers[0] == numbers[1]


async def test_what_is_no_longer_reported_cannot_be_accepted(office: ApiTenant) -> None:
    async with await office.browser("Priya") as client:
        found = await planted(office, client, plan="PO-NW-FLEX-2")
        await compared(client, await report_of(office))
        refused = await client.post(f"{API}/{found['id']}/accept")
    assert refused.json()["detail"] == "This no longer differs."


async def test_an_order_brings_back_the_sim_that_the_inventory_had(office: ApiTenant) -> None:
    async with await office.browser("Priya") as client:
        found = await planted(office, client, sim=await sim_in_stock(office, "northwind"))
        drafted = await client.post(f"{API}/{found['id']}/order", json={"side": "ours"})
        draft = drafted.json()["order"]
        ordered = await client.post("/api/v1/orders?dry_run=true", json=draft)
    assert (drafted.json()["type"], draft["items"][0]["iccid"]) == ("SIM_REPLACE", found["ours"][0])
    assert "iccid" not in str(ordered.json().get("errors", "")), ordered.text
