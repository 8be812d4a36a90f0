"""The last day of a feature moves: the carrier hears of it only if it removes the feature itself."""

from datetime import timedelta
from typing import Any

from models.db.line_timers.tables import LineTimerRow
from models.db.orders.tables import EventRow
from models.db.session import utc_now
from models.lifecycle import Status
from models.order import Order
from tests import factories
from tests.workflows.workflow_env import WorkflowEnv
from workflows.order_type_registry import order_type

TYPE = order_type("FEATURES_CHANGE")
IN_TEN_DAYS = f"{utc_now().date() + timedelta(days=10)}"


async def moving(env: WorkflowEnv, *moved: bool, on: str, ended_by: str = "us") -> Order:
    """An order that moves the last day of FEATURE-1 of lines that have it, and adds it to the others."""
    end = {"sku": "FEATURE-1", "on": f"{utc_now().date() + timedelta(days=5)}", "by": ended_by}
    present: dict[str, Any] = {"features": ["FEATURE-1"], "feature_ends": [end]}
    async with env.database.transaction() as session:
        lines = [await factories.create_line(session, **(present if one else {})) for one in moved]
    given = ({"ends_on": on},) * len(lines)
    spec = factories.OrderSpec(type=TYPE, line_ids=tuple(lines), item_answers=given)
    order = await factories.create_order(env.database, spec)
    await env.start(order)
    return order


async def test_a_last_day_that_moves_is_not_sent_to_a_carrier_that_does_not_know_it(env: WorkflowEnv) -> None:
    order = await moving(env, True, on=IN_TEN_DAYS)
    assert await env.advance(order) is Status.COMPLETED
    (line,) = await env.lines()
    assert (line.features, line.feature_ends) == (["FEATURE-1"], [{"sku": "FEATURE-1", "on": IN_TEN_DAYS, "by": "us"}])
    (timer,) = await env.rows(LineTimerRow, order)
    assert (env.carrier.orders, str(timer.last_day)) == ({}, IN_TEN_DAYS)
    history = [row.event for row in await env.rows(EventRow, order)]
    assert {"not_sent", "completed"} <= {*history}
    assert {"submitting", "placed"}.isdisjoint(history)


async def test_only_the_lines_that_the_carrier_has_to_change_are_sent(env: WorkflowEnv) -> None:
    order = await moving(env, True, False, on=IN_TEN_DAYS)
    assert await env.advance(order) is Status.COMPLETED
    (sent,) = env.carrier.orders.values()
    assert [(item.item_id, item.changes["add_features"]) for item in sent.items] == [(order.items[1].id, ["FEATURE-1"])]
    assert [line.feature_ends[0]["on"] for line in await env.lines()] == [IN_TEN_DAYS] * 2


async def test_a_carrier_that_ends_features_itself_hears_of_another_last_day(env: WorkflowEnv) -> None:
    order = await moving(env, True, on=IN_TEN_DAYS, ended_by="carrier")
    assert await env.advance(order) is Status.COMPLETED
    (sent,) = env.carrier.orders.values()
    (item,) = sent.items
    assert (item.changes["moved_features"], "add_features" in item.changes) == (["FEATURE-1"], False)
