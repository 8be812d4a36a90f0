"""What operators do about an order that its workflow cannot be told: resume it, start it again, or close its books."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType

from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.workflowservice.v1 import (
    GetWorkflowExecutionHistoryReverseRequest,
    ResetWorkflowExecutionRequest,
)
from temporalio.client import Client
from temporalio.service import RPCError

from models.db.inventory import changes
from models.db.order_events import record
from models.db.orders import order_rows, order_values
from models.db.orders.tables import OrderRow
from models.db.outbox import delivery
from models.db.session import Database, Session, new_id, utc_now
from models.db.workflow_health import monitoring
from models.db.workflow_health.tables import RecoveryRow
from models.errors import EngineUnavailable, IllegalTransition
from models.inventory import EFFECTS
from models.lifecycle import Event, ItemState, Status, fold
from models.order import Actor, Order, OrderEvent, OrderRef
from notifications.enqueue import enqueue_emails
from outbox.workflow_monitor import find
from policies.recovery import RecoveryAction, WorkflowHealth, recovery_actions

PATIENCE = timedelta(seconds=10)
# How many of a workflow's last events are searched for the last task it finished.
_PAGE = 200
_NOT_APPROVED = frozenset({Status.VALIDATING, Status.AWAITING_APPROVAL, Status.INFO_REQUESTED})


@dataclass(frozen=True, kw_only=True)
class RecoveryRequest:
    """Who does something about which order, and why; `subject` is the message or mail it is about."""

    ref: OrderRef
    remedy: RecoveryAction
    actor: Actor
    evidence: str
    subject: str | None = None


async def repair(database: Database, client: Client, wanted: RecoveryRequest) -> None:
    """Do it, and write it into the journal of repairs, both or neither.

    Temporal is asked how things stand once nobody else can do anything about the order: one whose workflow runs is
    left to its workflow. Raises IllegalTransition, OrderClosed, EngineUnavailable.
    """
    async with database.transaction() as session:
        row = await order_values.lock_open(session, wanted.ref)
        finding = await find(client, wanted.ref)
        if wanted.remedy not in recovery_actions(finding, row.seq):
            raise IllegalTransition(_WHY_NOT.get(finding, "The order's workflow cannot be helped in this way."))
        await journal(session, wanted)
        await _ACTS[wanted.remedy](session, client, row, wanted)
        await monitoring.note(session, wanted.ref, WorkflowHealth.HEALTHY, utc_now())


async def journal(session: Session, done: RecoveryRequest) -> None:
    """Write down what an operator does."""
    row = RecoveryRow(
        tenant=done.ref.tenant,
        id=new_id(),
        order_id=done.ref.id,
        at=utc_now(),
        action=done.remedy,
        subject=done.subject,
        evidence=done.evidence,
        actor_id=done.actor.id,
        actor_name=done.actor.name,
        channel=done.actor.channel,
    )
    await monitoring.add_repair(session, row)


_WHY_NOT: Mapping[WorkflowHealth, str] = MappingProxyType(
    {
        WorkflowHealth.HEALTHY: "The order's workflow runs: what is to be done can be said to it.",
        WorkflowHealth.MISSING: "Temporal no longer has this order's workflow, so it can't be resumed.",
    }
)


async def _resume(session: Session, client: Client, _: OrderRow, wanted: RecoveryRequest) -> None:
    """Go on from the last task the workflow finished; what it could not hear meanwhile is said again."""
    execution = WorkflowExecution(workflow_id=wanted.ref.workflow_id)
    try:
        await client.workflow_service.reset_workflow_execution(
            ResetWorkflowExecutionRequest(
                namespace=client.namespace,
                workflow_execution=execution,
                # Plain text in Temporal: the journal of repairs says who and why.
                reason="Resumed by an operator",
                request_id=new_id(),
                workflow_task_finish_event_id=await _last_task(client, execution),
            ),
            timeout=PATIENCE,
        )
    except RPCError as error:
        raise EngineUnavailable(f"Temporal did not resume the workflow ({error.message}).") from error
    await delivery.requeue_undelivered(session, wanted.ref)


async def _last_task(client: Client, execution: WorkflowExecution) -> int:
    history = await client.workflow_service.get_workflow_execution_history_reverse(
        GetWorkflowExecutionHistoryReverseRequest(
            namespace=client.namespace, execution=execution, maximum_page_size=_PAGE
        ),
        timeout=PATIENCE,
    )
    for event in history.history.events:
        if event.HasField("workflow_task_completed_event_attributes"):
            return event.event_id
    raise IllegalTransition("The workflow had not begun its work, so there is nothing to resume it from.")


async def _start_again(session: Session, _: Client, __: OrderRow, wanted: RecoveryRequest) -> None:
    await delivery.requeue_start(session, wanted.ref)


async def _close_books(session: Session, _: Client, row: OrderRow, wanted: RecoveryRequest) -> None:
    """End the order as its workflow would have: reservations back, locks, links and carrier orders closed."""
    order, at, states = await order_values.load(session, wanted.ref), utc_now(), []
    for item in sorted(order.items, key=lambda one: one.id):
        known = await changes.lock_item(session, wanted.ref, item.id)
        await changes.take_back(session, known, EFFECTS[order.type.effect], at)
        states.append(ItemState(known.state))
    status = _ending(Status(row.status), states)
    await _write(
        session,
        order,
        OrderEvent(
            seq=await order_rows.last_seq(session, wanted.ref) + 1,
            at=at,
            event=Event(status.lower()),
            status=status,
            actor=wanted.actor,
            data=(("reason", wanted.evidence), ("by_hand", True)),
        ),
    )
    await delivery.discard_pending(session, wanted.ref, "The order's books were closed by an operator.")


async def _write(session: Session, order: Order, entry: OrderEvent) -> None:
    if await record(session, order, entry):
        await enqueue_emails(session, order, entry)


def _ending(status: Status, states: list[ItemState]) -> Status:
    """What the order comes to: what has not been brought will not come."""
    if status in _NOT_APPROVED:
        return Status.WITHDRAWN
    return fold([state if state.final else ItemState.CANCELED for state in states])


Act = Callable[[Session, Client, OrderRow, RecoveryRequest], Awaitable[None]]

_ACTS: Mapping[RecoveryAction, Act] = MappingProxyType(
    {RecoveryAction.RESUME: _resume, RecoveryAction.START_AGAIN: _start_again, RecoveryAction.CLOSE_BOOKS: _close_books}
)
