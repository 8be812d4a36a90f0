"""What an order costs in the engine: history events, billable actions, bytes."""

from collections.abc import Callable
from dataclasses import astuple

import pytest

from bench.histories import cost_of
from models.db.session import new_id
from models.lifecycle import ItemState, Status
from models.order import Activation
from models.order_type import OrderType, Step
from tests import cast
from tests.workflows.stage import Stage
from workflows.catalog import order_types_by_code

# With goods, with a carrier but no goods, with no carrier: events, actions, KiB.
BUDGETS = {"goods": (70, 16, 20), "carrier": (48, 11, 12), "nobody": (36, 9, 10)}


def shape(kind: OrderType) -> str:
    if kind.vendor_action is None:
        return "nobody"
    return "goods" if Step.ACTIVATE in kind.steps else "carrier"


@pytest.mark.parametrize("code", sorted(order_types_by_code()))
async def test_an_order_stays_within_its_budget(
    stage: Stage, code: str, record_property: Callable[[str, object], None]
) -> None:
    kind = order_types_by_code()[code]
    order = await cast.place(stage.database, cast.Placing(type=kind))
    handle = await stage.start(order)
    if await stage.carry(order, until=Status.AWAITING_ACTIVATION) is Status.AWAITING_ACTIVATION:
        item = order.items[0].id
        activation = Activation(action_id=new_id(), actor=cast.person(cast.REQUESTER), item_id=item)
        await stage.tell(order, "activate", activation)
        await stage.news(order, ItemState.DONE)
    assert (await handle.result()).status is Status.COMPLETED
    cost, budget = await cost_of(handle), BUDGETS[shape(kind)]
    record_property("cost", f"{cost.events} events, {cost.actions} actions, {cost.kib:.1f} KiB")
    assert all(spent <= allowed for spent, allowed in zip(astuple(cost), budget, strict=True)), (cost, budget)
