"""What someone is asked about an order is asked again after its database was restored, and can be answered."""

from typing import Any

import pytest
from sqlmodel import delete

from models.db.clauses import belongs_to_order
from models.db.session import new_id
from models.db.tasks.tables import TaskRow
from models.lifecycle import Action, ItemState, Status
from models.order import OrderEvent
from models.order_messages import Extension, OperatorAction
from models.questions.resumption import ACCEPT_NEW_NUMBER
from models.returns import ReturnState
from models.step import Apply, Fulfill, Place
from tests.sample_types import sample_type
from tests.workflows.order_types.test_return import start
from tests.workflows.test_waits import ADMIN, Sample, sample
from tests.workflows.workflow_env import WorkflowEnv
from workflows.corrections import refuse
from workflows.operator_retry import record_failure
from workflows.restoring import restore_state
from workflows.state import FailedStep

__all__ = ["sample"]  # the fixture


async def restored(sample: Sample) -> dict[str, OrderEvent]:
    """The events that restoring the order records, by code."""
    sample.events()
    await restore_state(sample.state, OperatorAction(action_id="restore", actor=ADMIN, evidence="Ticket 7."))
    return {event.event: event for event in sample.events()}


def data(event: OrderEvent) -> dict[str, Any]:
    return dict(event.data)


def going_back(sample: Sample) -> None:
    sample.place(ItemState.SHIPPED, ships=False)
    sample.state.progress["i1"].return_state = ReturnState.IN_TRANSIT
    sample.state.follow_waits()


@pytest.mark.fault("14")
@pytest.mark.parametrize(
    ("state", "task"),
    [
        (ItemState.IN_FULFILLMENT, "silent_carrier"),
        (ItemState.SHIPPED, "arrival_unknown"),
        (ItemState.AWAITING_ACTIVATION, "activation_overdue"),
        (ItemState.BACKORDERED, "backorder_undecided"),
        (ItemState.CANCELING, "cancellation_unanswered"),
        (None, "return_stuck"),
    ],
)
async def test_the_task_of_a_wait_is_opened_again(sample: Sample, state: ItemState | None, task: str) -> None:
    if state is None:
        going_back(sample)
    else:
        sample.place(state)
    assert sample.pass_time()[-1][0] == task
    (running,) = [one for one in sample.state.waits.values() if one.task is not None]
    before, is_longer = running.task, [*running.later]
    events = await restored(sample)
    assert data(events["wait_over"])["task"] == before
    assert events[task].seq == running.task
    assert events["wait_over"].seq < events[task].seq
    assert running.later == is_longer
    sample.act(Action.KEEP_WAITING, Extension(action_id="a", actor=ADMIN, reason="They look into it."))
    assert [data(event)["task"] for event in sample.events() if event.event == "kept_waiting"] == [running.task]


async def test_who_was_asked_to_wait_longer_is_asked_again(sample: Sample) -> None:
    sample.place(ItemState.BACKORDERED)
    while "backorder_decision" not in [event for event, _ in sample.pass_time(days=1)]:
        pass
    events = await restored(sample)
    assert "backorder_decision" in events
    assert "wait_over" not in events


async def test_a_new_number_can_be_accepted_again(sample: Sample) -> None:
    sample.place(ItemState.INFO_REQUIRED)
    sample.state.progress["i1"].is_number_open = True
    sample.state.follow_waits()
    events = await restored(sample)
    assert "vendor_info_required" not in events
    asked = data(events["new_number"])
    assert (asked["item_id"], asked["needs"]) == ("i1", [ACCEPT_NEW_NUMBER.code])
    assert asked["ends_at"] == sample.state.waits["number i1"].ends_at.isoformat()


async def test_what_the_carrier_refused_can_be_corrected_again(sample: Sample) -> None:
    kind = sample_type("service_zip", steps=(Place("new_line"), Fulfill(until=ItemState.DONE), Apply()))
    sample.place(ItemState.IN_FULFILLMENT, kind=kind.resolve({}))
    (item,) = sample.state.order.items
    assert refuse(sample.state, [item], ["service_zip"], "SERVICE_ZIP_INVALID", "Unknown ZIP code.")
    (before,) = [event for event in sample.events() if event.event == "refused"]
    assert data((await restored(sample))["refused"]) == data(before)


async def test_a_question_has_the_end_that_it_had(sample: Sample) -> None:
    sample.place(ItemState.INFO_REQUIRED)
    (item,) = sample.state.order.items
    sample.report(item, ItemState.INFO_REQUIRED, needs=("service_zip",), detail="Which ZIP code?")
    (before,) = sample.events()
    sample.pass_time(days=3)
    asked = data((await restored(sample))["vendor_info_required"])
    for name in ("item_id", "needs", "detail", "answer_by"):
        assert asked[name] == data(before)[name]


async def test_the_task_of_a_failed_step_that_is_still_there_is_replaced(sample: Sample) -> None:
    sample.place(ItemState.IN_FULFILLMENT)
    failure = FailedStep(step="APPLY", data={}, can_complete_manually=False, compensating=False)
    sample.state.failures.append(failure)
    record_failure(sample.state, failure)
    before = sample.state.open_task
    events = await restored(sample)
    assert sample.state.status is Status.FAILED
    assert data(events["state_restored"])["task"] == before
    assert events["failed"].seq == sample.state.open_task


@pytest.mark.fault("14")
@pytest.mark.parametrize("is_lost", [True, False])
async def test_the_desk_is_asked_again_for_a_device(env: WorkflowEnv, *, is_lost: bool) -> None:
    """Whether the older database still has its task or not."""
    order = await start(env, return_way="stock")
    (before,) = await env.until(order, lambda: env.rows(TaskRow, order), bool)
    if is_lost:
        async with env.database.transaction() as session:
            await session.exec(delete(TaskRow).where(belongs_to_order(TaskRow, order)))
    again = OperatorAction(action_id=new_id(), actor=ADMIN, evidence="Ticket 7.")
    await env.update(order, "restore_state", again)
    (task,) = [task for task in await env.rows(TaskRow, order) if task.state == "open"]
    assert task.seq > before.seq
    assert (task.kind, task.thing, task.choices) == (before.kind, before.thing, before.choices)
    assert task.evidence["device"] == before.evidence["device"]
    said = OperatorAction(action_id=new_id(), actor=ADMIN, choice="working", evidence="T-7", task=task.seq)
    await env.update(order, "receive", said)
    await env.wait_for_status(order, Status.COMPLETED)
    assert {task.state for task in await env.rows(TaskRow, order)} == {"closed"}
