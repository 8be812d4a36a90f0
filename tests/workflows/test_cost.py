"""What an order costs: history events, billable actions and bytes in the engine, statements in the database."""

from collections import Counter
from collections.abc import Callable
from dataclasses import astuple

import pytest
from sqlalchemy import event
from temporalio import activity

from bench.histories import cost_of
from models.db.session import new_id
from models.lifecycle import ItemState, Status
from models.order import Activation
from models.order_type import OrderType, Step
from tests import factories
from tests.workflows.workflow_env import Stage
from workflows.order_type_registry import order_types_by_code

# With goods, with a carrier but no goods, with no carrier: events, actions, KiB.
BUDGETS = {"goods": (70, 16, 20), "carrier": (48, 11, 12), "nobody": (36, 9, 10)}
# SQL statements of all activities together, what they announce included.
STATEMENTS = {"goods": 125, "carrier": 110, "nobody": 65}


def shape(kind: OrderType) -> str:
    if kind.carrier_action is None:
        return "nobody"
    return "goods" if Step.ACTIVATE in kind.steps else "carrier"


@pytest.mark.parametrize("code", sorted(order_types_by_code()))
async def test_an_order_stays_within_its_budget(
    stage: Stage, code: str, record_property: Callable[[str, object], None]
) -> None:
    kind = order_types_by_code()[code]
    order = await factories.place(stage.database, factories.Placing(type=kind))
    statements = _counted(stage)
    handle = await stage.start(order)
    if await stage.carry(order, until=Status.AWAITING_ACTIVATION) is Status.AWAITING_ACTIVATION:
        item = order.items[0].id
        activation = Activation(action_id=new_id(), actor=factories.person(factories.REQUESTER), item_id=item)
        await stage.tell(order, "activate", activation)
        await stage.news(order, ItemState.DONE)
    assert (await handle.result()).status is Status.COMPLETED
    cost, budget = await cost_of(handle), BUDGETS[shape(kind)]
    record_property("cost", f"{cost.events} events, {cost.actions} actions, {cost.kib:.1f} KiB")
    assert all(spent <= allowed for spent, allowed in zip(astuple(cost), budget, strict=True)), (cost, budget)
    assert statements.total() <= STATEMENTS[shape(kind)], statements


def _counted(stage: Stage) -> Counter[str]:
    """How many statements each activity sends from now on."""
    counts: Counter[str] = Counter()

    def count(*_: object) -> None:
        if activity.in_activity():
            counts[activity.info().activity_type] += 1

    event.listen(stage.database.engine.sync_engine, "before_cursor_execute", count)
    return counts
