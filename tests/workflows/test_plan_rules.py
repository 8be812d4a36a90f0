"""Carriers' rules about plans, in orders that run: how often a plan changes, and the plans whose data lines share."""

from typing import Any

import pytest
from sqlmodel import SQLModel

from models.db.accounts.tables import CarrierAccountRow
from models.db.catalog.tables import ProductRow
from models.db.inventory.tables import LineRow
from models.db.orders.tables import EventRow
from models.db.tasks.tables import TaskRow
from models.lifecycle import Status
from models.order import Order
from tests import factories
from tests.field.changing_company import change, check_again
from tests.workflows.workflow_env import WorkflowEnv
from workflows.order_type_registry import order_type

TYPE = order_type("PLAN_CHANGE")
# What the carrier's rule is then, and what the task says about an order that breaks it.
RULES: dict[str, tuple[type[SQLModel], str, str, dict[str, Any], dict[str, Any], str]] = {
    "month": (
        CarrierAccountRow, "number", factories.CARRIER_ACCOUNT,
        {"plan_changes_a_month": 1}, {"plan_changes_a_month": None}, "1 plan change a month",
    ),
    "cycle": (
        CarrierAccountRow, "number", factories.CARRIER_ACCOUNT,
        {"one_plan_change_a_cycle": True}, {"one_plan_change_a_cycle": False}, "one plan change in a billing cycle",
    ),
    "pool": (
        ProductRow, "sku", "PLAN-1",
        {"pool_minimum": 2}, {"pool_minimum": None}, "At least 2 lines must have Plan-1, and only 1 would keep it",
    ),
    "shared": (
        ProductRow, "sku", factories.PRESENT_PLAN,
        {"shared_primary": "PLAN-1"}, {"shared_primary": None}, "Lines with Plan-0 use the data of this line's plan",
    ),
}  # fmt: skip


async def changed_lines(env: WorkflowEnv, number: int = 1) -> list[str]:
    """Lines that an order has given PLAN-1."""
    order = await env.start_new(TYPE, items=number, until=Status.COMPLETED)
    return [item.line_id or "" for item in order.items]


async def refusals(env: WorkflowEnv, order: Order) -> list[str]:
    await env.wait_for_status(order, Status.REJECTED)
    (*_, last) = sorted(await env.rows(EventRow, order), key=lambda event: event.seq)
    return [error["code"] for error in last.data["errors"]]


@pytest.mark.parametrize(
    ("limit", "code"),
    [
        ({"plan_changes_a_month": 1}, "PLAN_CHANGES_USED_UP"),
        ({"one_plan_change_a_cycle": True}, "CYCLE_CHANGE_PENDING"),
    ],
)
async def test_a_second_change_is_refused(env: WorkflowEnv, limit: dict[str, Any], code: str) -> None:
    await change(env, CarrierAccountRow, "number", factories.CARRIER_ACCOUNT, **limit)
    (line_id,) = await changed_lines(env)
    again = await env.start_new(TYPE, line_ids=(line_id,), answers={"plan": factories.PRESENT_PLAN})
    assert await refusals(env, again) == [code]


async def test_two_changes_a_month_leave_one(env: WorkflowEnv) -> None:
    await change(env, CarrierAccountRow, "number", factories.CARRIER_ACCOUNT, plan_changes_a_month=2)
    (line_id,) = await changed_lines(env)
    back = {"line_ids": (line_id,), "answers": {"plan": factories.PRESENT_PLAN}}
    await env.start_new(TYPE, until=Status.COMPLETED, **back)
    third = await env.start_new(TYPE, line_ids=(line_id,))
    assert await refusals(env, third) == ["PLAN_CHANGES_USED_UP"]


@pytest.mark.fault("27")
@pytest.mark.parametrize("rule", RULES)
async def test_a_change_that_breaks_a_rule_by_now_is_held_until_it_keeps_it(env: WorkflowEnv, rule: str) -> None:
    """Two lines have PLAN-1; one is to get the usual plan, which costs more, so its order waits for approval."""
    table, key, value, broken, kept, says = RULES[rule]
    (line_id, other) = await changed_lines(env, 2)
    if rule == "shared":
        await change(env, LineRow, "id", other, plan=factories.PRESENT_PLAN)
    order = await env.start_new(
        TYPE, until=Status.AWAITING_APPROVAL, line_ids=(line_id,), answers={"plan": factories.PRESENT_PLAN}
    )
    await change(env, table, key, value, **broken)
    await env.approve(order)
    await env.wait_for_status(order, Status.ON_HOLD)
    (task,) = await env.rows(TaskRow, order)
    assert says in task.evidence["reason"]
    sent = env.carrier.submissions

    await change(env, table, key, value, **kept)
    await check_again(env, order)
    await env.wait_for_status(order, Status.IN_FULFILLMENT)
    assert env.carrier.submissions == sent + 1


@pytest.mark.fault("27")
async def test_a_change_of_a_plan_that_the_line_no_longer_has_is_held(env: WorkflowEnv) -> None:
    """What the requester and the approvers have read is no longer what would happen."""
    (line_id,) = await changed_lines(env)
    order = await env.start_new(
        TYPE, until=Status.AWAITING_APPROVAL, line_ids=(line_id,), answers={"plan": factories.PRESENT_PLAN}
    )
    sent = env.carrier.submissions
    await change(env, LineRow, "id", line_id, plan="IMPORTED")
    await env.approve(order)
    await env.wait_for_status(order, Status.ON_HOLD)
    (task,) = await env.rows(TaskRow, order)
    assert task.evidence["reason"].startswith("The line has IMPORTED now, and had Plan-1 when this was ordered.")
    assert env.carrier.submissions == sent
    await change(env, LineRow, "id", line_id, plan="PLAN-1")
    await check_again(env, order)
    await env.wait_for_status(order, Status.IN_FULFILLMENT)
