"""The list of orders as a CSV file."""

import csv
import io

from tests.api.api_client import ApiTenant
from tests.api.signed_out_browser import HTML


async def test_the_file_has_the_orders_of_the_list_with_its_filters(office: ApiTenant) -> None:
    first = await office.order("Jordan")
    second = await office.order("Dana")
    async with await office.browser("Priya") as client:
        everything = (await client.get("/orders.csv")).text.removeprefix("\ufeff")
        found = (await client.get("/orders.csv?q=jordan")).text
        page = await client.get("/orders?q=jordan", headers=HTML)
    async with await office.browser("Nadia") as client:
        others = (await client.get("/orders.csv")).text
    rows = list(csv.DictReader(io.StringIO(everything)))
    assert [row["order"] for row in rows] == [second["number"], first["number"]]
    assert (rows[1]["requester"], rows[1]["status"], rows[1]["account"]) == ("Jordan Blake", "VALIDATING", "FA-1110")
    assert (first["number"] in found, second["number"] in found) == (True, False)
    assert 'href="/orders.csv?q=jordan" download' in page.text
    assert len(others.splitlines()) == 1
