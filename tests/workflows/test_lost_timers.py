"""Timers whose workflow is lost: the monitor starts it again, and it continues after its last event."""

import asyncio
from datetime import timedelta

from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.workflowservice.v1 import DeleteWorkflowExecutionRequest
from temporalio.testing import WorkflowEnvironment

from models.db.line_timers.tables import LineTimerRow
from models.db.session import utc_now
from models.lifecycle import ItemState
from outbox.timer_monitor import TimerMonitor
from tests.workflows.skipped_time import skip_days
from tests.workflows.timed_line import TimedLine
from tests.workflows.workflow_env import WorkflowEnv


async def restarted(line: TimedLine) -> int:
    """How many timers the monitor restarts; the restart is delivered."""
    count = await TimerMonitor(line.env.database, line.env.client).run_once()
    if count:
        await line.env.deliver((await line.timer()).id)
    return count


async def test_a_terminated_timer_gives_each_notice_once(
    skipping_env: WorkflowEnv, time_skipping: WorkflowEnvironment
) -> None:
    line = await TimedLine.suspend(skipping_env, await time_skipping.get_current_time())
    await skip_days(time_skipping, 80)
    assert await line.events() == ["suspension_ending"]
    await line.handle.terminate()
    assert await restarted(line) == 1
    assert await restarted(line) == 0
    await skip_days(time_skipping, 12)
    assert await line.handle.result() == "reconnected"
    assert await line.events() == ["suspension_ending", "suspension_ending", "line_resumed"]
    assert await line.changes() == [("suspended", "active")]


async def test_a_restarted_timer_gets_the_carriers_answer_and_does_not_repeat_the_request(env: WorkflowEnv) -> None:
    now = utc_now()
    line = await TimedLine.suspend(env, now - timedelta(days=40), resume_on=(now - timedelta(days=2)).date())
    await line.wait_for(line.requests)
    await line.wait_for(line.request_accepted)
    await line.wait_for(lambda: _resume_requested(line))
    await line.handle.terminate()
    answer = await line.enqueue_answer(ItemState.DONE)
    assert await env.deliver(answer) == "rejected"
    assert await restarted(line) == 1
    assert await env.deliver(answer) == "done"
    assert await line.handle.result() == "resumed"
    assert ((await line.line()).status, env.carrier.submissions) == ("active", 1)
    assert await line.events() == [*["suspension_ending"] * 2, *["resume_requested"] * 2, "line_resumed"]


async def _resume_requested(line: TimedLine) -> bool:
    return "resume_requested" in await line.events()


async def test_a_timer_that_has_ended_is_not_restarted(
    skipping_env: WorkflowEnv, time_skipping: WorkflowEnvironment
) -> None:
    line = await TimedLine.suspend(skipping_env, await time_skipping.get_current_time())
    assert await restarted(line) == 0
    await line.handle.terminate()
    timer = await line.timer()
    async with skipping_env.database.transaction() as session:
        row = await session.get_one(LineTimerRow, (timer.tenant, timer.id))
        row.state, row.outcome = "ended", "stopped"
    assert await restarted(line) == 0


async def test_a_timer_deleted_from_temporal_is_restarted(env: WorkflowEnv) -> None:
    line = await TimedLine.suspend(env, utc_now())
    await env.client.workflow_service.delete_workflow_execution(
        DeleteWorkflowExecutionRequest(
            namespace=env.client.namespace, workflow_execution=WorkflowExecution(workflow_id=line.handle.id)
        )
    )
    async with asyncio.timeout(30):
        while not await restarted(line):
            await asyncio.sleep(0.1)
    described = await line.handle.describe(rpc_timeout=timedelta(seconds=10))
    assert described.status is not None
    assert described.status.name == "RUNNING"
