"""The list of people as a CSV file."""

import csv
import io

from tests.api.api_client import ApiTenant
from tests.api.signed_out_browser import HTML


async def test_a_file_has_the_people_that_the_list_finds(office: ApiTenant) -> None:
    async with await office.browser("Priya") as client:
        page = await client.get("/people?q=dana", headers=HTML)
        one, every = [await client.get(f"/people.csv{query}") for query in ("?q=dana", "")]
        unknown = await client.get("/people.csv?name=dana")
    (dana,) = csv.DictReader(io.StringIO(one.text.removeprefix("\ufeff")))
    assert 'href="/people.csv?q=dana" download' in page.text
    assert one.headers["content-disposition"] == 'attachment; filename="people.csv"'
    assert (dana["name"], dana["employee_number"], dana["active"]) == ("Dana Ortiz", "A1006", "yes")
    assert len(every.text.splitlines()) > 20
    assert unknown.status_code == 422


async def test_who_looks_up_nobody_gets_no_file(office: ApiTenant) -> None:
    async with await office.browser("Jordan") as client:
        assert (await client.get("/people.csv")).status_code == 403
