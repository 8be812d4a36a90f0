"""The facts about plans: how often those of lines have changed, and how many lines share them."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import col, update

from models.db.accounts.tables import CarrierAccountRow
from models.db.catalog.tables import ProductRow
from models.db.facts.base import for_request
from models.db.inventory.tables import InventoryChangeRow, LineRow
from models.db.orders.tables import ItemRow, OrderRow
from models.db.session import Database, utc_now
from models.facts import Facts
from models.optional_facts.plan_change import PLAN_CHANGES, PLANS_IN_USE, PlanChanges, PlanInUse
from models.order import Order, OrderRequest
from tests import factories
from workflows.order_type_registry import order_type

TYPE = order_type("PLAN_CHANGE")
ACCOUNT = (factories.CARRIER, factories.CARRIER_ACCOUNT)


@pytest.fixture
async def company(database: Database) -> Database:
    """Three lines' billing account allows two plan changes a month, and the plan of every line needs two lines."""
    await factories.create_company(database)
    async with database.transaction() as session:
        await session.exec(update(CarrierAccountRow).values(plan_changes_a_month=2, one_plan_change_a_cycle=True))
        pool = update(ProductRow).where(col(ProductRow.sku) == factories.PRESENT_PLAN)
        await session.exec(pool.values(pool_minimum=2))
        shared = update(ProductRow).where(col(ProductRow.sku) == "PLAN-1")
        await session.exec(shared.values(shared_primary=factories.PRESENT_PLAN))
    return database


async def lines(database: Database, number: int) -> list[str]:
    async with database.transaction() as session:
        return [await factories.create_line(session) for _ in range(number)]


async def facts(database: Database, line_ids: Sequence[str], order_id: str | None = None) -> Facts:
    request = OrderRequest(
        tenant=factories.TENANT,
        type=TYPE,
        requester_id=factories.REQUESTER,
        beneficiary=None,
        answers={},
        items=tuple({"line": line_id, "plan": "PLAN-1"} for line_id in line_ids),
        order_id=order_id,
    )
    async with database.transaction() as session:
        return await for_request(session, request, needs=(PLAN_CHANGES, PLANS_IN_USE))


async def record(
    database: Database, order: Order, before: str | None, after: str, **differs: Any
) -> InventoryChangeRow:
    """A change of the inventory by the order's item, from one plan to another."""
    item = order.items[0]
    row = InventoryChangeRow(
        tenant=order.tenant, order_id=order.id, item_id=item.id, line_id=item.line_id,
        before={"line": {"plan": before} if before else None}, after={"line": {"plan": after}},
        **{"kind": "apply", "at": utc_now(), **differs},
    )  # fmt: skip
    async with database.transaction() as session:
        session.add(row)
    return row


async def order_of(database: Database, line_id: str) -> Order:
    return await factories.create_order(database, factories.OrderSpec(type=TYPE, line_ids=(line_id,)))


async def test_the_changes_of_a_plan_are_those_of_the_past_month(company: Database) -> None:
    (line_id,) = await lines(company, 1)
    assert PLAN_CHANGES.of(await facts(company, [line_id])) == {
        line_id: PlanChanges(cycle_day=18, a_month=2, one_a_cycle=True)
    }
    order = await order_of(company, line_id)
    recent = await record(company, order, "PLAN-0", "PLAN-1", at=utc_now() - timedelta(days=30))
    accepted = await record(company, order, "PLAN-1", "PLAN-0", kind="accept")
    await record(company, order, "PLAN-0", "PLAN-1", kind="undo")
    assert PLAN_CHANGES.of(await facts(company, [line_id]))[line_id].changed_at == (recent.at, accepted.at)
    assert PLAN_CHANGES.of(await facts(company, [line_id], order.id))[line_id].changed_at == ()


@pytest.mark.parametrize(
    ("before", "after", "age"),
    [("PLAN-0", "PLAN-0", 0), (None, "PLAN-0", 0), ("PLAN-0", "PLAN-1", 33)],
    ids=["another change", "a new line", "long ago"],
)
async def test_what_is_no_recent_change_of_the_plan_is_left_out(
    company: Database, before: str | None, after: str, age: int
) -> None:
    line_id, other = await lines(company, 2)
    await record(company, await order_of(company, line_id), before, after, at=utc_now() - timedelta(days=age))
    await record(company, await order_of(company, other), "PLAN-0", "PLAN-1")
    assert PLAN_CHANGES.of(await facts(company, [line_id]))[line_id].changed_at == ()


async def test_a_line_whose_carrier_sets_no_limit_is_left_out(company: Database) -> None:
    line_ids = await lines(company, 1)
    async with company.transaction() as session:
        await session.exec(update(CarrierAccountRow).values(plan_changes_a_month=None, one_plan_change_a_cycle=False))
    assert PLAN_CHANGES.of(await facts(company, line_ids)) == {}


async def test_the_lines_of_a_plan_are_those_that_the_carrier_serves(company: Database) -> None:
    line_ids = await lines(company, 5)
    statuses = ("suspended", "pending", "terminated")
    async with company.transaction() as session:
        for line_id, status in zip(line_ids, statuses, strict=False):
            (await session.get_one(LineRow, (factories.TENANT, line_id))).status = status
        (await session.get_one(LineRow, (factories.TENANT, line_ids[3]))).plan = "PLAN-1"
    assert PLANS_IN_USE.of(await facts(company, line_ids[4:])) == {
        ACCOUNT: {
            "PLAN-0": PlanInUse(name="Plan-0", lines=2, pool_minimum=2),
            "PLAN-1": PlanInUse(name="Plan-1", lines=1, shared_primary="PLAN-0"),
        }
    }


async def test_the_lines_of_another_billing_account_share_nothing(company: Database) -> None:
    line_ids = await lines(company, 2)
    async with company.transaction() as session:
        other = CarrierAccountRow(
            tenant=factories.TENANT, carrier="bluepeak", number="9400", account_id=factories.ACCOUNT,
            name_on_bill="Tiny", billing_zip="60601", cycle_day=1,
        )  # fmt: skip
        session.add(other)
        await session.flush()
        moved = await session.get_one(LineRow, (factories.TENANT, line_ids[1]))
        moved.carrier, moved.carrier_account = other.carrier, other.number
    assert PLANS_IN_USE.of(await facts(company, line_ids[:1]))[ACCOUNT]["PLAN-0"].lines == 1


async def test_a_line_that_an_earlier_order_moves_to_another_plan_has_left(company: Database) -> None:
    """Unless the order or its item has ended; a later order does not count, so that of two one is carried out."""
    first, second, third = await lines(company, 3)
    earlier, later = await order_of(company, first), await order_of(company, second)

    async def staying(line_id: str, order_id: str | None = None) -> int:
        return PLANS_IN_USE.of(await facts(company, [line_id], order_id))[ACCOUNT]["PLAN-0"].lines

    assert await staying(third) == 1
    assert (await staying(first, earlier.id), await staying(second, later.id)) == (3, 2)
    async with company.transaction() as session:
        ended = update(ItemRow).where(col(ItemRow.order_id) == earlier.id)
        await session.exec(ended.values(state="declined"))
    assert await staying(third) == 2
    async with company.transaction() as session:
        await session.exec(update(OrderRow).where(col(OrderRow.id) == later.id).values(closed_at=utc_now()))
    assert await staying(third) == 3


async def test_plans_that_are_not_shared_are_left_out_unless_a_line_of_the_order_has_them(company: Database) -> None:
    first, other = await lines(company, 2)
    async with company.transaction() as session:
        plain = await session.get_one(ProductRow, (factories.TENANT, "PLAN-1"))
        plain.shared_primary = None
        (await session.get_one(LineRow, (factories.TENANT, other))).plan = plain.sku
    assert list(PLANS_IN_USE.of(await facts(company, [first]))[ACCOUNT]) == ["PLAN-0"]
    of_both = PLANS_IN_USE.of(await facts(company, [first, other]))[ACCOUNT]
    assert of_both["PLAN-1"] == replace(of_both["PLAN-0"], name="Plan-1", pool_minimum=None)
