"""What a carrier changes without an order is shown at the line and listed until both have the same again."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx2
import pytest
from pydantic_core import to_jsonable_python
from sqlmodel import col, select, update

from models import formatting
from models.db.carriers import carrier_orders
from models.db.carriers.tables import CarrierEventRow
from models.db.inventory import lines
from models.db.inventory.tables import InventoryChangeRow, LineRow
from models.db.orders import order_values
from models.db.reconciliations.tables import DifferenceRow
from models.db.session import new_id, utc_now
from models.inventory import LineStatus
from models.lifecycle import ItemState
from models.order import CarrierUpdate, Identifiers, ItemUpdate, OrderRef
from outbox.carrier_intake import receive_update
from tests import factories
from tests.api.api_client import ApiTenant
from tests.api.conftest import KEYRING
from tests.api.imports.test_imports import applied
from tests.api.reconciliations.test_reconciliations import compared, differences, plain_lines, report_of
from tests.api.signed_out_browser import HTML

CARRIER = "northwind"


async def plain_line(office: ApiTenant) -> LineRow:
    """An active line with a device and a SIM."""
    query = select(LineRow).where(
        col(LineRow.carrier) == CARRIER,
        col(LineRow.status) == "active",
        col(LineRow.plan) == "NW-UNLIMITED",
        col(LineRow.device_id).is_not(None),
    )
    async with office.database.transaction() as session:
        return (await session.all(query.order_by(col(LineRow.id))))[0]


async def reported(
    office: ApiTenant, line: LineRow, *, at: datetime | None = None, ref: str | None = None, **says: Any
) -> None:
    """The carrier sends the event of an order that it has made itself; `says` are fields of ItemUpdate."""
    item = ItemUpdate(item_id="1", state=ItemState.DONE, identifiers=Identifiers(mdn=line.mdn))
    event = CarrierUpdate(
        event_id=new_id(), carrier=CARRIER, client_ref="SHOP-1", items=(replace(item, **says),), carrier_ref=ref, at=at
    )
    async with office.database.transaction() as session:
        assert await receive_update(session, KEYRING, CARRIER, event, b"{}") is None


async def open_of(client: httpx2.AsyncClient, **query: Any) -> list[tuple[str, list[str], list[str]]]:
    return [(one["kind"], one["ours"], one["theirs"]) for one in await differences(client, **query)]


async def test_the_page_of_the_line_says_what_the_carrier_has_changed(office: ApiTenant) -> None:
    line = await plain_line(office)
    await reported(office, line, line_status="suspended")
    async with await office.browser("Priya") as admin:
        page = (await admin.get(f"/lines/{line.id}", headers=HTML)).text
        listed = (await admin.get("/admin/reconciliation/differences?source=event", headers=HTML)).text
        drift = (await admin.get("/api/v1/drift")).json()
    sentence = page.split('class="note', maxsplit=1)[1].split("</", maxsplit=1)[0]
    assert "Northwind Wireless reported on " in sentence
    assert "that the line is now suspended. No order of yours asked for it." in sentence
    assert all(name in page for name in ("Update inventory", "Order: Suspend line", "Update, then order: Resume line"))
    assert "Only an order also starts the dates and checks that follow" in listed
    assert "Changed by the carrier without an order" in listed
    assert [(one["kind"], one["week"]) for one in drift] == [("status", 1)]


@pytest.mark.parametrize(
    ("says", "kind", "told"),
    [
        ({"line_status": "disconnected"}, "status", "disconnected"),
        ({"plan": "NW-FLEX-2"}, "plan", "NW-FLEX-2"),
        ({"identifiers": Identifiers(iccid="8901410321111851073")}, "sim", "8901410321111851073"),
        ({"identifiers": Identifiers(imei="490154203237518")}, "device", "490154203237518"),
        ({"identifiers": Identifiers(mdn="+13125550777")}, "number", "+13125550777"),
    ],
)
async def test_the_carrier_names_the_line_by_its_own_id(
    office: ApiTenant, says: dict[str, Any], kind: str, told: str
) -> None:
    line = await plain_line(office)
    known = says.pop("identifiers", Identifiers())
    await reported(office, line, identifiers=replace(known, carrier_product_id=line.carrier_product_id), **says)
    async with await office.browser("Priya") as admin:
        (found,) = await differences(admin)
        page = (await admin.get(f"/lines/{line.id}", headers=HTML)).text
    assert (found["line_id"], found["kind"], found["theirs"]) == (line.id, kind, [told])
    assert found["event_at"] == found["first_seen_at"]
    assert "No order of yours asked for it." in page


@pytest.mark.parametrize(
    "says", [{"state": ItemState.IN_FULFILLMENT, "line_status": "suspended"}, {"line_status": "active"}, {"plan": None}]
)
async def test_what_is_not_done_or_the_same_is_no_difference(office: ApiTenant, says: dict[str, Any]) -> None:
    await reported(office, await plain_line(office), **says)
    async with await office.browser("Priya") as admin:
        assert await differences(admin) == []


async def test_a_later_event_ends_it_and_an_older_one_does_not_count(office: ApiTenant) -> None:
    line, now = await plain_line(office), utc_now()
    async with await office.browser("Priya") as admin:
        await reported(office, line, line_status="suspended", at=now - timedelta(hours=3))
        await reported(office, line, line_status="active", at=now - timedelta(hours=4))
        assert await open_of(admin) == [("status", ["active"], ["suspended"])]
        await reported(office, line, line_status="disconnected", at=now - timedelta(hours=2))
        (found,) = await differences(admin)
        await reported(office, line, line_status="active", at=now - timedelta(hours=1))
        assert await differences(admin) == []
        await reported(office, line, line_status="suspended", at=now - timedelta(hours=2))
        assert await differences(admin) == []
    assert found["theirs"] == ["disconnected"]
    assert found["first_seen_at"] < found["event_at"]


async def test_a_later_report_ends_it_or_shows_it_too(office: ApiTenant) -> None:
    report = await report_of(office)
    told = plain_lines(report)[0]
    async with office.database.transaction() as session:
        line = (await session.exec(select(LineRow).where(col(LineRow.mdn) == told["phone_number"]))).one()
    async with await office.browser("Priya") as admin:
        await reported(office, line, line_status="suspended")
        (first,) = await differences(admin)
        told["status"] = "suspended"
        await compared(admin, report)
        (again,) = await differences(admin, source="event")
        (of_report,) = (await admin.get("/api/v1/reconciliations/1/differences")).json()["items"]
        told["status"] = "active"
        await compared(admin, report)
        assert await differences(admin) == []
    assert first["id"] == again["id"] == of_report["id"]


async def test_a_number_that_the_report_does_not_name_stays_changed(office: ApiTenant) -> None:
    report = await report_of(office)
    told = plain_lines(report)[0]
    async with office.database.transaction() as session:
        line = (await session.exec(select(LineRow).where(col(LineRow.mdn) == told["phone_number"]))).one()
    named = Identifiers(mdn="+13125550777", carrier_product_id=line.carrier_product_id)
    async with await office.browser("Priya") as admin:
        await reported(office, line, identifiers=named)
        await compared(admin, [one for one in report if one is not told])
        assert "number" in {kind for kind, *_ in await open_of(admin)}
        await compared(admin, report)
        assert await differences(admin) == []


async def test_what_an_order_of_ours_has_caused_is_no_difference(office: ApiTenant) -> None:
    """The carrier names its own order, which is one of ours, although its event has another reference."""
    order, line = await office.order(), await plain_line(office)
    async with office.database.transaction() as session:
        known = replace(await order_values.load(session, OrderRef(tenant="acme", id=order["id"])), carrier=CARRIER)
        row = await carrier_orders.prepare(session, known, 1)
        await carrier_orders.mark_accepted(session, row, "NW-77")
    await reported(office, line, ref="NW-77", line_status="suspended")
    async with await office.browser("Priya") as admin:
        assert await differences(admin) == []


async def test_a_line_that_two_companies_have_is_left_alone(office: ApiTenant) -> None:
    line = await plain_line(office)
    async with office.database.transaction() as session:
        other = (await session.all(select(LineRow).where(col(LineRow.tenant) != line.tenant)))[0]
        await session.exec(
            update(LineRow)
            .where(col(LineRow.tenant) == other.tenant, col(LineRow.id) == other.id)
            .values(carrier=CARRIER, mdn=line.mdn)
        )
    await reported(office, line, line_status="suspended")
    async with office.database.transaction() as session:
        assert await session.all(select(DifferenceRow)) == []
        assert [one.outcome for one in await session.all(select(CarrierEventRow))] == ["unknown_order"]


async def resumed_by_an_order(office: ApiTenant, line: LineRow, at: datetime) -> None:
    order = await office.order()
    async with office.database.transaction() as session:
        has = await lines.on_line(session, line)
        had = replace(has, line=replace(has.required_line, status=LineStatus.SUSPENDED))
        before, after = (to_jsonable_python(state) for state in (had, has))
        made = {"tenant": "acme", "order_id": order["id"], "item_id": "1", "kind": "apply", "line_id": line.id}
        session.add(InventoryChangeRow(**made, before=before, after=after, at=at))


async def imported(office: ApiTenant, line: LineRow, status: str) -> None:
    async with await office.browser("Priya") as admin:
        await applied(admin, f"phone_number,status\n{line.mdn},{status}\n", "lines")


@pytest.mark.parametrize("by_order", [True, False])
async def test_a_late_event_opens_nothing_that_was_changed_after_it(office: ApiTenant, *, by_order: bool) -> None:
    line, now = await plain_line(office), utc_now()
    if by_order:
        await resumed_by_an_order(office, line, now - timedelta(hours=1))
    else:
        for status in ("suspended", "active"):
            await imported(office, line, status)
    await reported(office, line, line_status="suspended", plan="NW-FLEX-2", at=now - timedelta(hours=2))
    async with await office.browser("Priya") as admin:
        assert [kind for kind, *_ in await open_of(admin)] == ["plan"]
        await reported(office, line, line_status="suspended")
        assert {kind for kind, *_ in await open_of(admin)} == {"plan", "status"}


async def test_an_import_is_named_after_the_event_that_it_takes_over(office: ApiTenant) -> None:
    line = await plain_line(office)
    await reported(office, line, line_status="suspended", at=utc_now() - timedelta(days=1))
    async with await office.browser("Priya") as admin:
        (found,) = await differences(admin)
        number = (await admin.post(f"/api/v1/differences/{found['id']}/accept")).json()["import_number"]
        name = (await admin.get(f"/api/v1/imports/{number}")).json()["file_name"]
    day = datetime.fromisoformat(found["event_at"]).astimezone(ZoneInfo("America/Chicago")).date()
    assert name == f"Carrier event of {day}"


async def test_a_line_that_has_ended_differs_in_nothing(office: ApiTenant) -> None:
    line = await plain_line(office)
    await reported(office, line, line_status="disconnected", plan="NW-FLEX-2")
    async with await office.browser("Priya") as admin:
        status, plan = await differences(admin)
        accepted = await admin.post(f"/api/v1/differences/{status['id']}/accept")
        assert await differences(admin) == []
        await admin.post(f"/api/v1/imports/{accepted.json()['import_number']}/undo")
        assert await differences(admin) == [status, plan]


@pytest.mark.parametrize("days", [-3, 10])
async def test_a_line_is_accepted_as_disconnected_from_its_last_day_on(office: ApiTenant, days: int) -> None:
    line, report = await plain_line(office), await report_of(office)
    last_day = factories.today() + timedelta(days=days)
    await reported(office, line, line_status="disconnected", final_on=last_day)
    async with await office.browser("Priya") as admin:
        page = (await admin.get(f"/lines/{line.id}", headers=HTML)).text
        if days > 0:
            await compared(admin, report)
        (found,) = await differences(admin)
        accepted = await admin.post(f"/api/v1/differences/{found['id']}/accept")
    async with office.database.read() as session:
        after = await session.get_one(LineRow, ("acme", line.id))
    day = formatting.day(last_day)
    assert (found["theirs"], found["last_day"]) == (["disconnected"], str(last_day))
    assert f"with {day} as its last day" in page
    if days > 0:
        assert (accepted.status_code, after.status, found["acceptable"]) == (409, "active", False)
        assert f"The line has service through {day}." in page
    else:
        assert (accepted.status_code, after.status, after.disconnected_on) == (200, "disconnected", last_day)


@pytest.mark.parametrize(("known_as", "found"), [("PRD-LINE", 0), (None, 1)])
async def test_the_end_of_an_add_on_is_not_that_of_its_line(
    office: ApiTenant, known_as: str | None, found: int
) -> None:
    """The carrier names the add-on by its own ID, with the phone number of the line."""
    line = await plain_line(office)
    async with office.database.transaction() as session:
        of_line = update(LineRow).where(col(LineRow.tenant) == line.tenant, col(LineRow.id) == line.id)
        await session.exec(of_line.values(carrier_product_id=known_as))
    add_on = Identifiers(mdn=line.mdn, carrier_product_id="PRD-ADD-ON")
    await reported(office, line, identifiers=add_on, line_status="disconnected")
    async with await office.browser("Priya") as admin:
        assert len(await differences(admin)) == found


async def test_the_list_is_downloaded_with_its_filters(office: ApiTenant) -> None:
    line = await plain_line(office)
    await reported(office, line, line_status="suspended", plan="NW-FLEX-2")
    async with await office.browser("Priya") as admin:
        page = (await admin.get("/admin/reconciliation/differences?kind=plan&source=event", headers=HTML)).text
        file = (await admin.get("/differences.csv?kind=plan&source=event")).text
        of_reports = (await admin.get("/differences.csv?source=report")).text
    assert 'href="/differences.csv?kind=plan&amp;source=event" download' in page
    header, row = file.splitlines()
    assert header.split(",")[3:6] == ["what_differs", "inventory", "at_carrier"]
    assert row.split(",")[3:6] == ["plan", "NW-UNLIMITED", "NW-FLEX-2"]
    assert len(of_reports.splitlines()) == 1
