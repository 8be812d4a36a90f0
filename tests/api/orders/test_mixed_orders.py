"""The page of an order whose items have different steps."""

import re

import pytest
from pydantic_core import to_jsonable_python

from models.db.orders.tables import ItemRow, OrderRow
from models.lifecycle import ItemState
from models.step import Activate, Apply, Approve, Fulfill, Place, Rule
from tests.api.api_client import ApiTenant
from tests.api.orders.test_order_page import page


@pytest.mark.parametrize("ships_first", [True, False])
async def test_the_progress_has_every_step_that_an_item_takes(office: ApiTenant, *, ships_first: bool) -> None:
    order = await office.order("Jordan", items=[{}, {}])
    steps = [
        (Rule(), Approve(), Place("new_line"), Fulfill(), Apply()),
        (Rule(), Approve(), Place("new_line"), Fulfill(until=ItemState.AWAITING_ACTIVATION), Activate(), Apply()),
    ]
    of_first, of_second = reversed(steps) if ships_first else steps
    async with office.database.transaction() as session:
        row = await session.get_one(OrderRow, ("acme", order["id"]))
        row.type = row.type | {"steps": to_jsonable_python(of_first)}
        second = await session.get_one(ItemRow, ("acme", order["id"], order["items"][1]["id"]))
        second.variant = {"steps": to_jsonable_python(of_second)}
    names = re.findall(r'class="step-name">(\w+)', await page(office, order))
    assert names == ["Submitted", "Approval", "Processing", "Shipping", "Activation", "Complete"]
