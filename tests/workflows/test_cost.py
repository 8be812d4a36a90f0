"""What an order costs: history events, billable actions and bytes in Temporal, statements in the database."""

from collections import Counter
from collections.abc import Callable
from dataclasses import astuple

import pytest
from sqlalchemy import event
from temporalio import activity

from bench.histories import cost_of
from models.lifecycle import ItemState, Status
from models.order_type import OrderType
from models.step import Activate
from tests import factories
from tests.workflows.workflow_env import WorkflowEnv
from workflows.order_type_registry import order_type, order_types_by_code

# Events, actions and KiB of an order that ships, that only needs the carrier, and that does not need a carrier.
BUDGETS = {"shipping": (70, 16, 20), "carrier": (48, 11, 12), "internal": (36, 9, 10)}
# SQL statements of all activities of the order together, emails included.
STATEMENTS = {"shipping": 108, "carrier": 95, "internal": 53}


def budget_of(kind: OrderType) -> str:
    if not kind.carrier_actions:
        return "internal"
    return "shipping" if kind.has(Activate) else "carrier"


@pytest.mark.parametrize("code", sorted(order_types_by_code()))
async def test_an_order_stays_within_its_budget(
    env: WorkflowEnv, code: str, record_property: Callable[[str, object], None]
) -> None:
    kind = order_type(code)
    order = await factories.create_order(env.database, factories.OrderSpec(type=kind))
    statements = _count_statements(env)
    handle = await env.start(order)
    if await env.advance(order, until=Status.AWAITING_ACTIVATION) is Status.AWAITING_ACTIVATION:
        await env.activate(order)
        await env.carrier_update(order, ItemState.DONE)
    assert (await handle.result()).status is Status.COMPLETED
    cost, budget = await cost_of(handle), BUDGETS[budget_of(kind)]
    record_property("cost", f"{cost.events} events, {cost.actions} actions, {cost.kib:.1f} KiB")
    record_property("statements", statements.total())
    assert all(spent <= allowed for spent, allowed in zip(astuple(cost), budget, strict=True)), (cost, budget)
    assert statements.total() <= STATEMENTS[budget_of(kind)], statements


def _count_statements(env: WorkflowEnv) -> Counter[str]:
    """The SQL statements by activity, from now on."""
    counts: Counter[str] = Counter()

    def count(*_: object) -> None:
        if activity.in_activity():
            counts[activity.info().activity_type] += 1

    event.listen(env.database.engine.sync_engine, "before_cursor_execute", count)
    return counts
