"""Approvals that go on after somebody was silent, on a server whose clock runs ahead."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

from temporalio.client import WorkflowHandle
from temporalio.testing import WorkflowEnvironment

from models.db.orders.tables import EventRow
from models.order import Order, Outcome
from tests import factories
from tests.workflows.scenarios import HISTORIES, between_departments
from tests.workflows.workflow_env import Stage
from workflows.order_type_registry import order_types_by_code

# Neither of two managers answers, so a telecom admin decides for both.
SPOKEN_FOR = HISTORIES / "LINE_REASSIGN.spoken_for.json"


async def taken_further(stage: Stage, ahead: WorkflowEnvironment) -> tuple[Order, WorkflowHandle[Any, Outcome]]:
    """An order that waits for two managers, and for the telecom admin since they were silent."""
    order = await between_departments(stage, order_types_by_code()["LINE_REASSIGN"])
    handle = await stage.start(order)
    asked = await _told(stage, order, "approval_needed")
    escalation = datetime.fromisoformat(asked.data["escalation"])
    await ahead.sleep(escalation - await ahead.get_current_time() + timedelta(minutes=1))
    await _told(stage, order, "escalated")
    return order, handle


async def spoken_for(stage: Stage, ahead: WorkflowEnvironment) -> WorkflowHandle[Any, Outcome]:
    """The telecom admin decides for both managers."""
    order, handle = await taken_further(stage, ahead)
    await stage.approve(order, factories.person(factories.ADMIN))
    return handle


async def _told(stage: Stage, order: Order, event: str) -> EventRow:
    """The first entry of this kind, as soon as it is there."""
    async with asyncio.timeout(60):
        while True:
            for row in await stage.all(EventRow, order):
                if row.event == event:
                    return row
            await asyncio.sleep(0.05)
