"""Every event that an order's workflow numbers is kept under its number, whatever happens to workflow tasks."""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from temporalio import activity
from temporalio.worker import Replayer, UnsandboxedWorkflowRunner

from models.db.order_events import EventNumberTaken, apply_event
from models.db.orders.tables import EventRow
from models.db.session import new_id
from models.db.tasks.tables import TaskRow
from models.event import Event
from models.lifecycle import Status
from models.order import Actor, ActorKind, Channel, Order, OrderEvent
from models.order_messages import Cancellation, Decision
from outbox.temporal_client import data_converter
from tests import factories
from tests.workflows.workflow_env import KEYRING, REQUESTER, WorkflowEnv
from workflows.order_type_registry import all_workflows, order_type
from workflows.state import OrderState

NEW_LINE = order_type("NEW_SERVICE_DEVICE")
# Who sends messages that are rejected, each of which is an event.
OUTSIDER = factories.actor(factories.DIRECTOR)
ENDINGS: dict[str, Any] = {
    "cancel": Cancellation(action_id="c", actor=REQUESTER),
    "reject": Decision(action_id="r", actor=factories.actor(), comment="No."),
}
Entry = tuple[int, str, str, str]


async def kept(env: WorkflowEnv, order: Order) -> set[Entry]:
    rows = await env.rows(EventRow, order)
    return {(row.seq, row.event, row.status, row.actor_id) for row in rows}


async def said(env: WorkflowEnv, order: Order, monkeypatch: pytest.MonkeyPatch) -> set[Entry]:
    """The events that the workflow's history leads to. RULE's is made by its activity."""
    numbered: list[OrderEvent] = []
    next_event: Callable[..., OrderEvent] = OrderState.next_event

    def note(state: OrderState, event: Event, status: Status, **data: Any) -> OrderEvent:
        numbered.append(next_event(state, event, status, **data))
        return numbered[-1]

    with monkeypatch.context() as patched:
        patched.setattr(OrderState, "next_event", note)
        history = await env.client.get_workflow_handle(order.workflow_id).fetch_history()
        replayer = Replayer(
            workflows=all_workflows(),
            workflow_runner=UnsandboxedWorkflowRunner(),
            data_converter=data_converter(KEYRING),
        )
        await replayer.replay_workflow(history)
    return {(event.seq, event.event, event.status, event.actor.id) for event in numbered}


async def assert_all_kept(env: WorkflowEnv, order: Order, monkeypatch: pytest.MonkeyPatch) -> None:
    async with asyncio.timeout(60):
        await env.client.get_workflow_handle(order.workflow_id).result()
    spoken, stored = await said(env, order, monkeypatch), await kept(env, order)
    assert {entry for entry in stored if entry[0] > 2} == spoken


def late_message() -> Decision:
    return Decision(message_name="approve", action_id=new_id(), actor=OUTSIDER)


@pytest.mark.fault("12b")
async def test_a_message_that_arrives_while_the_end_is_written_takes_no_event_away(
    env: WorkflowEnv, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The message makes Temporal void the workflow task that ends the workflow: the workflow decides again."""
    order = await env.start_new(NEW_LINE, until=Status.AWAITING_APPROVAL)
    faults = env.faults.of(order)

    async def send_late() -> None:
        del faults.after["record"]
        await env.signal(order, "approve", late_message())

    faults.after["record"] = send_late
    await env.signal(order, "cancel", ENDINGS["cancel"])
    await assert_all_kept(env, order, monkeypatch)


@pytest.mark.fault("12b")
async def test_a_message_that_is_rejected_while_the_order_is_placed_does_not_hide_that_it_is(env: WorkflowEnv) -> None:
    order = await env.start_new(NEW_LINE, until=Status.AWAITING_APPROVAL)

    async def send_late() -> None:
        await env.signal(order, "approve", late_message())
        await env.let_workflow_run()

    env.carrier.before_answer = send_late
    await env.approve(order)
    await env.until(order, lambda: env.events(order), lambda events: {"placed", "message_rejected"} <= {*events})
    assert (await env.row(order)).status == Status.IN_FULFILLMENT


@pytest.mark.slow
@pytest.mark.fault("12b")
@pytest.mark.timeout(300)
async def test_under_load_no_event_is_lost_or_doubled(env: WorkflowEnv, monkeypatch: pytest.MonkeyPatch) -> None:
    """Messages arrive while activities finish, and the worker stalls for longer than a workflow task may take."""
    chance, left = random.Random(12), Counter[str]()
    orders = [await factories.create_order(env.database, factories.OrderSpec(type=NEW_LINE)) for _ in range(10)]

    async def disturb() -> None:
        workflow_id = activity.info().workflow_id or ""
        left[workflow_id] += 1
        if left[workflow_id] <= 6 and chance.random() < 0.6:
            await env.client.get_workflow_handle(workflow_id).signal("approve", late_message())

    async def run(order: Order) -> None:
        await env.client.start_workflow(
            order.type.code,
            order,
            id=order.workflow_id,
            task_queue=env.task_queue,
            task_timeout=timedelta(seconds=2),
        )
        await env.wait_for_status(order, Status.AWAITING_APPROVAL)
        end = chance.choice(["cancel", "reject", "complete"])
        if end == "complete":
            assert await env.advance(order, by_signal=True) is Status.COMPLETED
        else:
            await env.signal(order, end, ENDINGS[end])

    async def stall() -> None:
        for _ in range(6):
            await asyncio.sleep(chance.uniform(0.5, 2.0))
            time.sleep(2.2)  # noqa: ASYNC251 - nothing in this process runs meanwhile

    env.faults.after = dict.fromkeys(("rule", "reserve", "place", "record", "apply"), disturb)
    stalling = asyncio.create_task(stall())
    try:
        await asyncio.gather(*(run(order) for order in orders))
        for order in orders:
            await assert_all_kept(env, order, monkeypatch)
    finally:
        stalling.cancel()


@pytest.mark.fault("12b")
@pytest.mark.parametrize("number", [3, 5])
async def test_events_whose_numbers_are_taken_are_written_above_the_last_one(env: WorkflowEnv, number: int) -> None:
    """As after a restore of an older Temporal: the database is ahead of the workflow, and the workflow decides anew."""
    order = await env.start_new(NEW_LINE, until=Status.AWAITING_APPROVAL)
    taken = replace(await recorded_event(env, order, 2), seq=number, event="escalated", actor=OUTSIDER)
    async with env.database.transaction() as session:
        await apply_event(session, order, taken)
    assert await env.advance(order) is Status.COMPLETED
    async with asyncio.timeout(60):
        await env.client.get_workflow_handle(order.workflow_id).result()
    events = await env.events(order)
    assert [event for event in events if events.count(event) > 1 and event != "approved"] == []
    assert {"approved_by", "reserved", "placed", "shipped", "completed", "numbers_taken"} <= {*events}
    rows = {row.event: row for row in await env.rows(EventRow, order)}
    assert rows["escalated"].seq == number
    assert rows["completed"].seq == max(row.seq for row in rows.values()) == (await env.row(order)).seq
    (task,) = await env.rows(TaskRow, order)
    assert (task.kind, task.seq) == ("numbers_taken", rows["numbers_taken"].seq)


@pytest.mark.fault("12b")
async def test_an_event_that_is_decided_again_is_the_same_at_any_time(env: WorkflowEnv) -> None:
    order = await env.start_new(NEW_LINE, until=Status.AWAITING_APPROVAL)
    event = await recorded_event(env, order, 2)
    async with env.database.transaction() as session:
        assert not await apply_event(session, order, replace(event, at=event.at + timedelta(hours=1)))
    for other in ({"event": "reminder"}, {"status": Status.EXPIRED}, {"actor": OUTSIDER}, {"cause": "message"}):
        with pytest.raises(EventNumberTaken) as refused:
            async with env.database.transaction() as session:
                await apply_event(session, order, replace(event, **other))
        assert (refused.value.taken, refused.value.last) == (2, 2)


async def recorded_event(env: WorkflowEnv, order: Order, seq: int) -> OrderEvent:
    (row,) = [row for row in await env.rows(EventRow, order) if row.seq == seq]
    actor = Actor(kind=ActorKind(row.actor_kind), id=row.actor_id, name=row.actor_name, channel=Channel(row.channel))
    data = tuple(row.data.items())
    return OrderEvent(seq=seq, at=row.at, event=row.event, status=Status(row.status), actor=actor, data=data)


@pytest.mark.fault("12b")
async def test_an_end_whose_number_is_taken_is_written_above_the_last_one(env: WorkflowEnv) -> None:
    order = await env.start_new(NEW_LINE, until=Status.AWAITING_APPROVAL)
    async with env.database.transaction() as session:
        for number in (3, 4):
            await apply_event(session, order, replace(await recorded_event(env, order, 2), seq=number, actor=OUTSIDER))
    await env.signal(order, "cancel", ENDINGS["cancel"])
    async with asyncio.timeout(20):
        await env.client.get_workflow_handle(order.workflow_id).result()
    assert await env.events(order) == [
        "received",
        "approval_needed",
        "approval_needed",
        "approval_needed",
        "withdrawn",
        "numbers_taken",
    ]
    assert (await env.row(order)).status == Status.WITHDRAWN
