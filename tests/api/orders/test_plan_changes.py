"""Orders that replace the plan of a line: what is shown says the difference, and no approval is a result too."""

from decimal import Decimal
from typing import Any

import pytest
from sqlmodel import col, update

from activities.rule import RuleActivities, RuleInput
from api.app import create_app
from models.db.catalog.tables import ProductRow
from models.db.inventory.tables import LineRow
from models.db.session import Database, utc_now
from models.order import OrderRef
from tests.api.api_client import ApiTenant, RecordingDispatcher
from tests.api.conftest import services
from tests.api.orders.test_line_orders import line_of, submit
from tests.policies.sample_facts import PLAN_CHANGE
from workflows.order_type_registry import order_types_by_code

ORDERS, HTML = "/api/v1/orders", {"Accept": "text/html"}


@pytest.fixture
async def office(company: Database) -> ApiTenant:
    """The office with an order type that changes plans; every line has the plan that costs $32.00."""
    async with company.transaction() as session:
        await session.exec(update(LineRow).where(col(LineRow.carrier) == "northwind").values(plan="NW-UNLIMITED"))
        await session.exec(update(LineRow).where(col(LineRow.carrier) == "bluepeak").values(plan="BP-UNLIMITED"))
    order_types = {**order_types_by_code(), PLAN_CHANGE.code: PLAN_CHANGE}
    dispatcher = RecordingDispatcher()
    return ApiTenant(create_app(await services(company, dispatcher, order_types=order_types)), company, dispatcher)


async def change(office: ApiTenant, plan: str, path: str = ORDERS) -> Any:
    """Aaron orders another plan for his line."""
    line = await line_of(office, "Aaron")
    sku = f"{'NW' if line.carrier == 'northwind' else 'BP'}-{plan}"
    answer = await submit(office, "Aaron", {"type": PLAN_CHANGE.code, "answers": {"plan": sku}}, line.id, path)
    assert answer.status_code in {200, 201}, answer.text
    return answer.json()


async def page(office: ApiTenant, name: str, path: str) -> str:
    async with await office.client(name) as client:
        return (await client.get(path, headers=HTML)).text


async def test_a_quote_says_the_difference_and_the_rule(office: ApiTenant) -> None:
    quote = await change(office, "FLEX-10", f"{ORDERS}?dry_run=true")
    assert quote["summary"].endswith(": $7.00 less per month.")
    assert quote["price"] == {
        "one_time": "0.00", "monthly": "25.00", "monthly_before": "32.00", "term_total": "-168.00", "term_months": 24,
        "currency": "USD",
    }  # fmt: skip
    assert (quote["items"][0]["monthly"], quote["items"][0]["monthly_before"]) == ("25.00", "32.00")
    assert (quote["approvals"], quote["next"]) == (
        [],
        "No approval needed. We'll send it to the carrier right away.",
    )
    assert quote["decided_by"].endswith(": no approval needed, because the order adds no cost")


async def test_the_present_plan_costs_nothing_more(office: ApiTenant) -> None:
    quote = await change(office, "UNLIMITED", f"{ORDERS}?dry_run=true")
    assert quote["summary"].endswith(": No change to the monthly charge.")


async def test_an_order_keeps_both_prices_and_its_page_says_the_difference(office: ApiTenant) -> None:
    order = await change(office, "UNLIMITED-PLUS")
    assert (order["price"]["monthly"], order["price"]["monthly_before"]) == ("44.00", "32.00")
    assert (order["items"][0]["monthly"], order["items"][0]["monthly_before"]) == ("44.00", "32.00")
    assert "$12.00 more per month" in await page(office, "Aaron", f"/orders/{order['number']}")
    assert "$12.00 more per month" in await page(office, "Aaron", "/orders")


async def test_an_approver_sees_the_difference(office: ApiTenant) -> None:
    order = await change(office, "UNLIMITED-PLUS")
    (approval,) = await office.request_approval(order, "Dana")
    for path in ("/", "/approvals", f"/approvals/{approval}"):
        assert "$12.00 more per month" in await page(office, "Dana", path)


async def test_a_form_says_the_difference_though_the_present_plan_cannot_be_chosen(office: ApiTenant) -> None:
    line = await line_of(office, "Aaron")
    async with office.database.transaction() as session:
        await session.exec(update(ProductRow).where(col(ProductRow.sku) == line.plan).values(groups=["executives"]))
    async with await office.client("Aaron") as client:
        fields = {"items": "1", "items.0.line": line.id, "items.0.plan": f"{line.plan[:2]}-FLEX-10"}
        form = await client.post(f"/order/{PLAN_CHANGE.code}/update", data=fields, headers=HTML)
    assert "$7.00 less per month" in form.text
    assert "No approval needed." in form.text


async def test_the_activity_names_the_rule_by_which_no_one_approved(office: ApiTenant) -> None:
    order = await change(office, "FLEX-10")
    ref = OrderRef(tenant="acme", id=order["id"])
    result = await RuleActivities(office.database).rule(RuleInput(ref=ref, seq=2, at=utc_now()))
    assert (result.ruling.plan, result.deadlines) == ((), None)
    shown = await page(office, "Aaron", f"/orders/{order['number']}")
    assert "<strong>Approved</strong>" in shown
    assert "Policy v1: no approval needed, because the order adds no cost" in shown
    assert "Not needed" in shown


async def test_an_approver_reads_which_features_end_and_who_accepted_it(company: Database) -> None:
    dispatcher = RecordingDispatcher()
    office = ApiTenant(create_app(await services(company, dispatcher)), company, dispatcher)
    line = await line_of(office, "Aaron")
    async with office.database.transaction() as session:
        feature = ProductRow(
            tenant="acme", sku="OLD-ADD-ON", kind="feature", name="Old add-on", carrier=line.carrier, fits=[line.plan],
            one_time=Decimal(0), monthly=Decimal(1),
        )  # fmt: skip
        session.add(feature)
        (await session.get_one(LineRow, ("acme", line.id))).features = [feature.sku]
    answers = {"plan": f"{line.plan[:2]}-FLEX-10", "lost_features": True}
    order = await submit(office, "Aaron", {"type": "PLAN_CHANGE", "answers": answers}, line.id, ORDERS)
    (approval,) = await office.request_approval(order.json(), "Dana")
    for path in (f"/approvals/{approval}", f"/orders/{order.json()['number']}"):
        shown = await page(office, "Dana", path)
        assert "Features that end" in shown
        assert "Old add-on (accepted by Aaron Abbott)" in shown
