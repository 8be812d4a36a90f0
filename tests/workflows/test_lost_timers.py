"""Clocks whose workflow is gone: found by their watch, they go on where their entries end."""

import asyncio
from datetime import timedelta

from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.workflowservice.v1 import DeleteWorkflowExecutionRequest
from temporalio.testing import WorkflowEnvironment

from models.db.inventory.tables import SuspensionTimerRow
from models.db.outbox.messages import Message, MessageKind, enqueue
from models.db.session import new_id, utc_now
from models.lifecycle import ItemState
from models.order import CarrierUpdate, ItemUpdate
from models.timers import TimerOutcome
from outbox.dispatcher import OutboxDispatcher
from outbox.timer_monitor import TimerMonitor
from tests import factories
from tests.workflows.suspended_line import PATIENCE, Rest, travel
from tests.workflows.workflow_env import Stage


async def looked(rest: Rest) -> int:
    """How many clocks the watch has started again, which is then said to Temporal."""
    found = await TimerMonitor(rest.stage.database, rest.stage.client).run_once()
    if found:
        await delivered(rest, (await rest.clock()).id)
    return found


async def delivered(rest: Rest, action_id: str) -> str:
    stage = rest.stage
    dispatcher = OutboxDispatcher(stage.database, stage.client, task_queue=stage.task_queue, patience=PATIENCE)
    return (await dispatcher.deliver(action_id)).state


async def test_one_that_was_terminated_gives_each_warning_once_all_the_same(
    hasty: Stage, ahead: WorkflowEnvironment
) -> None:
    rest = await Rest.begin(hasty, await ahead.get_current_time())
    await travel(ahead, 80)
    assert await rest.told() == ["suspension_ending"]
    await rest.handle.terminate()
    assert await looked(rest) == 1
    assert await looked(rest) == 0
    await travel(ahead, 12)
    assert await rest.handle.result() is TimerOutcome.RECONNECTED
    assert await rest.told() == ["suspension_ending", "suspension_ending", "line_resumed"]
    assert await rest.changes() == [("suspended", "active")]


async def test_what_the_carrier_said_meanwhile_is_heard_and_it_is_not_asked_twice(stage: Stage) -> None:
    now = utc_now()
    rest = await Rest.begin(stage, now - timedelta(days=40), resume_on=(now - timedelta(days=2)).date())
    await rest.until(rest.requests)
    await rest.until(rest.accepted)
    await rest.until(lambda: asked(rest))
    await rest.handle.terminate()
    (request,) = await rest.requests()
    said = ItemUpdate(item_id=rest.order.items[0].id, state=ItemState.DONE)
    news = CarrierUpdate(event_id="late", carrier=factories.CARRIER, client_ref=request.client_ref, items=(said,))
    message = Message(
        action_id=new_id(),
        ref=rest.order.ref,
        kind=MessageKind.SIGNAL,
        name="carrier_update",
        payload=news,
        workflow_id=rest.handle.id,
    )
    async with stage.database.transaction() as session:
        await enqueue(session, message)
    assert await delivered(rest, message.action_id) == "refused"
    assert await looked(rest) == 1
    assert await delivered(rest, message.action_id) == "done"
    assert await rest.handle.result() is TimerOutcome.RESUMED
    assert ((await rest.line()).status, stage.carrier.submissions) == ("active", 1)
    assert await rest.told() == [*["suspension_ending"] * 2, *["resume_requested"] * 2, "line_resumed"]


async def asked(rest: Rest) -> bool:
    return "resume_requested" in await rest.told()


async def test_one_whose_line_is_suspended_no_more_is_left_alone(hasty: Stage, ahead: WorkflowEnvironment) -> None:
    rest = await Rest.begin(hasty, await ahead.get_current_time())
    assert await looked(rest) == 0
    await rest.handle.terminate()
    clock = await rest.clock()
    async with hasty.database.transaction() as session:
        row = await session.get_one(SuspensionTimerRow, (clock.tenant, clock.id))
        row.state, row.outcome = "ended", "stopped"
    assert await looked(rest) == 0


async def test_one_that_temporal_has_forgotten_is_started_again(stage: Stage) -> None:
    rest = await Rest.begin(stage, utc_now())
    await stage.client.workflow_service.delete_workflow_execution(
        DeleteWorkflowExecutionRequest(
            namespace=stage.client.namespace, workflow_execution=WorkflowExecution(workflow_id=rest.handle.id)
        )
    )
    async with asyncio.timeout(30):
        while not await looked(rest):
            await asyncio.sleep(0.1)
    described = await rest.handle.describe(rpc_timeout=timedelta(seconds=10))
    assert described.status is not None
    assert described.status.name == "RUNNING"
