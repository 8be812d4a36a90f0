"""The price changes after the request: a rise beyond the tolerance goes back to the approver, anything else through."""

import re
from decimal import Decimal

import pytest
from sqlmodel import select, update

from models import formatting
from models.db.approvals.tables import ApprovalLinkRow, ApprovalRow
from models.db.catalog.tables import PriceRow
from models.db.orders.tables import EventRow
from models.lifecycle import Status
from models.order import Order
from tests import factories
from tests.api.api_client import ApiTenant
from tests.field.changing_company import approve_all, change
from tests.workflows.workflow_env import WorkflowEnv
from workflows.order_type_registry import order_type

PHONE = order_type("NEW_SERVICE_DEVICE")


async def asked_again(env: WorkflowEnv, order: Order) -> None:
    await env.until(order, lambda: env.events(order), lambda events: events.count("approval_needed") == 2)


@pytest.mark.fault("27")
@pytest.mark.parametrize(
    ("sku", "dearer"),
    [("PLAN-1", {"monthly": Decimal("82.00")}), ("PHONE-1", {"one_time": Decimal("149.00")})],
)
async def test_a_dearer_order_goes_back_to_its_approvers(
    env: WorkflowEnv, sku: str, dearer: dict[str, Decimal]
) -> None:
    order = await env.start_new(PHONE, until=Status.AWAITING_APPROVAL)
    await change(env, PriceRow, "sku", sku, **dearer)
    await env.approve(order)
    await asked_again(env, order)
    assert env.carrier.submissions == 0
    assert await env.pending_approvers(order) == [factories.MANAGER]
    (event,) = [one for one in await env.rows(EventRow, order) if one.event == "price_changed"]
    for name, price in dearer.items():
        assert Decimal(event.data["before"][name]) < Decimal(event.data["after"][name]) == price
    row = await env.row(order)
    assert {name: getattr(row, name) for name in dearer} == dearer

    await approve_all(env, order)
    await env.wait_for_status(order, Status.IN_FULFILLMENT)
    assert env.carrier.submissions == 1
    assert [one.round for one in await env.rows(ApprovalRow, order)].count(1) == 1


@pytest.mark.fault("27")
@pytest.mark.parametrize("monthly", ["12.00", "30.99", "31.00"])
async def test_a_fall_and_a_rise_within_the_tolerance_go_through(env: WorkflowEnv, monthly: str) -> None:
    order = await env.start_new(PHONE, until=Status.AWAITING_APPROVAL)
    await change(env, PriceRow, "sku", "PLAN-1", monthly=Decimal(monthly))
    await env.approve(order)
    await env.wait_for_status(order, Status.IN_FULFILLMENT)
    assert "price_changed" not in await env.events(order)


async def test_the_earlier_link_no_longer_works(env: WorkflowEnv) -> None:
    order = await env.start_new(PHONE, until=Status.AWAITING_APPROVAL)
    await change(env, PriceRow, "sku", "PLAN-1", monthly=Decimal("82.00"))
    await env.approve(order)
    await asked_again(env, order)
    async with env.database.transaction() as session:
        links = (await session.exec(select(ApprovalLinkRow).where(ApprovalLinkRow.order_id == order.id))).all()
    assert sorted(link.state for link in links) == ["live", "revoked"]


@pytest.mark.fault("27")
async def test_the_approver_reads_both_prices(office: ApiTenant) -> None:
    order = await office.order("Jordan")
    (approval,) = await office.request_approval(order, "Dana")
    async with office.database.transaction() as session:
        await session.exec(update(PriceRow).values(monthly=PriceRow.monthly + 50))
    async with await office.browser("Dana") as browser:
        page = await browser.get(f"/approvals/{approval}")
    before, after = formatting.money(Decimal(order["price"]["monthly"]), "USD"), "/month"
    assert re.search(rf"The price went up from [^<]*{re.escape(before)}{after} to ", page.text)
