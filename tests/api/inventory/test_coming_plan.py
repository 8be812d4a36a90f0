"""The page of a line shows the plan that it is about to get, and when."""

from datetime import date
from typing import Any

from sqlmodel import col, select, update

from models.dates import billing_cycle
from models.db.accounts.tables import CarrierAccountRow
from models.db.inventory.tables import LineRow
from models.db.orders.tables import OrderRow
from models.db.session import utc_now
from models.facts import Policy
from models.formatting import day
from policies.deadlines import local_day
from tests.api.api_client import ApiTenant
from tests.api.inventory.test_line_times import shown
from tests.api.orders.test_line_orders import line_of, submit


async def change_plan(office: ApiTenant, **answers: Any) -> tuple[LineRow, dict[str, Any]]:
    """Aaron orders a smaller plan, which needs no approval."""
    line = await line_of(office, "Aaron")
    body = {"type": "PLAN_CHANGE", "answers": {"plan": f"{line.plan[:2]}-FLEX-2", **answers}}
    answer = await submit(office, "Aaron", body, line.id, "/api/v1/orders")
    assert answer.status_code == 201, answer.text
    return line, answer.json()


async def approved(office: ApiTenant, order: dict[str, Any], status: str = "SCHEDULED") -> None:
    async with office.database.transaction() as session:
        await session.exec(update(OrderRow).where(col(OrderRow.id) == order["id"]).values(status=status))


async def next_cycle(office: ApiTenant, line: LineRow) -> date:
    async with office.database.transaction() as session:
        days = select(CarrierAccountRow.cycle_day).where(col(CarrierAccountRow.number) == line.carrier_account)
        cycle_day = await session.first(days)
    assert cycle_day is not None
    return billing_cycle(local_day(Policy(), utc_now()), cycle_day)[1]


async def test_a_line_shows_the_coming_plan_and_its_day_and_keeps_its_own_until_then(office: ApiTenant) -> None:
    line, order = await change_plan(office)
    details, page = await shown(office, line.id, "Aaron")
    assert details["coming_plan"] is None, "before the order is approved"
    await approved(office, order)
    details, page = await shown(office, line.id, "Aaron")
    starts = await next_cycle(office, line)
    assert details["plan"]["sku"] == line.plan
    assert details["coming_plan"]["plan"]["sku"] == f"{line.plan[:2]}-FLEX-2"
    assert (details["coming_plan"]["starts_on"], details["coming_plan"]["order"]) == (str(starts), order["number"])
    assert f"Flex 2 GB from {day(starts)}" in page
    assert f'href="/orders/{order["number"]}"' in page


async def test_a_plan_that_changes_right_away_has_no_day(office: ApiTenant) -> None:
    line, order = await change_plan(office, plan_starts="now")
    await approved(office, order, "IN_FULFILLMENT")
    details, page = await shown(office, line.id, "Aaron")
    assert details["coming_plan"]["starts_on"] is None
    assert "Next plan" in page


async def test_the_form_asks_when_the_plan_changes_beside_the_start_date(office: ApiTenant) -> None:
    line = await line_of(office, "Aaron")
    async with await office.client("Aaron") as client:
        form = (await client.get(f"/order/PLAN_CHANGE?line={line.id}", headers={"Accept": "text/html"})).text
    shown, _, folded = form.partition("More options")
    assert 'name="answers.plan_starts"' in shown
    assert 'name="answers.plan_starts"' not in folded
    assert "With the next billing cycle (default)" in shown
    assert day(await next_cycle(office, line)) in shown
    assert "Leave blank unless you choose the start date above." in shown


async def test_the_quote_says_on_which_day_the_carrier_gets_the_order(office: ApiTenant) -> None:
    line = await line_of(office, "Aaron")
    body = {"type": "PLAN_CHANGE", "answers": {"plan": f"{line.plan[:2]}-FLEX-2"}}
    quote = (await submit(office, "Aaron", body, line.id)).json()
    starts = day(await next_cycle(office, line))
    assert quote["next"] == f"No approval needed. We'll send it to the carrier on {starts}."
