"""Of decisions about one order at the same moment exactly one counts, and everyone is told which."""

from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import col, update
from temporalio.client import Client, WorkflowUpdateFailedError
from temporalio.exceptions import ApplicationError
from temporalio.service import RPCError, RPCStatusCode

from models.approval_plan import Approver
from models.db.approvals.tables import ApprovalLinkRow
from models.db.notifications.tables import NotificationRow
from models.db.orders.tables import EventRow
from models.db.outbox import delivery
from models.db.outbox.messages import Message, MessageKind, enqueue
from models.db.outbox.tables import OutboxRow
from models.db.session import new_id, utc_now
from models.lifecycle import Status
from models.order import Order
from models.order_messages import Cancellation, Decision, Reassignment
from outbox.dispatcher import DeliveryResult, OutboxDispatcher
from outbox.retry_delay import MAX_TRIES
from tests import factories
from tests.workflows.workflow_env import REQUESTER, WorkflowEnv
from workflows.order_type_registry import order_type

pytestmark = pytest.mark.fault("12")

NEW_LINE = order_type("NEW_SERVICE_DEVICE")
MANAGER, DIRECTOR = factories.MANAGER, factories.DIRECTOR


def message_of(name: str, action_id: str) -> Any:
    return {
        "approve": Decision(action_id=action_id, actor=factories.actor(MANAGER)),
        "reject": Decision(action_id=action_id, actor=factories.actor(MANAGER), comment="No."),
        "cancel": Cancellation(action_id=action_id, actor=REQUESTER),
        "reassign": Reassignment(
            action_id=action_id,
            actor=factories.actor(MANAGER),
            from_id=MANAGER,
            to=Approver(person_id=DIRECTOR, name="D"),
        ),
    }[name]


async def accept(env: WorkflowEnv, order: Order, name: str, *, link_id: str | None = None) -> str:
    """Write the message as the API does; returns its action id."""
    action_id = new_id()
    message = Message(
        action_id=action_id,
        ref=order.ref,
        kind=MessageKind.UPDATE,
        name=name,
        payload=message_of(name, action_id),
        link_id=link_id,
    )
    async with env.database.transaction() as session:
        await enqueue(session, message, notify_relay=True)
    return action_id


async def use_link(env: WorkflowEnv, order: Order) -> str:
    """The approver's link, used as when the page has accepted the decision."""
    (link,) = [row for row in await env.rows(ApprovalLinkRow, order) if row.approver_id == MANAGER]
    async with env.database.transaction() as session:
        used = update(ApprovalLinkRow).where(col(ApprovalLinkRow.id) == link.id)
        await session.exec(used.values(state="used", used_at=utc_now()))
    return link.id


async def deliver(env: WorkflowEnv, action_id: str, *, client: Client | None = None) -> DeliveryResult:
    """As the relay does."""
    dispatcher = OutboxDispatcher(
        env.database, client or env.client, task_queue=env.task_queue, timeout=timedelta(seconds=20)
    )
    row = await env.database.run(delivery.claim, action_id, lease=dispatcher.lease)
    assert row is not None
    return await dispatcher.deliver_claimed(row, caller_waits=False)


async def message(env: WorkflowEnv, action_id: str) -> OutboxRow:
    async with env.database.transaction() as session:
        row = await delivery.find(session, action_id)
    assert row is not None
    return row


async def assert_told(env: WorkflowEnv, order: Order, sender: str, action: str) -> None:
    """The history says that the action had no effect, and an email is on its way to who sent it."""
    (noted,) = [row for row in await env.rows(EventRow, order) if row.event == "message_rejected"]
    assert (noted.actor_id, noted.data["action"]) == (sender, action)
    told = [row for row in await env.rows(NotificationRow, order) if row.event == "message_rejected"]
    assert [row.recipient_id for row in told] == [sender]


@pytest.mark.fault("13")
@pytest.mark.parametrize("action", ["approve", "reject", "reassign"])
async def test_a_decision_that_reaches_an_order_that_has_ended_is_told_and_frees_the_link(
    env: WorkflowEnv, action: str
) -> None:
    order = await env.start_new(NEW_LINE, until=Status.AWAITING_APPROVAL)
    link_id = await use_link(env, order)
    late = await accept(env, order, action, link_id=link_id)
    await env.cancel(order)
    await env.client.get_workflow_handle(order.workflow_id).result()
    result = await deliver(env, late)
    assert (result.state, result.code) == ("rejected", "ORDER_CLOSED")
    (link,) = await env.rows(ApprovalLinkRow, order)
    assert link.state == "revoked"
    await assert_told(env, order, MANAGER, action)
    assert (await env.row(order)).status == Status.WITHDRAWN


class _Answers:
    """A client whose workflows answer messages as a Temporal that is closing them."""

    def __init__(self, client: Client, error: Exception) -> None:
        self._client, self._error = client, error

    def get_workflow_handle(self, workflow_id: str) -> Any:
        handle = self._client.get_workflow_handle(workflow_id)

        async def fail(*_: object, **__: object) -> None:
            raise self._error

        handle.execute_update = handle.signal = fail  # type: ignore[method-assign, assignment] # only this handle
        return handle


CLOSING = [
    RPCError("workflow update was aborted by closing workflow", RPCStatusCode.NOT_FOUND, b""),
    RPCError("workflow execution already completed", RPCStatusCode.NOT_FOUND, b""),
    RPCError("in words not yet invented", RPCStatusCode.FAILED_PRECONDITION, b""),
    WorkflowUpdateFailedError(
        ApplicationError("The Workflow completed before the Update.", type="AcceptedUpdateCompletedWorkflow")
    ),
]


@pytest.mark.parametrize("answer", CLOSING, ids=lambda error: str(error)[:30])
@pytest.mark.parametrize("end", ["completed", "terminated", None])
async def test_whether_an_order_takes_messages_is_read_from_its_workflow(
    env: WorkflowEnv, answer: Exception, end: str | None
) -> None:
    order = await env.start_new(NEW_LINE, until=Status.AWAITING_APPROVAL)
    late, handle = await accept(env, order, "approve"), env.client.get_workflow_handle(order.workflow_id)
    if end == "completed":
        await env.cancel(order)
        await handle.result()
    elif end == "terminated":
        await handle.terminate()
    client: Any = _Answers(env.client, answer)
    result = await deliver(env, late, client=client)
    if end is not None:
        assert (result.state, result.code, result.detail) == ("rejected", "ORDER_CLOSED", "The order has ended.")
    else:
        assert result.state == ("waiting" if isinstance(answer, RPCError) else "rejected")


@pytest.mark.fault("13")
async def test_a_message_is_not_retried_without_end(env: WorkflowEnv) -> None:
    order = await env.start_new(NEW_LINE, until=Status.AWAITING_APPROVAL)
    link_id = await use_link(env, order)
    late = await accept(env, order, "approve", link_id=link_id)
    async with env.database.transaction() as session:
        await session.exec(update(OutboxRow).where(col(OutboxRow.id) == late).values(attempts=MAX_TRIES - 2))
    client: Any = _Answers(env.client, RPCError("Not now.", RPCStatusCode.UNAVAILABLE, b""))
    assert (await deliver_when_due(env, late, client)).state == "waiting"
    assert (await deliver_when_due(env, late, client)).state == "dead"
    assert (await message(env, late)).result == {"code": None, "detail": "Not now."}
    (link,) = await env.rows(ApprovalLinkRow, order)
    assert link.state == "live"
    await assert_told(env, order, MANAGER, "approve")


async def deliver_when_due(env: WorkflowEnv, action_id: str, client: Client) -> DeliveryResult:
    async with env.database.transaction() as session:
        due = update(OutboxRow).where(col(OutboxRow.id) == action_id)
        await session.exec(due.values(next_attempt_at=utc_now() - timedelta(hours=1)))
    return await deliver(env, action_id, client=client)
