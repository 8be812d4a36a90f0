"""A carrier's report is compared with the inventory: what differs, since when, and which order fixes it."""

import csv
import io
from collections.abc import Sequence
from datetime import timedelta
from time import perf_counter
from typing import Any

import httpx2
import pytest
from sqlmodel import col, select, update

from models.db.accounts.tables import CarrierAccountRow
from models.db.inventory.tables import DeviceRow, LineRow, SimRow
from models.db.reconciliations.tables import DifferenceRow
from models.db.session import new_id, utc_now
from tests.api.api_client import ApiTenant

API, PAGE = "/api/v1/reconciliations", "/admin/reconciliation"
BAN = "287301190"
COLUMNS = ("account_number", "phone_number", "sim", "device", "plan", "features", "status")
UNKNOWN = {"account_number": BAN, "phone_number": "+12125550199", "status": "active"}
Report = list[dict[str, str]]
FIXES = {"plan": "PLAN_CHANGE", "features": "FEATURES_CHANGE", "sim": "SIM_REPLACE"}


async def report_of(office: ApiTenant) -> Report:
    """What the carrier of the sample company reports if nothing differs, by the ids of the carrier."""
    async with office.database.transaction() as session:
        query = select(LineRow, SimRow, DeviceRow).outerjoin(
            SimRow, (col(SimRow.tenant) == col(LineRow.tenant)) & (col(SimRow.id) == col(LineRow.sim_id))
        )
        query = query.outerjoin(
            DeviceRow, (col(DeviceRow.tenant) == col(LineRow.tenant)) & (col(DeviceRow.id) == col(LineRow.device_id))
        )
        active = (col(LineRow.carrier_account) == BAN, col(LineRow.status).in_(["active", "suspended"]))
        rows = (await session.exec(query.where(*active).order_by(col(LineRow.id)))).all()
    return [
        {
            "account_number": BAN,
            "phone_number": str(line.mdn),
            "sim": sim.iccid[:19] if sim and sim.iccid else "",
            "device": str(device.imei or "") if device else "",
            "plan": f"PO-{line.plan}",
            "features": " | ".join(line.features) or "none",
            "status": line.status,
        }
        for line, sim, device in rows
    ]


def as_csv(report: Report, columns: Sequence[str] = COLUMNS) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, restval="", extrasaction="ignore")
    writer.writeheader()
    writer.writerows(report)
    return text.getvalue().encode()


async def compared(client: httpx2.AsyncClient, report: Report, columns: Sequence[str] = COLUMNS) -> dict[str, Any]:
    answer = await client.post(API, params={"carrier": "northwind"}, content=as_csv(report, columns))
    assert answer.status_code == 201, answer.text
    run: dict[str, Any] = answer.json()
    return run


async def differences(client: httpx2.AsyncClient, **query: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await client.get("/api/v1/differences", params=query)).json()["items"]
    return found


async def line_with(office: ApiTenant, mdn: str) -> LineRow:
    async with office.database.transaction() as session:
        return (await session.exec(select(LineRow).where(col(LineRow.mdn) == mdn))).one()


def plain_lines(report: Report) -> Report:
    """Active lines with a plan of which others are sold."""
    return [one for one in report if (one["status"], one["plan"]) == ("active", "PO-NW-UNLIMITED")]


@pytest.mark.fault("38")
async def test_a_report_that_says_the_same_shows_no_difference(office: ApiTenant) -> None:
    report = await report_of(office)
    async with await office.client("Priya") as client:
        run = await compared(client, report)
    assert (run["counts"], run["wrong"], run["lines"], run["accounts"]) == ({}, [], len(report), [BAN])


@pytest.mark.parametrize(
    ("column", "told", "kind", "fix"),
    [
        ("status", "suspended", "status", "SERVICE_SUSPEND"),
        ("status", "disconnected", "status", "SERVICE_TERMINATE"),
        ("plan", "PO-NW-FLEX-2", "plan", "PLAN_CHANGE"),
        ("plan", "PO-UNHEARD-OF", "plan", None),
        ("sim", "8901410321111851073", "sim", "SIM_REPLACE"),
        ("device", "490154203237518", "device", None),
        ("features", "NW-ROAM-EU | NW-CALLFILTER", "features", "FEATURES_CHANGE"),
    ],
)
async def test_what_differs_names_both_sides_and_the_order_that_fixes_it(
    office: ApiTenant, column: str, told: str, kind: str, fix: str | None
) -> None:
    report = await report_of(office)
    changed = plain_lines(report)[0]
    before, changed[column] = changed[column], told
    async with await office.client("Priya") as client:
        run = await compared(client, report)
        (found,) = await differences(client)
        drafted = await client.post(f"/api/v1/differences/{found['id']}/order", json={})
    line = await line_with(office, changed["phone_number"])
    assert run["counts"] == {kind: 1}
    assert (found["kind"], found["line_id"], found["mdn"]) == (kind, line.id, line.mdn)
    assert " | ".join(one.removeprefix("PO-") for one in found["ours"]) == before.removeprefix("PO-") or kind != "plan"
    assert (found["fix"] or {}).get("type") == fix
    if fix is None:
        assert (drafted.status_code, drafted.json()["detail"]) == (409, "No order can do this.")
    else:
        assert drafted.json()["continue_at"] == f"/order/{fix}?line={line.id}"
        assert drafted.json()["order"]["items"][0]["line"] == line.id


async def test_the_form_of_the_order_is_filled_in_with_what_the_carrier_has(office: ApiTenant) -> None:
    report = await report_of(office)
    changed = plain_lines(report)[0]
    changed["features"] = "NW-CALLFILTER"
    async with await office.client("Priya") as client:
        await compared(client, report)
        (found,) = await differences(client)
    async with await office.browser("Priya") as browser:
        page = (await browser.get(f"{PAGE}/1")).text
        placed = await browser.post(f"{PAGE}/differences/{found['id']}/order")
        form = (await browser.get(placed.headers["location"])).text
    assert f'action="{PAGE}/differences/{found["id"]}/order"' in page
    assert 'value="NW-CALLFILTER" checked' in form


async def test_lines_that_only_one_side_has_are_shown_and_none_is_ended(office: ApiTenant) -> None:
    report = await report_of(office)
    absent = plain_lines(report)[0]
    told = [one for one in report if one is not absent]
    told += [UNKNOWN, {**UNKNOWN, "phone_number": "+12125550198", "status": "disconnected"}]
    before = await line_with(office, absent["phone_number"])
    async with await office.client("Priya") as client:
        run = await compared(client, told)
        assert (await client.get(f"{API}/1")).json() == run
        found = {one["kind"]: one for one in await differences(client)}
    assert run["counts"] == {"carrier_only": 1, "ours_only": 1}
    assert (found["carrier_only"]["mdn"], found["carrier_only"]["line_id"]) == (UNKNOWN["phone_number"], None)
    assert (found["ours_only"]["mdn"], found["ours_only"]["fix"]) == (absent["phone_number"], None)
    assert await line_with(office, absent["phone_number"]) == before


async def test_lines_of_accounts_that_the_report_is_not_about_are_left_alone(office: ApiTenant) -> None:
    report = await report_of(office)
    async with office.database.transaction() as session:
        other: dict[str, Any] = {
            "number": "55-1",
            "account_id": (await office.row("Jordan")).account_id,
            "name_on_bill": "Acme",
        }
        session.add(CarrierAccountRow(tenant="acme", carrier="northwind", billing_zip="60601", cycle_day=1, **other))
        await session.flush()
        moved = update(LineRow).where(col(LineRow.mdn) == report[0]["phone_number"]).values(carrier_account="55-1")
        await session.exec(moved)
    async with await office.client("Priya") as client:
        without = await compared(client, report[1:])
        charged_elsewhere = await compared(client, report)
        (found,) = await differences(client)
    assert without["counts"] == {}
    assert charged_elsewhere["counts"] == {"account": 1}
    assert (found["ours"], found["theirs"]) == (["55-1"], [BAN])


async def test_what_a_report_does_not_say_is_not_compared(office: ApiTenant) -> None:
    report = await report_of(office)
    async with await office.client("Priya") as client:
        fewer = await compared(client, report, COLUMNS[:2])
        report[0] |= {"plan": "", "sim": "", "device": "", "features": "", "status": ""}
        empty = await compared(client, report)
    assert (fewer["counts"], empty["counts"]) == ({}, {})


async def test_what_a_report_does_not_say_stays_a_difference(office: ApiTenant) -> None:
    report = await report_of(office)
    plain_lines(report)[0]["plan"] = "PO-NW-5GB"
    async with await office.client("Priya") as client:
        await compared(client, report)
        (before,) = await differences(client)
        await compared(client, report, [name for name in COLUMNS if name != "plan"])
        assert await differences(client) == [before]


async def test_a_line_whose_number_cannot_be_read_is_not_missing_at_the_carrier(office: ApiTenant) -> None:
    report = await report_of(office)
    plain_lines(report)[0]["phone_number"] = "3.12556E+09"
    async with await office.client("Priya") as client:
        run = await compared(client, report)
        assert await differences(client) == []
    assert [one["column"] for one in run["wrong"]] == ["phone_number"]


async def test_a_line_that_has_no_features_at_the_carrier_differs_from_one_that_has_some(office: ApiTenant) -> None:
    report = await report_of(office)
    async with office.database.transaction() as session:
        featured = update(LineRow).where(col(LineRow.mdn) == report[0]["phone_number"]).values(features=["NW-PTT"])
        await session.exec(featured)
    report[0]["features"] = "none"
    async with await office.client("Priya") as client:
        await compared(client, report)
        (found,) = await differences(client)
    assert (found["kind"], found["ours"], found["theirs"]) == ("features", ["NW-PTT"], [])
    assert found["fix"]["answers"] == {"remove_features": ["NW-PTT"]}


async def test_the_second_id_of_a_device_is_the_same_device(office: ApiTenant) -> None:
    report = await report_of(office)
    line = await line_with(office, report[0]["phone_number"])
    async with office.database.transaction() as session:
        second = update(DeviceRow).where(col(DeviceRow.id) == line.device_id).values(imei2="490154203237518")
        await session.exec(second)
    report[0]["device"] = "490154203237518"
    async with await office.client("Priya") as client:
        assert (await compared(client, report))["counts"] == {}


async def test_a_sim_number_is_the_same_without_its_check_digit(office: ApiTenant) -> None:
    report = await report_of(office)
    line = await line_with(office, report[0]["phone_number"])
    async with office.database.transaction() as session:
        whole = update(SimRow).where(col(SimRow.id) == line.sim_id).values(iccid="89014103211118510720")
        await session.exec(whole)
    report[0]["sim"] = "8901410321111851072"
    async with await office.client("Priya") as client:
        assert (await compared(client, report))["counts"] == {}


async def test_a_difference_keeps_the_day_it_was_first_seen_until_it_is_gone(office: ApiTenant) -> None:
    report = await report_of(office)
    changed = plain_lines(report)[0]
    same, changed["plan"] = changed["plan"], "PO-NW-FLEX-2"
    async with await office.client("Priya") as client:
        await compared(client, report)
        (first,) = await differences(client)
        async with office.database.transaction() as session:
            await session.exec(update(DifferenceRow).values(first_seen_at=utc_now() - timedelta(days=20)))
        drift = (await client.get("/api/v1/drift")).json()
        await compared(client, report)
        (again,) = await differences(client)
        changed["plan"] = same
        await compared(client, report)
        assert await differences(client) == []
        changed["plan"] = "PO-NW-FLEX-2"
        await compared(client, report)
        (new,) = await differences(client)
        second = (await client.get(f"{API}/2/differences")).json()["items"]
        third = (await client.get(f"{API}/3/differences")).json()["items"]
        gone = await client.post(f"/api/v1/differences/{first['id']}/order", json={})
    assert drift == [{"carrier": "northwind", "account": BAN, "kind": "plan", "week": 0, "month": 1, "older": 0}]
    assert again["id"] == first["id"] != new["id"]
    assert [one["id"] for one in second] == [first["id"]]
    assert second[0]["closed_at"] is not None
    assert third == []
    assert "no longer" in gone.json()["detail"] or "anymore" in gone.json()["detail"]


@pytest.mark.parametrize(
    ("cells", "column", "says"),
    [
        ({"phone_number": "3.1255E+9"}, "phone_number", "spreadsheet shortened"),
        ({"account_number": "999"}, "account_number", "No billing account 999"),
        ({"sim": "123"}, "sim", "That SIM number isn't valid"),
        ({"status": "on"}, "status", "Enter one of these"),
        ({"phone_number": ""}, "phone_number", "This cell is empty."),
    ],
)
async def test_what_cannot_be_read_is_said_with_row_and_column(
    office: ApiTenant, cells: dict[str, str], column: str, says: str
) -> None:
    report = await report_of(office)
    report[3] |= cells
    async with await office.client("Priya") as client:
        run = await compared(client, report)
    async with await office.browser("Priya") as browser:
        page = (await browser.get(f"{PAGE}/1")).text
    (wrong,) = run["wrong"]
    assert (wrong["row"], wrong["column"]) == (5, column)
    assert says in wrong["detail"]
    assert says in page.replace("&#39;", "'")


async def test_of_two_rows_about_one_line_the_first_is_compared(office: ApiTenant) -> None:
    report = await report_of(office)
    async with await office.client("Priya") as client:
        run = await compared(client, [*report, report[0] | {"status": "disconnected"}])
    assert run["counts"] == {}
    assert "Row 2 has this number, too." in run["wrong"][0]["detail"]


@pytest.mark.parametrize(
    ("params", "content", "says"),
    [
        ({"carrier": "nobody"}, as_csv([UNKNOWN]), "No match for"),
        ({"carrier": "northwind"}, b"phone_number\n3125550142\n", "“account_number” is missing"),
        ({"carrier": "northwind"}, b"account_number,plan\n1,2\n", "“phone_number” is missing"),
        ({"carrier": "northwind"}, b"", "This file is empty."),
    ],
)
async def test_a_file_that_cannot_be_compared_is_refused(
    office: ApiTenant, params: dict[str, str], content: bytes, says: str
) -> None:
    async with await office.client("Priya") as client:
        refused = await client.post(API, params=params, content=content)
        runs = (await client.get(API)).json()
    assert refused.status_code == 422
    assert says in refused.json()["detail"]
    assert runs == []


async def test_the_pages_compare_and_show_the_drift(office: ApiTenant) -> None:
    report = await report_of(office)
    plain_lines(report)[0]["plan"] = "PO-NW-FLEX-2"
    async with await office.browser("Priya") as browser:
        nothing = await browser.post(PAGE, data={"carrier": "northwind"})
        sent = await browser.post(PAGE, data={"carrier": "northwind"}, files={"file": ("may.csv", as_csv(report))})
        overview = (await browser.get(PAGE)).text
        listed = (await browser.get(f"{PAGE}/differences?carrier=northwind&account={BAN}&kind=plan")).text
        others = (await browser.get(f"{PAGE}/differences?kind=sim")).text
    assert (nothing.status_code, "Choose a file." in nothing.text) == (422, True)
    assert (sent.status_code, sent.headers["location"]) == (303, f"{PAGE}/1")
    assert "may.csv" in overview
    assert f"account={BAN}&amp;kind=plan" in overview
    assert "Northwind Business Flex 2 GB" in listed
    assert "Nothing differs" in others


async def test_a_draft_of_something_else_is_replaced_only_if_asked(office: ApiTenant) -> None:
    report = await report_of(office)
    for changed in plain_lines(report)[:2]:
        changed["plan"] = "PO-NW-FLEX-2"
    async with await office.client("Priya") as client:
        await compared(client, report)
        first, second = await differences(client)
    async with await office.browser("Priya") as browser:
        paths = [f"{PAGE}/differences/{one['id']}/order" for one in (first, second)]
        again = [(await browser.post(paths[0])).status_code for _ in range(2)]
        refused = await browser.post(paths[1])
        replaced = await browser.post(paths[1], data={"replace_draft": "true"})
    assert again == [303, 303]
    assert (refused.status_code, "Replace my draft" in refused.text) == (409, True)
    assert replaced.headers["location"].endswith(f"line={second['line_id']}")


async def test_an_auditor_sees_identifiers_masked_and_orders_nothing(office: ApiTenant) -> None:
    report = await report_of(office)
    changed = plain_lines(report)[0]
    changed["sim"] = "8901410321111851073"
    async with await office.client("Priya") as client:
        await compared(client, report)
    async with await office.client("Iris") as client:
        (found,) = await differences(client)
    async with await office.browser("Iris") as browser:
        page = (await browser.get(f"{PAGE}/1")).text
    assert found["theirs"] == [f"{'•' * 15}1073"]
    assert found["mdn"].startswith("••")
    assert found["fix"] is None
    assert "8901410321111851073" not in page
    assert f"{PAGE}/differences/" not in page


@pytest.mark.slow
async def test_five_thousand_lines_are_compared_within_ten_seconds(office: ApiTenant) -> None:
    jordan = await office.row("Jordan")
    key: dict[str, Any] = {
        "tenant": "acme",
        "carrier": "northwind",
        "carrier_account": BAN,
        "account_id": jordan.account_id,
    }
    async with office.database.transaction() as session:
        for number in range(5000):
            session.add(
                LineRow(id=new_id(), **key, status="active", plan="NW-UNLIMITED", mdn=f"+1212{2000000 + number}")
            )
    report: Report = [
        {"account_number": BAN, "phone_number": f"+1212{2000000 + number}", "plan": "PO-NW-UNLIMITED"}
        for number in range(5000)
    ]
    for planted in report[::100]:
        planted["plan"] = "PO-NW-FLEX-2"
    async with await office.client("Priya") as client:
        started = perf_counter()
        run = await compared(client, report)
        seconds = perf_counter() - started
    assert run["counts"]["plan"] == 50
    assert seconds < 10
