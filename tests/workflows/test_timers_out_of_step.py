"""Timers of a suspension when one of the two databases was set back to an earlier moment."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from sqlmodel import col, delete, select, text, update
from temporalio.client import Client
from temporalio.testing import WorkflowEnvironment

from models.db.inventory.tables import InventoryChangeRow, LineRow
from models.db.line_timers.tables import LineTimerRow
from models.db.orders.tables import EventRow
from models.db.outbox.tables import OutboxRow
from models.db.session import Session, utc_now
from models.db.tasks.tables import TaskRow
from models.db.workflow_health import running
from models.lifecycle import ItemState
from models.order import CarrierUpdate
from models.task import task_kind
from models.timers import EVENTS_PER_ITEM, LINE_TIMER, TimerRef
from outbox import timer_monitor
from outbox.described_workflow import describe_workflow, last_seq
from outbox.running_workflows import RunningWorkflows
from outbox.timer_monitor import TimerMonitor
from tests import factories
from tests.workflows.skipped_time import skip_days
from tests.workflows.test_lost_timers import restarted
from tests.workflows.timed_line import TimedLine
from tests.workflows.workflow_env import WorkflowEnv
from workflows.search_attributes import RUNNING

pytestmark = pytest.mark.fault("14")


@asynccontextmanager
async def skipped_triggers(line: TimedLine) -> AsyncIterator[Session]:
    """Change rows that are only added to."""
    async with line.env.database.transaction() as session:
        await (await session.connection()).execute(text("SET LOCAL session_replication_role = replica"))
        yield session


async def set_row_back(line: TimedLine, *, events: int) -> None:
    """What an older PostgreSQL would have: a line that is suspended, and the timer's first events."""
    async with skipped_triggers(line) as session:
        of_order = col(EventRow.order_id) == line.order.id, col(EventRow.seq) > EVENTS_PER_ITEM + events
        await session.exec(delete(EventRow).where(*of_order))
        running: dict[str, Any] = {"state": "running", "outcome": None, "ended_at": None}
        await session.exec(update(LineTimerRow).values(running))
        await session.exec(update(LineRow).values(status="suspended"))
        ended = col(InventoryChangeRow.order_id) == line.order.id, col(InventoryChangeRow.kind).startswith("timer:")
        await session.exec(delete(InventoryChangeRow).where(*ended))


async def tasks(line: TimedLine) -> list[TaskRow]:
    async with line.env.database.transaction() as session:
        return list((await session.exec(select(TaskRow).where(col(TaskRow.order_id) == line.order.id))).all())


async def test_a_timer_that_had_ended_runs_again_until_its_row_has_ended(
    skipping_env: WorkflowEnv, time_skipping: WorkflowEnvironment
) -> None:
    line = await TimedLine.suspend(skipping_env, await time_skipping.get_current_time())
    await skip_days(time_skipping, 92)
    assert await line.handle.result() == "reconnected"
    await set_row_back(line, events=1)
    assert await restarted(line) == 1
    assert await line.handle.result() == "reconnected"
    assert (await line.events(), (await line.line()).status) == (
        ["suspension_ending", "suspension_ending", "line_resumed"],
        "active",
    )
    assert await restarted(line) == 0
    (task,) = await tasks(line)
    assert (task.kind, task.thing, task.evidence["outcome"]) == (
        "timer_restored",
        (await line.timer()).id,
        "reconnected",
    )


async def test_a_timer_whose_row_is_older_continues_where_its_row_ends(
    skipping_env: WorkflowEnv, time_skipping: WorkflowEnvironment
) -> None:
    line = await TimedLine.suspend(skipping_env, await time_skipping.get_current_time())
    await skip_days(time_skipping, 80)
    assert await restarted(line) == 0
    await set_row_back(line, events=0)
    assert await restarted(line) == 1
    await line.wait_for(line.events)
    assert await line.events() == ["suspension_ending"]
    assert await restarted(line) == 0
    assert await tasks(line) == []


async def test_a_timer_whose_workflow_is_older_continues_where_its_row_ends(env: WorkflowEnv) -> None:
    line = await TimedLine.suspend(env, utc_now())
    ref = TimerRef(tenant=line.order.tenant, id=(await line.timer()).id)
    async with env.database.transaction() as session:
        known = (await session.get_one(EventRow, (line.order.tenant, line.order.id, 2))).model_dump()
        lost = {"seq": EVENTS_PER_ITEM + 1, "event": "suspension_ending", "data": {"days": 14}}
        session.add(EventRow(**known | lost))
    assert await last_seq(env.client, ref.workflow_id) == EVENTS_PER_ITEM
    assert await restarted(line) == 1
    assert await last_seq(env.client, ref.workflow_id) == EVENTS_PER_ITEM + 1
    assert await restarted(line) == 0


async def test_a_timer_in_step_is_asked_once_per_change(env: WorkflowEnv, monkeypatch: pytest.MonkeyPatch) -> None:
    line = await TimedLine.suspend(env, utc_now())
    monitor, asked = TimerMonitor(env.database, env.client), []

    async def counted(client: Client, workflow_id: str) -> int | None:
        asked.append(workflow_id)
        return await last_seq(client, workflow_id)

    async def check_thrice() -> None:
        while not (await describe_workflow(env.client, ref.workflow_id)).idle:
            await asyncio.sleep(0.05)
        for _ in range(3):
            assert await monitor.run_once() == 0

    ref = TimerRef(tenant=line.order.tenant, id=(await line.timer()).id)
    monkeypatch.setattr(timer_monitor, "last_seq", counted)
    await check_thrice()
    assert asked == [ref.workflow_id]
    answer = CarrierUpdate(event_id="c1", carrier=factories.CARRIER, client_ref="unknown", items=())
    await line.handle.signal("carrier_update", answer)
    await check_thrice()
    assert asked == [ref.workflow_id, ref.workflow_id]


async def test_a_restarted_timer_gets_the_answer_again_that_temporal_has_lost(env: WorkflowEnv) -> None:
    now = utc_now()
    line = await TimedLine.suspend(env, now - timedelta(days=40), resume_on=(now - timedelta(days=2)).date())
    await line.wait_for(line.requests)
    await line.wait_for(line.request_accepted)
    answer = await line.enqueue_answer(ItemState.DECLINED, detail="Not now.")
    assert await env.deliver(answer) == "done"
    await line.wait_for(line.problem)
    await line.handle.terminate()
    assert await restarted(line) == 1
    assert await env.deliver(answer) == "done"
    await line.wait_for(partial(failed_twice, line))


async def failed_twice(line: TimedLine) -> bool:
    return (await line.events()).count("resume_failed") == 2


@pytest.mark.fault("12b")
async def test_numbers_that_are_taken_open_a_task(env: WorkflowEnv) -> None:
    """Temporal is set back to where the timer began, and the history has another event since."""
    line = await TimedLine.suspend(env, utc_now() - timedelta(days=80))
    await line.wait_for(line.events)
    await line.handle.terminate()
    assert await line.events() == ["suspension_ending"]
    async with skipped_triggers(line) as session:
        await session.exec(
            update(EventRow).where(col(EventRow.seq) == EVENTS_PER_ITEM + 1).values(event="resume_requested")
        )
    start = await env.rows(OutboxRow, line.order)
    await env.client.start_workflow(
        LINE_TIMER, start[0].payload, id=line.handle.id, task_queue=env.task_queue, result_type=str
    )
    await line.wait_for(partial(tasks, line))
    await line.wait_for(partial(wrote, line, 3))
    assert await line.events() == ["resume_requested", "numbers_taken", "suspension_ending"]
    (task,) = await tasks(line)
    text = task_kind(task.kind).what_happened(task.evidence, None)
    assert text.startswith("Temporal was set back to an earlier state of the timer of item 1's line.")
    assert f"event {EVENTS_PER_ITEM + 1} to event {EVENTS_PER_ITEM + 1}" in text


async def wrote(line: TimedLine, count: int) -> bool:
    return len(await line.events()) == count


@pytest.mark.parametrize(
    ("row", "is_found"),
    [("running", False), ("just ended", False), ("ended", True), ("missing", True)],
)
async def test_a_timer_that_runs_without_a_row_or_after_it_has_ended_is_found(
    env: WorkflowEnv, row: str, is_found: bool
) -> None:
    """As after Temporal was restored to a moment before its end, or PostgreSQL to one before it began."""
    line = await TimedLine.suspend(env, utc_now())
    found = {line.handle.id: line.order.number} if is_found else {}
    async with skipped_triggers(line) as session:
        if row == "missing":
            await session.exec(delete(LineTimerRow))
        elif row != "running":
            ended_at = utc_now() - timedelta(minutes=2 if row == "ended" else 0)
            ended: dict[str, Any] = {"state": "ended", "outcome": "stopped", "ended_at": ended_at}
            await session.exec(update(LineTimerRow).values(ended))
    async with asyncio.timeout(60):
        while line.handle.id not in {one.id async for one in env.client.list_workflows(RUNNING)}:
            await asyncio.sleep(0.1)
    assert await strays(line) == found
    assert await restarted(line) == 0
    await line.handle.terminate()
    assert await strays(line) == {}


async def strays(line: TimedLine) -> dict[str, str]:
    """The numbers of the orders by the ids of the workflows that the watch has found, of this line."""
    await RunningWorkflows(line.env.database, line.env.client, after=timedelta(minutes=1)).run_once()
    async with line.env.database.transaction() as session:
        rows = await running.strays(session)
    return {row.ref.workflow_id: row.number for row in rows if row.ref.workflow_id == line.handle.id}
