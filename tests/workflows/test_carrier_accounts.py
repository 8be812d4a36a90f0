"""What the carrier is told of the account to charge and of its own products, and what the inventory keeps of them."""

import pytest

from carriers.base import BillingAccount
from models.db.accounts.tables import CarrierAccountRow
from models.db.inventory.tables import LineRow
from models.lifecycle import Status
from tests import factories
from tests.workflows.workflow_env import WorkflowEnv
from workflows.order_type_registry import order_type

BILLING_ACCOUNT = BillingAccount(number=factories.CARRIER_ACCOUNT, foundation="5820", name="Tiny, Inc.")


async def add_account_at_another_carrier(env: WorkflowEnv) -> None:
    """The company's billing account at a carrier that this order is not about."""
    async with env.database.transaction() as session:
        ours = await session.get_one(
            CarrierAccountRow, (factories.TENANT, factories.CARRIER, factories.CARRIER_ACCOUNT)
        )
        session.add(CarrierAccountRow(**ours.model_dump() | {"carrier": "bluepeak", "number": "1111"}))


@pytest.mark.fault("10")
async def test_a_new_line_is_ordered_by_its_offering_and_keeps_the_carriers_ids(env: WorkflowEnv) -> None:
    await add_account_at_another_carrier(env)
    order = await env.start_new(order_type("NEW_SERVICE_DEVICE"), until=Status.AWAITING_ACTIVATION)
    (sent,) = env.carrier.orders.values()
    assert sent.billing_account == BILLING_ACCOUNT
    assert [(item.offering, item.billing_account) for item in sent.items] == [("PO-PLAN-1", None)]
    assert await env.advance(order) is Status.COMPLETED
    (line,) = await env.lines()
    assert (line.carrier_account, line.carrier_product_id) == (factories.CARRIER_ACCOUNT, "PRD-1")


@pytest.mark.fault("10")
@pytest.mark.parametrize("code", ["SERVICE_SUSPEND", "PLAN_CHANGE", "SIM_REPLACE"])
async def test_a_changed_line_is_named_by_the_carriers_id_and_keeps_it(env: WorkflowEnv, code: str) -> None:
    order = await env.start_new(order_type(code), until=Status.COMPLETED)
    (sent,) = env.carrier.orders.values()
    (line,) = await env.lines()
    assert isinstance(line, LineRow)
    assert line.carrier_product_id is not None
    assert sent.items[0].subject.carrier_product_id == line.carrier_product_id
    assert (sent.items[0].billing_account, sent.items[0].offering) == (factories.CARRIER_ACCOUNT, None)
    assert order.items[0].line_id == line.id
