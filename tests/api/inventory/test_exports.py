"""Lists of lines and devices as CSV files."""

import csv
import io

import httpx2
import pytest
from sqlmodel import col, select, update

from models.db.inventory.tables import LineRow
from models.db.people.tables import PersonRow
from tests.api.api_client import ApiTenant
from tests.api.signed_out_browser import HTML


def rows(answer: httpx2.Response) -> list[dict[str, str]]:
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    return list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"))))


async def counted(client: httpx2.AsyncClient, name: str, query: str) -> int:
    found, cursor = 0, ""
    while True:
        page = (await client.get(f"/api/v1/{name}?{query}{cursor}")).json()
        found += len(page["items"])
        if not page["next_cursor"]:
            return found
        cursor = f"&cursor={page['next_cursor']}"


@pytest.mark.parametrize("name", ["lines", "devices"])
@pytest.mark.parametrize("person", ["Priya", "Dana", "Peter", "Iris"])
async def test_a_file_has_all_that_the_person_sees(office: ApiTenant, name: str, person: str) -> None:
    async with await office.browser(person) as client:
        answer = await client.get(f"/{name}.csv?status=active")
        expected = await counted(client, name, "status=active")
    assert answer.headers["content-disposition"] == f'attachment; filename="{name}.csv"'
    assert len(rows(answer)) == expected > 0
    assert {row["status"] for row in rows(answer)} == {"active"}


async def test_a_file_shows_no_more_of_an_identifier_than_the_list(office: ApiTenant) -> None:
    async with await office.browser("Iris") as client:
        seen = {row["imei"] for row in rows(await client.get("/devices.csv"))}
        listed = (await client.get("/api/v1/devices?limit=1")).json()["items"][0]["imei"]
    assert listed.startswith("•")
    assert all(imei.startswith("•") for imei in seen)


async def test_the_page_links_to_the_file_with_its_filters(office: ApiTenant) -> None:
    async with await office.browser("Priya") as client:
        page = await client.get("/lines?status=suspended&q=", headers=HTML)
        wrong = await client.get("/lines.csv?carrier=northwnd")
    assert 'href="/lines.csv?status=suspended" download' in page.text
    assert wrong.status_code == 422


async def test_a_formula_in_a_name_is_written_as_text(office: ApiTenant) -> None:
    async with office.database.transaction() as session:
        line = (await session.exec(select(LineRow).where(col(LineRow.person_id).is_not(None)).limit(1))).one()
        named = update(PersonRow).where(col(PersonRow.id) == line.person_id)
        await session.exec(named.values(name="=HYPERLINK(1)"))
    async with await office.browser("Priya") as client:
        names = {row["assigned_to"] for row in rows(await client.get("/lines.csv"))}
    assert "'=HYPERLINK(1)" in names
