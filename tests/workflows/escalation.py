"""An order whose approvers do not respond, on a time-skipping server."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

from temporalio.client import WorkflowHandle
from temporalio.testing import WorkflowEnvironment

from models.db.orders.tables import EventRow
from models.order import Order, Outcome
from tests import factories
from tests.workflows.scenarios import order_with_two_managers
from tests.workflows.workflow_env import WorkflowEnv
from workflows.order_type_registry import order_type

TYPE = order_type("LINE_REASSIGN")


async def escalated(env: WorkflowEnv, time_skipping: WorkflowEnvironment) -> tuple[Order, WorkflowHandle[Any, Outcome]]:
    """An order that waits for two managers and, since they did not respond, for the telecom admin."""
    order = await order_with_two_managers(env, TYPE)
    handle = await env.start(order)
    asked = await _wait_for_event(env, order, "approval_needed")
    escalation = datetime.fromisoformat(asked.data["escalation"])
    await time_skipping.sleep(escalation - await time_skipping.get_current_time() + timedelta(minutes=1))
    await _wait_for_event(env, order, "escalated")
    return order, handle


async def decided_by_admin(env: WorkflowEnv, time_skipping: WorkflowEnvironment) -> WorkflowHandle[Any, Outcome]:
    """The telecom admin decides for both managers."""
    order, handle = await escalated(env, time_skipping)
    await env.approve(order, factories.actor(factories.ADMIN))
    return handle


async def _wait_for_event(env: WorkflowEnv, order: Order, event: str) -> EventRow:
    """Returns the first event of this kind."""
    async with asyncio.timeout(60):
        while True:
            for row in await env.rows(EventRow, order):
                if row.event == event:
                    return row
            await asyncio.sleep(0.05)
