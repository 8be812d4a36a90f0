"""The lines a request names: what is loaded with them, and the products on them."""

from decimal import Decimal
from typing import Any

import pytest
from sqlmodel import col, update

from models.db.catalog.tables import ProductRow
from models.db.facts.base import for_request
from models.db.inventory.tables import LineRow
from models.db.session import Database
from models.facts import Facts
from models.holder import Holder
from models.order import OrderRequest
from models.order_type import OrderType
from models.questions.products import PLAN
from policies.choices import choices, offered
from policies.eligibility import needs
from tests import factories
from tests.factories import PRESENT_PLAN
from tests.fixtures.statements import recorded_statements
from tests.policies.test_line_checks import SUSPEND
from tests.sample_types import sample_type

CHANGE_PLAN = sample_type("line", "plan", checks=("in_catalog",))


@pytest.fixture
async def line_id(database: Database) -> str:
    await factories.create_company(database)
    async with database.transaction() as session:
        return await factories.create_line(session, Holder.of(person_id=factories.HOLDER))


async def _facts(database: Database, order_type: OrderType, *items: dict[str, Any], **options: Any) -> Facts:
    request = OrderRequest(
        tenant=factories.TENANT,
        type=order_type,
        requester_id=factories.REQUESTER,
        beneficiary=None,
        answers={},
        items=items,
    )
    async with database.transaction() as session:
        return await for_request(session, request, needs=needs(order_type), **options)


async def test_a_line_comes_with_its_device_sim_holder_and_managers(database: Database, line_id: str) -> None:
    named = (await _facts(database, SUSPEND, {"line": line_id})).line(0)
    assert named is not None
    assert named.device is not None
    assert named.sim is not None
    assert (named.line.id, named.line.plan, named.line.status) == (line_id, PRESENT_PLAN, "active")
    assert (named.device.id, named.device.sku, named.sim.id, named.sim.kind) == (line_id, "PHONE-1", line_id, "eSIM")
    assert named.assigned_to.holder == Holder.of(person_id=factories.HOLDER)
    assert named.managers[0].id == factories.REQUESTER


async def test_a_line_without_device_and_sim_is_found_too(database: Database, line_id: str) -> None:
    async with database.transaction() as session:
        await session.exec(update(LineRow).values(device_id=None, sim_id=None))
    named = (await _facts(database, SUSPEND, {"line": line_id})).line(0)
    assert named is not None
    assert (named.device, named.sim) == (None, None)


async def test_facts_about_lines_take_at_most_six_queries(database: Database, line_id: str) -> None:
    async with recorded_statements(database) as sent:
        await _facts(database, SUSPEND, {"line": line_id})
    assert len(sent) <= 6, sent


@pytest.mark.parametrize("all_products", [False, True])
async def test_what_a_line_has_is_priced_although_it_is_no_longer_sold(
    database: Database, line_id: str, all_products: bool
) -> None:
    async with database.transaction() as session:
        await session.exec(update(ProductRow).where(col(ProductRow.sku) == PRESENT_PLAN).values(active=False))
    known = await _facts(database, CHANGE_PLAN, {"line": line_id, "plan": PRESENT_PLAN}, all_products=all_products)
    present = known.products[PRESENT_PLAN]
    assert (present.monthly, present.visible) == (Decimal("37.00"), False)
    assert known.products["PHONE-1"].visible
    assert [choice.product for choice in choices(known)] == [present]
    assert present not in list(offered(known, 0, PLAN))
