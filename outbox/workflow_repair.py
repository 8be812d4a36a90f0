"""How operators recover an order whose workflow does not run: resume, restart or force-close it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
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
from models.db.orders import order_rows, order_values
from models.db.outbox import delivery
from models.db.session import Database, Session, new_id, utc_now
from models.db.workflow_health import monitoring, recovery_log
from models.effect import find_effect
from models.errors import ActionNotAllowed, EngineUnavailable
from models.events.ending import ENDS
from models.lifecycle import BEFORE_APPROVAL, ItemState, Status, status_from_items
from models.order import Actor, OrderEvent, OrderRef
from models.workflow_health import WorkflowHealth
from notifications.enqueue import enqueue_emails
from outbox.workflow_monitor import check_workflow
from policies.recovery import RecoveryAction, recovery_actions

log = structlog.get_logger()

RPC_TIMEOUT = timedelta(seconds=10)
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


async def repair(database: Database, client: Client, request: RecoveryRequest) -> None:
    """Recover the order and record it, both or neither.

    The workflow is checked while the order's row is locked, so that two operators can't recover it twice. Raises
    ActionNotAllowed, OrderClosed, EngineUnavailable.
    """
    async with database.transaction() as session:
        row = await order_rows.lock_open(session, request.ref)
        health = await check_workflow(client, request.ref)
        if request.action not in recovery_actions(health, row.seq):
            raise ActionNotAllowed(_UNAVAILABLE.get(health, "The order's workflow can't be recovered this way."))
        recovery_log.add(session, request.ref, request.action, actor=request.actor, evidence=request.evidence)
        match request.action:
            case RecoveryAction.RESUME_WORKFLOW:
                await _resume(session, client, request.ref)
            case RecoveryAction.RESTART_WORKFLOW:
                await delivery.requeue_start(session, request.ref)
            case RecoveryAction.FORCE_CLOSE:
                await _close(session, Status(row.status), request)
        await monitoring.set_state(session, request.ref, WorkflowHealth.HEALTHY, utc_now())


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
    await delivery.discard_pending(session, request.ref, "The order was closed by an operator.")


def _final_status(status: Status, states: list[ItemState]) -> Status:
    """Items the carrier has not delivered count as canceled."""
    if status in BEFORE_APPROVAL:
        return Status.WITHDRAWN
    return status_from_items([state if state.final else ItemState.CANCELED for state in states])
