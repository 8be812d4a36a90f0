"""A genuine message has an effect only as the update or signal that it was sealed as, whatever the order waits for.

Who reaches Temporal can copy what is sealed there and send it again under another name.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest
from temporalio.api.common.v1 import Payload, WorkflowExecution
from temporalio.api.enums.v1 import ResetReapplyExcludeType
from temporalio.api.history.v1 import HistoryEvent
from temporalio.api.workflowservice.v1 import ResetWorkflowExecutionRequest
from temporalio.client import Client, WorkflowHandle, WorkflowUpdateFailedError, WorkflowUpdateStage
from temporalio.common import RawValue

from models.approval_plan import Approver
from models.db.session import new_id, utc_now
from models.lifecycle import ItemState, Status
from models.order import CarrierUpdate, ItemUpdate, Order, WorkflowMessage
from models.order_messages import (
    Activation,
    Cancellation,
    Correction,
    Decision,
    Extension,
    InfoRequest,
    InfoResponse,
    ItemReturn,
    OperatorAction,
    Reassignment,
    Receipt,
    Replacement,
    Rescheduling,
)
from models.timers import LINE_TIMER
from outbox.payload_codec import EncryptionCodec
from tests import factories
from tests.workflows.golden_parts import order_of
from tests.workflows.message_names import MessageNames, names_of
from tests.workflows.timed_line import TimedLine
from tests.workflows.wire_contract import ORDER
from tests.workflows.workflow_env import ADMIN, KEYRING, REQUESTER, RPC_TIMEOUT, WorkflowEnv
from workflows.order_type_registry import order_type

pytestmark = pytest.mark.fault("50")
NEW_LINE = order_type("NEW_SERVICE_DEVICE")


def _messages(order: Order, *, action_id: str = "") -> Mapping[str, WorkflowMessage]:
    """A message of each kind that its own name would have an effect with, by name."""
    by: Any = {"action_id": action_id or new_id(), "actor": factories.actor()}
    by_requester, by_admin = by | {"actor": REQUESTER}, by | {"actor": ADMIN}
    to = Approver(person_id=factories.DIRECTOR, name="D")
    item_update = ItemUpdate(item_id=order.items[0].id, state=ItemState.SHIPPED)
    unnamed: dict[str, WorkflowMessage] = {
        "approve": Decision(**by),
        "reject": Decision(comment="No.", **by),
        "request_info": InfoRequest(text="Why?", **by),
        "provide_info": InfoResponse(text="Because.", **by_requester),
        "cancel": Cancellation(**by_requester),
        "reassign": Reassignment(from_id=factories.MANAGER, to=to, **by),
        "reschedule": Rescheduling(effective_at=utc_now().replace(year=utc_now().year + 1, day=1), **by_requester),
        "activate": Activation(item_id=order.items[0].id, **by_requester),
        "retry": OperatorAction(**by_admin),
        "complete_manually": OperatorAction(evidence="Ticket 42", **by_admin),
        "place_again": Replacement(round=1, task=900_001, **by_admin),
        "restore_state": OperatorAction(evidence="Ticket 42", **by_admin),
        "carrier_update": CarrierUpdate(
            event_id=new_id(), carrier=factories.CARRIER, client_ref=f"{order.id}:1", items=(item_update,)
        ),
        "confirm_receipt": Receipt(item_id=order.items[0].id, **by_requester),
        "correct": Correction(fields=(("service_zip", "10001"),), **by_requester),
        "keep_waiting": Extension(reason="No hurry.", **by_admin),
        "receive": OperatorAction(choice="good", **by_admin),
        **dict.fromkeys(
            ("return_opened", "return_received", "return_ended"),
            ItemReturn(item_id=order.items[0].id, number="8F3-KAA"),
        ),
        "lock_released": WorkflowMessage(),
        "stop": WorkflowMessage(),
    }
    return {name: replace(message, message_name=name) for name, message in unnamed.items()}


async def _send_misnamed(
    handle: WorkflowHandle[Any, Any], names: MessageNames, sealed_as: str, message: WorkflowMessage | RawValue
) -> None:
    for name in names.signals:
        if name != sealed_as:
            await handle.signal(name, message)
    for name in names.updates:
        if name != sealed_as:
            with pytest.raises(WorkflowUpdateFailedError):
                await handle.execute_update(name, message, rpc_timeout=RPC_TIMEOUT)


def test_there_is_a_message_of_every_name() -> None:
    order = order_of(NEW_LINE.resolve({}))
    names = {*names_of(ORDER).signals, *names_of(ORDER).updates, *names_of(LINE_TIMER).signals}
    assert _messages(order).keys() == names | {*names_of(LINE_TIMER).updates}


@pytest.mark.parametrize("status", [Status.AWAITING_APPROVAL, Status.FAILED, Status.AWAITING_ACTIVATION])
async def test_no_message_has_an_effect_under_another_name(env: WorkflowEnv, status: Status) -> None:
    env.faults.broken = {"place"} if status is Status.FAILED else set()
    order = await env.start_new(NEW_LINE, until=status)
    before = await env.events(order)
    handle = env.client.get_workflow_handle(order.workflow_id)
    for sealed_as, message in _messages(order).items():
        await _send_misnamed(handle, names_of(ORDER), sealed_as, message)
    await env.let_workflow_run()
    assert (await env.events(order), (await env.row(order)).status) == (before, status)


async def test_a_message_under_another_name_is_refused_while_messages_wait_for_a_step(env: WorkflowEnv) -> None:
    written, sent = asyncio.Event(), asyncio.Event()

    async def hold_result() -> None:
        written.set()
        await sent.wait()

    env.faults.after["rule"] = hold_result
    order = await env.start_new(NEW_LINE)
    await written.wait()
    before = await env.events(order)
    handle = env.client.get_workflow_handle(order.workflow_id)
    for sealed_as, message in _messages(order).items():
        await _send_misnamed(handle, names_of(ORDER), sealed_as, message)
    sent.set()
    assert (await env.approve(order)).status == Status.APPROVED
    await env.wait_for_status(order, Status.IN_FULFILLMENT)
    assert (await env.events(order))[: len(before) + 1] == [*before, "approved_by"]


async def test_a_suspended_line_takes_no_message_under_another_name(env: WorkflowEnv) -> None:
    suspended = await TimedLine.suspend(env, utc_now())
    for sealed_as, message in _messages(suspended.order).items():
        await _send_misnamed(suspended.handle, names_of(LINE_TIMER), sealed_as, message)
    assert await suspended.events() == []
    assert (await suspended.timer()).state == "running"


@pytest.mark.parametrize("sealed_as", ["reject", "cancel", "request_info", "reassign"])
async def test_what_was_sealed_before_a_reset_keeps_its_name(env: WorkflowEnv, sealed_as: str) -> None:
    """The workflow has forgotten that it handled the message, and takes it again, but as nothing else."""
    order = await env.start_new(NEW_LINE, until=Status.AWAITING_APPROVAL)
    await env.update(order, sealed_as, _messages(order)[sealed_as])
    copy = await _reset_to_before_updates(env, order)
    handle = _copying(env).get_workflow_handle(order.workflow_id)
    await _send_misnamed(handle, names_of(ORDER), sealed_as, RawValue(copy))
    await handle.start_update(sealed_as, RawValue(copy), wait_for_stage=WorkflowUpdateStage.ACCEPTED)


class _Copies(EncryptionCodec):
    """Sends sealed payloads as they are."""

    async def encode(self, payloads: Sequence[Payload]) -> list[Payload]:
        return list(payloads)


def _copying(env: WorkflowEnv) -> Client:
    converter = replace(env.client.data_converter, payload_codec=_Copies(KEYRING))
    return Client(env.client.service_client, namespace=env.client.namespace, data_converter=converter)


async def _reset_to_before_updates(env: WorkflowEnv, order: Order) -> Payload:
    """Have the workflow forget all updates and signals; returns the sealed message of the only update."""
    history = await env.client.get_workflow_handle(order.workflow_id).fetch_history()
    (accepted,) = [one for one in history.events if one.HasField("workflow_execution_update_accepted_event_attributes")]
    await env.client.workflow_service.reset_workflow_execution(
        ResetWorkflowExecutionRequest(
            namespace=env.client.namespace,
            workflow_execution=WorkflowExecution(workflow_id=order.workflow_id),
            request_id=new_id(),
            workflow_task_finish_event_id=_last_task_before(history.events, accepted),
            reset_reapply_exclude_types=[
                ResetReapplyExcludeType.RESET_REAPPLY_EXCLUDE_TYPE_UPDATE,
                ResetReapplyExcludeType.RESET_REAPPLY_EXCLUDE_TYPE_SIGNAL,
            ],
        )
    )
    (sealed,) = accepted.workflow_execution_update_accepted_event_attributes.accepted_request.input.args.payloads
    return sealed


def _last_task_before(events: Sequence[HistoryEvent], accepted: HistoryEvent) -> int:
    tasks = [one.event_id for one in events if one.HasField("workflow_task_completed_event_attributes")]
    return [task for task in tasks if task < accepted.event_id][-2]  # the last one accepts the update
