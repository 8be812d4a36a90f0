"""What was on its way to an order that an operator closes is told to its sender, once, and frees the link."""

import pytest
from sqlmodel import col, update

from models.db.approvals.tables import ApprovalLinkRow
from models.db.outbox.tables import OutboxRow
from models.lifecycle import Status
from models.order import Order
from outbox.dispatcher import ORDER_CLOSED, OutboxDispatcher, store_rejection
from outbox.workflow_repair import RecoveryRequest, WorkflowRepair
from policies.recovery import RecoveryAction
from tests import factories
from tests.field.test_a1_approve_beside_cancel import NEW_LINE, accept, assert_told, message, use_link
from tests.workflows.workflow_env import ADMIN, RPC_TIMEOUT, WorkflowEnv

pytestmark = pytest.mark.fault("13")


async def close(env: WorkflowEnv, order: Order) -> None:
    await env.client.get_workflow_handle(order.workflow_id).terminate()
    dispatcher = OutboxDispatcher(env.database, env.client, task_queue=env.task_queue, timeout=RPC_TIMEOUT)
    request = RecoveryRequest(ref=order.ref, action=RecoveryAction.FORCE_CLOSE, actor=ADMIN, evidence="INC-1")
    await WorkflowRepair(env.database, env.client, dispatcher).repair(request)


@pytest.mark.parametrize(
    ("action", "sender"),
    [("approve", factories.MANAGER), ("cancel", factories.REQUESTER), ("reassign", factories.MANAGER)],
)
async def test_the_sender_is_told(env: WorkflowEnv, action: str, sender: str) -> None:
    order = await env.start_new(NEW_LINE, until=Status.AWAITING_APPROVAL)
    sent = await accept(env, order, action)
    await close(env, order)
    row = await message(env, sent)
    assert (row.state, (row.result or {})["code"]) == ("rejected", "ORDER_CLOSED")
    await assert_told(env, order, sender, action)
    assert await env.deliver(sent, caller_waits=False) == "rejected"
    await assert_told(env, order, sender, action)


async def test_the_link_is_no_longer_used(env: WorkflowEnv) -> None:
    order = await env.start_new(NEW_LINE, until=Status.AWAITING_APPROVAL)
    link_id = await use_link(env, order)
    await accept(env, order, "approve", link_id=link_id)
    await close(env, order)
    (link,) = await env.rows(ApprovalLinkRow, order)
    assert (link.state, link.used_at) == ("revoked", None)


async def test_the_sender_of_a_dead_message_is_not_told_again(env: WorkflowEnv) -> None:
    order = await env.start_new(NEW_LINE, until=Status.AWAITING_APPROVAL)
    sent = await accept(env, order, "approve")
    async with env.database.transaction() as session:
        await session.exec(update(OutboxRow).where(col(OutboxRow.id) == sent).values(state="dead"))
    await close(env, order)
    assert (await message(env, sent)).state == "rejected"
    assert "message_rejected" not in await env.events(order)


async def test_of_two_processes_that_complete_a_message_one_tells_its_sender(env: WorkflowEnv) -> None:
    order = await env.start_new(NEW_LINE, until=Status.AWAITING_APPROVAL)
    row = await message(env, await accept(env, order, "approve"))
    for _ in range(2):
        async with env.database.transaction() as session:
            await store_rejection(session, row, ORDER_CLOSED, tell_sender=True)
    await assert_told(env, order, factories.MANAGER, "approve")
