"""Delivers outbox messages to Temporal, once each."""

import asyncio
import contextlib
from dataclasses import dataclass
from datetime import timedelta
from logging import ERROR, INFO
from typing import Any

import structlog
from pydantic import TypeAdapter
from temporalio.client import (
    Client,
    WorkflowExecutionStatus,
    WorkflowUpdateFailedError,
    WorkflowUpdateRPCTimeoutOrCancelledError,
)
from temporalio.common import WorkflowIDConflictPolicy
from temporalio.exceptions import ApplicationError, WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from models.db.approvals import approval_links
from models.db.order_events import append_outside
from models.db.order_lock import lock_order
from models.db.outbox import delivery
from models.db.outbox.messages import MessageKind
from models.db.outbox.tables import OutboxRow
from models.db.session import Database, Session, utc_now
from models.errors import is_public_code
from models.events.operations import MESSAGE_REJECTED
from models.order import Actor, ActorKind, OrderRef
from notifications.enqueue import enqueue_emails
from outbox.retry_delay import MAX_TRIES, retry_delay
from outbox.workflow_starts import start_arguments
from runtime.metrics import MESSAGE_SECONDS, MESSAGES

log = structlog.get_logger()


@dataclass(frozen=True, kw_only=True)
class DeliveryResult:
    """The outcome of a message: `done`, `rejected` (with code and detail), `waiting` for a retry, or `dead`.

    `detail` of the last two is what went wrong, for operators.
    """

    state: str
    code: str | None = None
    detail: str | None = None
    status: str | None = None
    seq: int | None = None


WAITING = DeliveryResult(state="waiting")
_DONE = DeliveryResult(state="done")
ORDER_CLOSED = DeliveryResult(state="rejected", code="ORDER_CLOSED", detail="The order has ended.")
_OPEN = {WorkflowExecutionStatus.RUNNING, WorkflowExecutionStatus.CONTINUED_AS_NEW}
_ACTOR = TypeAdapter(Actor)


class OutboxDispatcher:
    """Any number may run. `timeout` is how long to wait for Temporal, and for the result of an update."""

    def __init__(self, database: Database, client: Client, *, task_queue: str, timeout: timedelta) -> None:
        self._database = database
        self._client = client
        self._task_queue = task_queue
        self._timeout = timeout
        self.lease = 2 * timeout

    async def deliver(self, action_id: str, written: OutboxRow | None = None) -> DeliveryResult:
        """Deliver a message unless another process is doing so; the relay retries what can't be delivered now.

        `written` is the message if the caller has just written it, and so has claimed it.
        """
        row = written or await self._database.run_alone(delivery.claim, action_id, lease=self.lease)
        if row is None:
            return await self._stored_result(action_id)
        return await self.deliver_claimed(row, caller_waits=True)

    async def deliver_claimed(self, row: OutboxRow, *, caller_waits: bool) -> DeliveryResult:
        """Deliver a message that was claimed for the length of `lease`.

        Unless a caller waits for the result, the person who sent a message that is rejected is told by email.
        """
        with structlog.contextvars.bound_contextvars(**_log_context(row)):
            result = await self._deliver(row)
            if result.state == "waiting":
                delay, error = retry_delay(row.attempts), result.detail or ""
                await self._database.run_alone(delivery.reschedule, row, delay=delay, error=error)
            elif result.state == "done":
                known = {"status": result.status, "seq": result.seq} if result.status else {}
                # What is lost is delivered again, and the workflow knows it; but a start can start another one.
                repeatable = row.kind != MessageKind.START
                await self._database.run_alone(
                    delivery.complete, row, state="done", result=known, repeatable=repeatable
                )
            else:
                await self._database.run(store_rejection, row, result, tell_sender=not caller_waits)
            _observe(row, result)
        return result

    async def _deliver(self, row: OutboxRow) -> DeliveryResult:
        try:
            # Each RPC has a time-out too, but the client retries by itself while Temporal is down.
            async with asyncio.timeout(self._timeout.total_seconds()):
                answer = await self._send(row)
        except WorkflowUpdateFailedError as error:
            return await self._update_failed(row, error)
        except (WorkflowUpdateRPCTimeoutOrCancelledError, TimeoutError):
            return _later(row, "Neither Temporal nor the order's workflow responded in time.")
        except RPCError as error:
            return await self._rpc_failed(row, error)
        except Exception as error:  # noqa: BLE001 - a lazy client that can't connect, or an unreadable payload
            return _later(row, f"{type(error).__name__}: {error}")
        return DeliveryResult(state="done", status=answer["status"], seq=answer["seq"]) if answer else _DONE

    async def _send(self, row: OutboxRow) -> dict[str, Any] | None:
        """Start, signal or update the workflow; an update returns its result."""
        if row.kind == MessageKind.START:
            with contextlib.suppress(WorkflowAlreadyStartedError):
                await self._client.start_workflow(
                    **start_arguments(row),
                    task_queue=self._task_queue,
                    id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
                    rpc_timeout=self._timeout,
                )
            return None
        handle, message = self._client.get_workflow_handle(row.workflow_id), {**row.payload, "message_name": row.name}
        if row.kind == MessageKind.SIGNAL:
            await handle.signal(row.name, message, rpc_timeout=self._timeout)
            return None
        answer: dict[str, Any] = await handle.execute_update(
            row.name, message, id=row.id, result_type=dict[str, Any], rpc_timeout=self._timeout
        )
        return answer

    async def _stored_result(self, action_id: str) -> DeliveryResult:
        async with self._database.read() as session:
            row = await delivery.find(session, action_id)
        return WAITING if row is None or row.result is None else DeliveryResult(state=row.state, **row.result)

    async def _update_failed(self, row: OutboxRow, error: WorkflowUpdateFailedError) -> DeliveryResult:
        cause = error.cause
        code = cause.type if isinstance(cause, ApplicationError) else None
        if not is_public_code(code) and await self._has_ended(row):
            return ORDER_CLOSED
        return DeliveryResult(state="rejected", code=code, detail=getattr(cause, "message", None) or str(cause))

    async def _rpc_failed(self, row: OutboxRow, error: RPCError) -> DeliveryResult:
        if error.status is RPCStatusCode.INVALID_ARGUMENT:
            return DeliveryResult(state="dead", detail=error.message)
        if row.kind != MessageKind.START and await self._has_ended(row):
            return ORDER_CLOSED
        return _later(row, error.message)

    async def _has_ended(self, row: OutboxRow) -> bool:
        """Whether the workflow takes no more messages. Temporal's answers to a message have many wordings for it."""
        try:
            described = await self._client.get_workflow_handle(row.workflow_id).describe(rpc_timeout=self._timeout)
        except RPCError:
            return False
        return described.status not in _OPEN


def _later(row: OutboxRow, error: str) -> DeliveryResult:
    """Try again, but not without end."""
    return DeliveryResult(state="waiting" if row.attempts < MAX_TRIES else "dead", detail=error)


async def store_rejection(session: Session, row: OutboxRow, result: DeliveryResult, *, tell_sender: bool) -> None:
    """Complete a message that had no effect: the approval link it used is usable again."""
    await lock_order(session, OrderRef(tenant=row.tenant, id=row.order_id))
    known = {"code": result.code, "detail": result.detail}
    if await delivery.complete(session, row, state=result.state, result=known):
        if row.link_id is not None:
            await approval_links.release_link(session, row.link_id)
        if tell_sender:
            await _tell_sender(session, row, result)


async def _tell_sender(session: Session, row: OutboxRow, result: DeliveryResult) -> None:
    """Record in the order's history that a person's message had no effect, and email them."""
    sender = row.payload.get("actor")
    actor = _ACTOR.validate_python(sender) if row.kind == MessageKind.UPDATE and sender else None
    if actor is None or actor.kind is not ActorKind.PERSON:
        return
    # Why Temporal can't take a message is for operators.
    data = {"action": row.name, "code": result.code, "detail": result.detail if result.state == "rejected" else None}
    ref = OrderRef(tenant=row.tenant, id=row.order_id)
    order, event = await append_outside(session, ref, MESSAGE_REJECTED, actor=actor, at=await session.now(), data=data)
    await enqueue_emails(session, order, event)


def _observe(row: OutboxRow, result: DeliveryResult) -> None:
    MESSAGES.labels(row.kind, "deferred" if result.state == "waiting" else result.state).inc()
    if result.state == "done":
        MESSAGE_SECONDS.labels(row.kind).observe(max((utc_now() - row.created_at).total_seconds(), 0))
    elif result.state != "waiting":
        level = ERROR if result.state == "dead" else INFO
        facts = {"message": row.name, "state": result.state, "code": result.code, "detail": result.detail}
        log.log(level, "outbox_message_rejected", **facts)


def _log_context(row: OutboxRow) -> dict[str, Any]:
    """Identifies the order and the actor, without anything else from the payload."""
    number = row.payload.get("number") if row.kind == MessageKind.START else None
    actor = (row.payload.get("actor") or {}).get("id")
    fields = {"tenant": row.tenant, "order_id": row.order_id, "order": number, "actor": actor}
    return {name: value for name, value in fields.items() if value}
