"""Messages that reach Temporal past Dialtone: what isn't sealed for a workflow has no effect, and nothing stops it."""

from dataclasses import replace
from typing import Any, Self

import pytest
from temporalio.api.enums.v1 import EventType
from temporalio.client import Client, WorkflowHandle, WorkflowUpdateFailedError
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.converter import DataConverter, SerializationContext

from models.db.session import new_id, utc_now
from models.lifecycle import Status
from models.order import Actor
from models.order_messages import Decision
from models.timers import LINE_TIMER
from outbox.payload_codec import EncryptionCodec
from tests import factories
from tests.workflows.message_names import MessageNames, names_of
from tests.workflows.timed_line import TimedLine
from tests.workflows.wire_contract import ORDER
from tests.workflows.workflow_env import KEYRING, RPC_TIMEOUT, WorkflowEnv
from workflows.order_type_registry import order_type

REASSIGN = order_type("LINE_REASSIGN")
# Arguments of a message: none, null, what is no message, and messages that are almost right.
GARBAGE: tuple[list[Any], ...] = (
    [],
    [None],
    [7],
    ["approve"],
    [[]],
    [{}],
    [{"action_id": None, "actor": None}],
    [{"event_id": "e", "carrier": "northwind", "client_ref": "x", "items": [None]}],
    [{"action_id": "a"}, {"action_id": "b"}],
)


def _decision(actor: Actor) -> Decision:
    return Decision(message_name="approve", action_id=new_id(), actor=actor, comment="Forged.")


def _with_converter(env: WorkflowEnv, converter: DataConverter) -> Client:
    return Client(env.client.service_client, namespace=env.client.namespace, data_converter=converter)


async def _assert_no_task_failed(handle: WorkflowHandle[Any, Any]) -> None:
    kinds = [event.event_type async for event in handle.fetch_history_events()]
    assert EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED not in kinds


class _Copied(EncryptionCodec):
    """Sends what was sealed for one order to every order."""

    def with_context(self, context: SerializationContext) -> Self:
        del context
        return self


@pytest.mark.fault("50")
async def test_a_message_that_is_not_sealed_for_its_order_has_no_effect(env: WorkflowEnv) -> None:
    order = await env.start_new(REASSIGN, until=Status.AWAITING_APPROVAL)
    other = await env.start_new(REASSIGN, until=Status.AWAITING_APPROVAL)
    invented = factories.actor("X")
    sealed_for_other = replace(env.client.data_converter, payload_codec=_Copied(KEYRING, other.workflow_id))
    for converter in (pydantic_data_converter, sealed_for_other):
        handle = _with_converter(env, converter).get_workflow_handle(order.workflow_id)
        for actor in (invented, factories.actor()):
            await handle.signal("approve", _decision(actor))
            with pytest.raises(WorkflowUpdateFailedError):
                await handle.execute_update("approve", _decision(actor), rpc_timeout=RPC_TIMEOUT)
    assert (await env.row(order)).status == Status.AWAITING_APPROVAL
    assert (await env.approve(order)).status == Status.APPROVED
    await _assert_no_task_failed(handle)


@pytest.mark.fault("50")
async def test_an_order_survives_every_garbled_message(env: WorkflowEnv) -> None:
    order = await env.start_new(REASSIGN, until=Status.AWAITING_APPROVAL)
    handle = env.client.get_workflow_handle(order.workflow_id)
    await _send_garbage(handle, names_of(ORDER))
    assert (await env.approve(order)).status == Status.APPROVED
    assert await env.advance(order, until=Status.COMPLETED) is Status.COMPLETED
    await _assert_no_task_failed(handle)


@pytest.mark.fault("50")
async def test_a_suspended_line_survives_every_garbled_message(env: WorkflowEnv) -> None:
    suspended = await TimedLine.suspend(env, utc_now())
    await _send_garbage(suspended.handle, names_of(LINE_TIMER))
    await suspended.stop()
    await suspended.handle.result()
    await _assert_no_task_failed(suspended.handle)


async def _send_garbage(handle: WorkflowHandle[Any, Any], names: MessageNames) -> None:
    for arguments in GARBAGE:
        for name in names.signals:
            await handle.signal(name, args=arguments)
        for name in names.updates:
            with pytest.raises(WorkflowUpdateFailedError):
                await handle.execute_update(name, args=arguments, rpc_timeout=RPC_TIMEOUT)
