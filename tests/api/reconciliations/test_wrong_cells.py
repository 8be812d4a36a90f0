"""What a report's rows could not be read for: counted in the list, and the first of them shown."""

from tests.api.api_client import ApiTenant
from tests.api.signed_out_browser import HTML

API = "/api/v1/reconciliations"


async def test_a_list_of_reports_counts_the_cells_that_could_not_be_read(office: ApiTenant) -> None:
    rows = "287301190,nonsense\n" * 150
    async with await office.client("Priya") as client:
        sent = await client.post(API, params={"carrier": "northwind"}, content=f"account_number,phone_number\n{rows}")
        (listed,) = (await client.get(API)).json()
        shown = (await client.get(f"{API}/{listed['number']}")).json()
    async with await office.browser("Priya") as browser:
        page = (await browser.get(f"/admin/reconciliation/{listed['number']}", headers=HTML)).text
    assert ("wrong" in listed, listed["wrong_cells"]) == (False, 150)
    assert (len(shown["wrong"]), shown["wrong_cells"], sent.json()) == (100, 150, shown)
    assert "Showing the first 100 of 150." in page
