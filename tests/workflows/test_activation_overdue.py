"""Nobody activates what was delivered: after the reminders, someone gets a task."""

import pytest
from temporalio.testing import WorkflowEnvironment

from models.db.orders.tables import EventRow
from models.db.tasks.tables import TaskRow
from models.lifecycle import ItemState, Status
from tests.workflows.skipped_time import skip_days
from tests.workflows.workflow_env import WorkflowEnv
from workflows.order_type_registry import order_type

pytestmark = pytest.mark.fault("20")


async def test_each_reminder_says_when_the_next_thing_happens_and_a_task_is_the_last(
    skipping_env: WorkflowEnv, time_skipping: WorkflowEnvironment
) -> None:
    env = skipping_env
    order = await env.start_new(order_type("NEW_SERVICE_DEVICE"), until=Status.AWAITING_ACTIVATION)
    await skip_days(time_skipping, 15)
    overdue = await env.until(order, lambda: env.rows(TaskRow, order), bool)
    events = sorted(await env.rows(EventRow, order), key=lambda row: row.seq)
    delivered = next(row.at for row in events if row.event == "activation_needed")
    days = [(row.event, (row.at - delivered).days) for row in events if row.at >= delivered]
    assert days == [
        ("activation_needed", 0),
        ("activation_needed", 3),
        ("activation_needed", 7),
        ("activation_overdue", 14),
    ]
    assert [(task.kind, task.role, task.state) for task in overdue] == [("activation_overdue", "desk", "open")]
    await env.activate(order)
    await env.carrier_update(order, ItemState.DONE)
    await env.wait_for_status(order, Status.COMPLETED)
    assert [task.state for task in await env.rows(TaskRow, order)] == ["closed"]
