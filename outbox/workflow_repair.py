"""How operators recover an order whose workflow does not run, or does not stand where the order does."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

import structlog
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.workflowservice.v1 import (
    GetWorkflowExecutionHistoryReverseRequest,
    ResetWorkflowExecutionRequest,
)
from temporalio.client import Client
from temporalio.service import RPCError

from models.db.inventory import change_log
from models.db.order_events import apply_event
from models.db.order_lock import lock_order
from models.db.orders import order_rows, order_values
from models.db.orders.tables import OrderRow
from models.db.outbox import delivery
from models.db.outbox.messages import Message, MessageKind, enqueue
from models.db.outbox.tables import OutboxRow
from models.db.session import Database, Session, new_id, utc_now
from models.db.workflow_health import monitoring, recovery_log, running
from models.db.workflow_health.running import Stray
from models.effect import find_effect
from models.errors import ActionNotAllowed, EngineUnavailable, NotFound, PublicError
from models.events.ending import ENDS
from models.lifecycle import BEFORE_APPROVAL, ItemState, Status, status_from_items
from models.order import Actor, OrderEvent, OrderRef
from models.order_messages import OperatorAction
from models.workflow_health import OUT_OF_STEP, WorkflowHealth
from models.workflow_ref import WorkflowRef
from notifications.enqueue import enqueue_emails
from outbox.described_workflow import describe_workflow, last_seq
from outbox.dispatcher import ORDER_CLOSED, OutboxDispatcher, store_rejection
from outbox.message_replay import replay_messages
from outbox.terminated_workflow import RPC_TIMEOUT, terminate_workflow
from policies.recovery import RecoveryAction, recovery_actions

log = structlog.get_logger()

_ENDED = "Ended by an operator"
_FOR_A_PERSON = "A workflow runs without its order, timer or task. /admin says what to check before you end it."
# How many of a workflow's last events are searched for its last completed task.
_PAGE_SIZE = 200
_UNAVAILABLE: Mapping[WorkflowHealth, str] = MappingProxyType(
    {
        WorkflowHealth.HEALTHY: "The order's workflow is running. Use the order's actions instead.",
        WorkflowHealth.MISSING: "Temporal no longer has this order's workflow, so it can't be resumed.",
    }
)


@dataclass(frozen=True, kw_only=True)
class RecoveryRequest:
    """Who recovers which order, how and why."""

    ref: OrderRef
    action: RecoveryAction
    actor: Actor
    evidence: str


class WorkflowRepair:
    """Every recovery is recorded with its evidence, and can be repeated."""

    def __init__(self, database: Database, client: Client, dispatcher: OutboxDispatcher) -> None:
        self._database = database
        self._client = client
        self._dispatcher = dispatcher

    async def repair(self, request: RecoveryRequest) -> None:
        """Recover the order.

        The workflow is checked while the order's row is locked, so that two operators can't recover it twice. Raises
        ActionNotAllowed, OrderClosed, EngineUnavailable.
        """
        async with self._database.transaction() as session:
            message = await self._begin(session, request)
        if request.action is RecoveryAction.REPLAY_MESSAGES:
            await replay_messages(self._database, self._client, self._dispatcher, request.ref)
        elif message is not None:
            result = await self._dispatcher.deliver(message.id, message)
            if result.state == "rejected":
                raise ActionNotAllowed(result.detail or "The order's workflow didn't accept this.")
        await self._database.run(monitoring.set_state, request.ref, WorkflowHealth.HEALTHY)

    async def end_stray(self, session: Session, ref: WorkflowRef, *, actor: Actor, evidence: str) -> Stray:
        """End a workflow that was found running without an open row; its order's history has it, if there is one.

        Raises NotFound, EngineUnavailable.
        """
        stray = await running.lock_stray(session, ref)
        if stray is None:
            raise NotFound("No such workflow runs.")
        await terminate_workflow(self._client, ref.workflow_id, _ENDED)
        await running.end_stray(session, ref, actor=actor, evidence=evidence)
        if stray.order is not None:
            order, action = OrderRef(tenant=ref.tenant, id=stray.order.id), RecoveryAction.END_WORKFLOW
            recovery_log.add(session, order, action, actor=actor, evidence=evidence, subject=ref.workflow_id)
        return stray

    async def repair_all(self, *, actor: Actor, evidence: str) -> AsyncIterator[tuple[str, str]]:
        """Repair every order that the monitors have found; yields its number, and what was done or prevented it.

        A workflow without an open row is only named: what the carrier has done must be known before it ends.
        """
        async with self._database.read() as session:
            found, strays = await running.out_of_step(session), await running.strays(session)
        for stray in strays:
            yield stray.number, f"{_FOR_A_PERSON} ({stray.ref.workflow_id})"
        for number, ref, health in found:
            action, *_ = recovery_actions(health)
            try:
                await self.repair(RecoveryRequest(ref=ref, action=action, actor=actor, evidence=evidence))
            except PublicError as error:
                yield number, error.detail
            else:
                yield number, action

    async def _begin(self, session: Session, request: RecoveryRequest) -> OutboxRow | None:
        """Check and record the recovery, and do what one transaction can do; returns a message to deliver."""
        ends = request.action is RecoveryAction.END_WORKFLOW
        row = await (lock_order if ends else order_rows.lock_open)(session, request.ref)
        health = await self._health(row, request.ref)
        if request.action not in recovery_actions(health):
            raise ActionNotAllowed(_UNAVAILABLE.get(health, "The order's workflow can't be recovered this way."))
        recovery_log.add(session, request.ref, request.action, actor=request.actor, evidence=request.evidence)
        match request.action:
            case RecoveryAction.RESUME_WORKFLOW:
                await _resume(session, self._client, request.ref)
            case RecoveryAction.RESTORE_STATE:
                return await _enqueue_restore(session, request)
            case RecoveryAction.END_WORKFLOW:
                await terminate_workflow(self._client, request.ref.workflow_id, _ENDED)
            case RecoveryAction.FORCE_CLOSE:
                if health in OUT_OF_STEP:
                    await terminate_workflow(self._client, request.ref.workflow_id, _ENDED)
                await _close(session, Status(row.status), request)
        return None

    async def _health(self, row: OrderRow, ref: OrderRef) -> WorkflowHealth:
        """What is wrong now with the workflow of the order, whose row is locked."""
        described = await describe_workflow(self._client, ref.workflow_id)
        if not described.runs:
            return described.health
        if row.closed_at is not None:
            return WorkflowHealth.REVIVED
        seq = await last_seq(self._client, ref.workflow_id)
        if seq is not None and seq < row.seq:
            return WorkflowHealth.BEHIND
        return WorkflowHealth.AHEAD if seq is not None and seq > row.seq and described.idle else WorkflowHealth.HEALTHY


async def _enqueue_restore(session: Session, request: RecoveryRequest) -> OutboxRow | None:
    action_id = new_id()
    payload = OperatorAction(action_id=action_id, actor=request.actor, evidence=request.evidence)
    message = Message(
        action_id=action_id, ref=request.ref, kind=MessageKind.UPDATE, name="restore_state", payload=payload
    )
    return await enqueue(session, message)


async def _resume(session: Session, client: Client, ref: OrderRef) -> None:
    """Reset the workflow to its last completed task, and deliver again what it missed."""
    execution = WorkflowExecution(workflow_id=ref.workflow_id)
    try:
        await client.workflow_service.reset_workflow_execution(
            ResetWorkflowExecutionRequest(
                namespace=client.namespace,
                workflow_execution=execution,
                # Temporal stores this in plain text; who and why is in the recovery record.
                reason="Resumed by an operator",
                request_id=new_id(),
                workflow_task_finish_event_id=await _last_completed_task(client, execution),
            ),
            timeout=RPC_TIMEOUT,
        )
    except RPCError as error:
        log.warning("workflow_reset_failed", order_id=ref.id, error=error.message)
        raise EngineUnavailable("Temporal couldn't resume the workflow. Try again in a minute.") from error
    await delivery.requeue_undelivered(session, ref)


async def _last_completed_task(client: Client, execution: WorkflowExecution) -> int:
    history = await client.workflow_service.get_workflow_execution_history_reverse(
        GetWorkflowExecutionHistoryReverseRequest(
            namespace=client.namespace, execution=execution, maximum_page_size=_PAGE_SIZE
        ),
        timeout=RPC_TIMEOUT,
    )
    for event in history.history.events:
        if event.HasField("workflow_task_completed_event_attributes"):
            return event.event_id
    raise ActionNotAllowed("The workflow never ran, so it can't be resumed.")


async def _close(session: Session, status: Status, request: RecoveryRequest) -> None:
    """End the order as its workflow would have: release reservations, locks, links and carrier orders."""
    order, at, states = await order_values.load(session, request.ref), utc_now(), []
    for item in sorted(order.items, key=lambda item: item.id):
        row = await change_log.lock_item(session, request.ref, item.id)
        await change_log.undo(session, row, find_effect(order.effect_of(item)), at)
        states.append(ItemState(row.state))
    final = _final_status(status, states)
    event = OrderEvent(
        seq=await order_rows.last_seq(session, request.ref) + 1,
        at=at,
        event=ENDS[final].code,
        status=final,
        actor=request.actor,
        data=(("reason", request.evidence),),
    )
    if await apply_event(session, order, event):
        await enqueue_emails(session, order, event)
    closed = replace(ORDER_CLOSED, detail="The order was closed by an operator.")
    for message in await delivery.undelivered(session, request.ref):
        # The sender of a dead message knows that it had no effect.
        await store_rejection(session, message, closed, tell_sender=message.state == "waiting")


def _final_status(status: Status, states: list[ItemState]) -> Status:
    """Items the carrier has not delivered count as canceled."""
    if status in BEFORE_APPROVAL:
        return Status.WITHDRAWN
    return status_from_items([state if state.final else ItemState.CANCELED for state in states])
