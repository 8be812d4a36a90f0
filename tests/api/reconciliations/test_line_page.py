"""The page of a line, with what its carrier reports otherwise."""

from tests.api.api_client import ApiTenant
from tests.api.reconciliations.test_reconciliations import compared, line_with, plain_lines, report_of


async def test_the_page_of_a_line_shows_what_the_carrier_reports_of_it(office: ApiTenant) -> None:
    heading = "The carrier reports something else"
    report = await report_of(office)
    changed, same = plain_lines(report)[:2]
    changed["plan"] = "PO-NW-FLEX-2"
    async with await office.browser("Priya") as admin, await office.browser("Theo") as agent:
        await compared(admin, report)
        line, other = [await line_with(office, one["phone_number"]) for one in (changed, same)]
        of_admin, of_agent = [(await one.get(f"/lines/{line.id}")).text for one in (admin, agent)]
        of_other = (await admin.get(f"/lines/{other.id}")).text
    assert "Northwind Business Flex 2 GB" in of_admin.split(heading)[1].split("</table>", maxsplit=1)[0]
    assert "Order history" in of_agent
    assert heading not in of_agent + of_other
