"""A carrier that goes by the address gets another one first: if it then gives no number, the desk has it put back."""

from datetime import date

import pytest

from models.db.carrier_rules.tables import CarrierRuleRow
from models.db.carriers.tables import CarrierOrderRow
from models.db.session import new_id, utc_now
from models.db.tasks.tables import TaskRow
from models.lifecycle import ItemState, Status
from models.order import Identifiers, Order
from models.suspension_reason import ANY_REASON
from tests import factories
from tests.workflows.order_types.test_number_change import ADDRESS, NEW
from tests.workflows.workflow_env import WorkflowEnv
from workflows.order_type_registry import order_type

TYPE = order_type("NUMBER_CHANGE")


async def address_first(env: WorkflowEnv) -> Order:
    """An order that the carrier gets an address with, as its rule says, and then the number to change."""
    rule = CarrierRuleRow(
        tenant=factories.TENANT, id=new_id(), carrier=factories.CARRIER, what="number_area", reasons=ANY_REASON.code,
        value="address", source="A page", source_url="", read_on=date(2026, 1, 2), valid_from=date(2026, 1, 2),
        edited_by=factories.ADMIN, edited_at=utc_now(),
    )  # fmt: skip
    async with env.database.transaction() as session:
        await session.insert(rule)
    answers = {"address_first": True, "service_zip": "61602", "service_address": {**ADDRESS, "postal_code": "61602"}}
    order = await env.start_new(TYPE, until=Status.IN_FULFILLMENT, answers=answers)
    await env.carrier_update(order, ItemState.DONE)
    await env.until(order, lambda: env.rows(CarrierOrderRow, order), lambda rows: len(rows) == 2)
    return order


@pytest.mark.parametrize("ends", [ItemState.DECLINED, ItemState.DONE])
async def test_an_address_that_the_carrier_got_for_no_number_is_put_back(env: WorkflowEnv, ends: ItemState) -> None:
    order = await address_first(env)
    await env.carrier_update(order, ends, identifiers=Identifiers(mdn=NEW) if ends is ItemState.DONE else Identifiers())
    await env.wait_for_status(order, Status.COMPLETED if ends is ItemState.DONE else Status.VENDOR_REJECTED)
    tasks = [(row.kind, row.role, row.state) for row in await env.rows(TaskRow, order)]
    assert tasks == ([] if ends is ItemState.DONE else [("address_to_restore", "desk", "open")])
