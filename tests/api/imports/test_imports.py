"""Files that admins import, undo and export, by API and page."""

import asyncio
import re
import threading
from typing import Any

import httpx2
import pytest

from models import csv_file
from tests.api.api_client import ApiTenant, code
from tests.api.signed_out_browser import HTML

PATH, PAGE = "/api/v1/imports", "/admin/imports"
PEOPLE = (
    "employee_number,name,email,manager\n"
    "A9001,Café Ödegård,cafe@acme.example.com,dana.ortiz@acme.example.com\n"
    "3.59E+14,Bo Diaz,bo@acme.example.com,\n"
    "A9003,Cy Fox,cy@acme.example.com,A9999\n"
)


async def checked(client: httpx2.AsyncClient, text: str, kind: str = "people") -> dict[str, Any]:
    answer = await client.post(PATH, params={"kind": kind, "file_name": "new.csv"}, content=text.encode())
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def applied(client: httpx2.AsyncClient, text: str, kind: str = "people") -> dict[str, Any]:
    check = await checked(client, text, kind)
    answer = await client.post(f"{PATH}/{check['number']}/apply", json={"digest": check["digest"]})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_a_file_is_checked_before_it_changes_anything(office: ApiTenant) -> None:
    async with await office.browser("Priya") as client:
        check = await checked(client, PEOPLE)
        rows = (await client.get(f"{PATH}/{check['number']}/rows")).json()
        people = (await client.get("/api/v1/people?q=Ödegård")).json()
    assert (check["state"], check["checked_by"], people) == ("checked", "Priya Raman", [])
    assert {outcome: count for outcome, count in check["counts"].items() if count} == {
        "new": 1,
        "error": 1,
        "unknown_person": 1,
    }
    assert [(row["row"], row["outcome"], row["key"]) for row in rows] == [
        (2, "new", "A9001"),
        (3, "error", ""),
        (4, "unknown_person", "A9003"),
    ]
    assert {"column": "manager", "before": "", "after": "A1006"} in rows[0]["changes"]
    columns = [one["column"] for one in rows[0]["changes"]]
    assert columns[:4] == ["employee_number", "name", "email", "manager"]
    assert rows[1]["wrong"][0]["column"] == "employee_number"
    assert rows[1]["wrong"][0]["detail"].startswith("Your spreadsheet shortened this number.")


async def test_an_import_is_applied_once_recorded_and_undone_by_its_number(office: ApiTenant) -> None:
    async with await office.browser("Priya") as client:
        done = await applied(client, PEOPLE)
        again = await client.post(f"{PATH}/{done['number']}/apply", json={"digest": done["digest"]})
        found = (await client.get("/api/v1/people?q=Odegard")).json()
        undone = await client.post(f"{PATH}/{done['number']}/undo")
        left = (await client.get("/api/v1/people?q=Odegard")).json()
        events = (await client.get("/api/v1/audit")).json()["items"]
    assert (done["state"], done["applied_by"]) == ("applied", "Priya Raman")
    assert code(again) == (409, "ACTION_NOT_ALLOWED")
    assert [person["name"] for person in found] == ["Café Ödegård"]
    assert (undone.json()["state"], left) == ("undone", [])
    assert [(event["action"], event["detail"]["file"]) for event in events[:2]] == [
        ("import_undone", "new.csv"),
        ("import_applied", "new.csv"),
    ]


async def test_what_has_changed_since_the_check_is_shown_anew(office: ApiTenant) -> None:
    async with await office.browser("Priya") as client:
        first, second = [
            await checked(client, f"employee_number,title\nA1006,{title}\n") for title in ("Sales Lead", "Director")
        ]
        await client.post(f"{PATH}/{first['number']}/apply", json={"digest": first["digest"]})
        stale = await client.post(f"{PATH}/{second['number']}/apply", json={"digest": second["digest"]})
        (row,) = (await client.get(f"{PATH}/{second['number']}/rows")).json()
        digest = stale.json()["facts"]["digest"]
        fresh = await client.post(f"{PATH}/{second['number']}/apply", json={"digest": digest})
    assert code(stale) == (409, "IMPORT_STALE")
    assert row["changes"] == [{"column": "title", "before": "Sales Lead", "after": "Director"}]
    assert fresh.json()["state"] == "applied"


async def test_an_import_on_which_something_was_ordered_stays(office: ApiTenant) -> None:
    async with await office.browser("Priya") as client:
        done = await applied(client, "employee_number,title\nA1012,Senior Account Executive\n")
        await office.order("Jordan")
        refused = await client.post(f"{PATH}/{done['number']}/undo")
    assert code(refused) == (409, "ACTION_NOT_ALLOWED")
    assert refused.json()["errors"][0]["code"] == "ORDERED_SINCE"
    assert refused.json()["detail"] == f"Import {done['number']} can't be undone: Something was ordered on A1012 since."


async def test_an_import_that_an_answer_of_an_order_names_stays(office: ApiTenant) -> None:
    async with await office.browser("Priya") as client:
        sold, unsold = [
            await applied(client, f"sku,name\n{sku},New name\n", "catalog") for sku in ("IPHONE-17-256", "NW-ROAM-NA")
        ]
        await office.order("Jordan")
        refused, undone = [await client.post(f"{PATH}/{one['number']}/undo") for one in (sold, unsold)]
    assert refused.json()["errors"][0]["code"] == "ORDERED_SINCE"
    assert undone.json()["state"] == "undone"


async def test_a_file_is_read_beside_other_requests(office: ApiTenant, monkeypatch: pytest.MonkeyPatch) -> None:
    threads, read = [], csv_file.read

    def read_in(content: bytes) -> list[csv_file.CsvRow]:
        threads.append(threading.current_thread())
        return read(content)

    monkeypatch.setattr(csv_file, "read", read_in)
    async with await office.browser("Priya") as client:
        await applied(client, PEOPLE)
        report = {"carrier": "northwind", "file_name": "report.csv"}
        await client.post("/api/v1/reconciliations", params=report, content=b"account_number,phone_number\n")
    assert len(threads) == 3  # checked, applied, compared
    assert threading.current_thread() not in threads


async def test_an_import_that_something_else_names_stays(office: ApiTenant) -> None:
    async with await office.browser("Priya") as client:
        accounts = await applied(client, "number,name,parent\nFA-9001,Night shift,FA-1000\n", "accounts")
        await applied(client, "employee_number,name,email,account\nA9001,Bo Diaz,bo@acme.example.com,FA-9001\n")
        refused = await client.post(f"{PATH}/{accounts['number']}/undo")
    assert code(refused) == (409, "ACTION_NOT_ALLOWED")
    assert refused.json()["detail"].startswith("Other records use what this import added.")


async def test_two_imports_at_once_get_numbers_of_their_own(office: ApiTenant) -> None:
    async with await office.browser("Priya") as client:
        found = await asyncio.gather(*(checked(client, PEOPLE) for _ in range(3)))
        listed = (await client.get(PATH, params={"limit": 2})).json()
    first, second, third = sorted(one["number"] for one in found)
    assert (second, third) == (first + 1, first + 2)
    assert [one["number"] for one in listed] == [third, second]


async def test_applying_takes_a_recent_second_factor(office: ApiTenant) -> None:
    async with await office.browser("Priya", stepped_up=False) as client:
        check = await checked(client, PEOPLE)
        answer = await client.post(f"{PATH}/{check['number']}/apply", json={"digest": check["digest"]})
        page = await client.post(f"{PAGE}/{check['number']}/apply", data={"digest": check["digest"]}, headers=HTML)
    assert code(answer) == (403, "STEP_UP_REQUIRED")
    assert (page.status_code, page.headers["location"].partition("?")[0]) == (303, "/step-up")


async def test_exporting_takes_a_recent_second_factor(office: ApiTenant) -> None:
    async with await office.browser("Priya", stepped_up=False) as client:
        answer = await client.post("/api/v1/import-kinds/people/export")
        page = await client.post(f"{PAGE}/kinds/people/export", headers=HTML)
        events = (await client.get("/api/v1/audit?action=exported")).json()["items"]
    assert (code(answer), events) == ((403, "STEP_UP_REQUIRED"), [])
    assert (page.status_code, page.headers["location"].partition("?")[0]) == (303, "/step-up")


@pytest.mark.parametrize("kind", ["people", "devices", "lines"])
async def test_an_export_imports_without_changes(office: ApiTenant, kind: str) -> None:
    async with await office.browser("Priya") as client:
        file = await client.post(f"/api/v1/import-kinds/{kind}/export")
        page = await client.post(f"{PAGE}/kinds/{kind}/export")
        events = (await client.get("/api/v1/audit?action=exported")).json()["items"]
        check = await checked(client, file.text, kind)
    assert file.headers["content-type"] == "text/csv; charset=utf-8"
    assert file.headers["content-disposition"] == f'attachment; filename="{kind}.csv"'
    assert page.text == file.text
    assert {outcome for outcome, count in check["counts"].items() if count} == {"unchanged"}
    assert [(event["actor_name"], event["detail"]["kind"]) for event in events] == [("Priya Raman", kind)] * 2


async def test_an_example_is_downloaded_with_its_columns(office: ApiTenant) -> None:
    async with await office.browser("Priya") as client:
        example = await client.get("/api/v1/import-kinds/people/example")
        (people,) = [one for one in (await client.get("/api/v1/import-kinds")).json() if one["code"] == "people"]
        unknown = await client.get("/api/v1/import-kinds/nothing/example")
    first, header, _ = example.text.splitlines()
    assert first == "\ufeffdialtone,people,1"
    assert header.split(",") == [column["name"] for column in people["columns"]]
    assert unknown.status_code == 404


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"PK\x03\x04", "This is an Excel workbook"),
        (b"", "This file is empty."),
        (b"a" * 10_000_001, "This file is larger than 10 MB"),
    ],
)
async def test_a_file_that_cannot_be_read_is_refused(office: ApiTenant, content: bytes, says: str) -> None:
    async with await office.browser("Priya") as client:
        answer = await client.post(PATH, params={"kind": "people"}, content=content)
        page = await client.post(PAGE, data={"kind": "people"}, files={"file": ("a.csv", content)}, headers=HTML)
    assert (code(answer), answer.json()["field"]) == ((422, "INVALID_REQUEST"), "file")
    assert answer.json()["detail"].startswith(says)
    assert (page.status_code, says in page.text) == (422, True)


async def test_an_admin_checks_applies_and_undoes_a_file_on_the_page(office: ApiTenant) -> None:
    async with await office.browser("Priya") as client:
        upload = {"file": ("new.csv", PEOPLE.encode())}
        sent = await client.post(PAGE, data={"kind": "people"}, files=upload, headers=HTML)
        place = sent.headers["location"]
        shown = await client.get(place, headers=HTML)
        digest = re.search(r'name="digest" value="(\w+)"', shown.text)
        assert digest is not None
        done = await client.post(f"{place}/apply", data={"digest": digest[1]}, headers=HTML)
        after = await client.get(place, headers=HTML)
        undone = await client.post(f"{place}/undo", headers=HTML)
        again = await client.post(f"{place}/undo", headers=HTML)
        listed = await client.get(PAGE, headers=HTML)
    assert "Your spreadsheet shortened this number." in shown.text
    assert "There is no person A9999." in shown.text
    assert "Import 1 row" in shown.text
    assert (done.status_code, "Undo this import" in after.text, undone.status_code) == (303, True, 303)
    assert (again.status_code, "isn&#39;t applied" in again.text) == (409, True)
    assert "1 to import, 2 left out" in listed.text


async def test_a_page_without_a_file_says_so(office: ApiTenant) -> None:
    async with await office.browser("Priya") as client:
        page = await client.post(PAGE, data={"kind": "people"}, headers=HTML)
    assert (page.status_code, "Choose a file." in page.text) == (422, True)


async def test_a_kit_of_a_file_has_what_the_page_accepts(office: ApiTenant) -> None:
    kits = "name,device,plan,accessories\nField,IPHONE-17-256,NW-UNLIMITED,\nDesk,IPHONE-17-256,{plan},\n"
    async with await office.browser("Priya") as client:
        catalog = (await client.post("/api/v1/import-kinds/catalog/export")).text
        other = next(line.split(",")[0] for line in catalog.splitlines() if ",plan," in line and ",bluepeak," in line)
        body = {"name": "Desk", "device": "IPHONE-17-256", "plan": other}
        page = await client.post("/api/v1/kits", json=body)
        check = await checked(client, kits.format(plan=other), "kits")
        rows = (await client.get(f"{PATH}/{check['number']}/rows", params={"outcome": "conflict"})).json()
    assert code(page) == (422, "INVALID_REQUEST")
    assert [(row["row"], row["wrong"]) for row in rows] == [
        (3, [{"column": page.json()["field"], "detail": page.json()["detail"]}])
    ]
