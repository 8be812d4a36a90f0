"""A step whose failure becomes a task: the order continues without it."""

from dataclasses import replace

import pytest

from models.db.orders.tables import EventRow
from models.db.tasks.tables import TaskRow
from models.errors import CarrierDeclined
from models.lifecycle import Status
from models.order import Order
from models.order_type import OrderType
from models.step import Apply, Fulfill, NotifyHolder, OnFailure, Place, Rule
from tests.workflows.test_notify_holder import TEXTS
from tests.workflows.test_notify_holder import TYPE as WAITS
from tests.workflows.workflow_env import WorkflowEnv


def type_with(notify: NotifyHolder, place: Place) -> OrderType:
    return replace(WAITS, steps=(Rule(), notify, place, Fulfill(), Apply()), texts=TEXTS)


SKIPS_NOTICE = type_with(NotifyHolder(on_failure=OnFailure.TASK), Place("suspend"))
SKIPS_CARRIER = type_with(NotifyHolder(), Place("suspend", on_failure=OnFailure.TASK))


async def only_task(env: WorkflowEnv, order: Order) -> TaskRow:
    (task,) = await env.rows(TaskRow, order)
    return task


async def test_the_order_continues_and_the_step_becomes_a_task(env: WorkflowEnv) -> None:
    env.faults.broken = {"notify_holder"}
    order = await env.start_new(SKIPS_NOTICE, until=Status.COMPLETED)
    task = await only_task(env, order)
    assert (task.kind, task.state, task.evidence["step"]) == ("skipped_step", "open", "NOTIFY_HOLDER")
    assert "notify_holder is broken" in task.evidence["error"]
    assert "FAILED" not in {row.status for row in await env.rows(EventRow, order)}
    assert env.carrier.submissions == 1


async def test_nothing_waits_for_a_carrier_that_was_not_reached(env: WorkflowEnv) -> None:
    env.faults.broken = {"place"}
    order = await env.start_new(SKIPS_CARRIER, until=Status.COMPLETED)
    assert (await only_task(env, order)).evidence["step"] == "PLACE"
    assert (env.carrier.submissions, await env.item_states(order)) == (0, ["done"])


async def test_what_the_carrier_declines_becomes_a_task_too(env: WorkflowEnv) -> None:
    env.carrier.fails["submit"] = [CarrierDeclined("Not on this plan.", facts={"code": "PLAN"})]
    order = await env.start_new(SKIPS_CARRIER, until=Status.COMPLETED)
    assert "Not on this plan." in (await only_task(env, order)).evidence["error"]


@pytest.mark.parametrize("broken", ["notify_holder", "place"])
async def test_a_step_waits_for_a_person_unless_the_type_says_otherwise(env: WorkflowEnv, broken: str) -> None:
    env.faults.broken = {broken}
    order = await env.start_new(WAITS, until=Status.FAILED)
    assert (await only_task(env, order)).kind == "failed_step"
