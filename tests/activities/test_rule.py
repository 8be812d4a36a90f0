from dataclasses import replace

import pytest
from sqlalchemy import update
from temporalio.testing import ActivityEnvironment

from activities.rule import RuleActivities, RuleInput, RuleResult
from models.db.approvals import approval_requests
from models.db.catalog.tables import PolicyRow, PriceRow
from models.db.orders import order_rows, order_values
from models.db.session import Database, utc_now
from models.order import Order, Ruling
from tests import factories
from workflows.order_type_registry import order_type


async def _submitted(database: Database) -> tuple[Order, Ruling]:
    await factories.create_company(database)
    order = await factories.create_order(database, factories.OrderSpec(type=order_type("NEW_SERVICE_DEVICE")))
    async with database.transaction() as session:
        return order, order_values.ruling_of(await order_rows.row_of(session, order.ref))


async def _rule(database: Database, call: RuleInput) -> RuleResult:
    result: RuleResult = await ActivityEnvironment().run(RuleActivities(database).rule, call)
    return result


@pytest.mark.fault("16")
async def test_the_ruling_is_the_one_the_order_was_submitted_with(database: Database) -> None:
    order, submitted = await _submitted(database)
    async with database.transaction() as session:
        await session.exec(update(PriceRow).values(monthly=500))
        session.add(
            PolicyRow(tenant=order.tenant, version=2, document={"threshold": "1"}, created_at=utc_now(), created_by="t")
        )
    result = await _rule(database, RuleInput(ref=order.ref, seq=2, at=utc_now()))
    assert result.ruling == submitted
    assert (result.ruling.policy_version, len(result.ruling.plan)) == (1, 1)
    async with database.transaction() as session:
        asked = await approval_requests.approvals_of(session, order)
        recorded = order_values.ruling_of(await order_rows.row_of(session, order.ref))
    assert {row.approver_id for row in asked} == {one.person_id for one in recorded.plan[0].approvers}


async def test_a_second_run_returns_the_same_result_after_a_policy_change(database: Database) -> None:
    order, _ = await _submitted(database)
    call = RuleInput(ref=order.ref, seq=2, at=utc_now())
    first = await _rule(database, call)
    async with database.transaction() as session:
        document = {"remind_after_hours": 1, "escalate_after_hours": 2, "expire_after_hours": 3}
        session.add(PolicyRow(tenant=order.tenant, version=2, document=document, created_at=utc_now(), created_by="t"))
    assert await _rule(database, replace(call)) == first
