"""Delivers outbox messages to Temporal, once each."""

import asyncio
import contextlib
from dataclasses import dataclass
from datetime import timedelta
from logging import ERROR, INFO
from typing import Any

import structlog
from temporalio.client import Client, WorkflowUpdateFailedError, WorkflowUpdateRPCTimeoutOrCancelledError
from temporalio.common import WorkflowIDConflictPolicy
from temporalio.exceptions import ApplicationError, WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from models.db.approvals import approval_links
from models.db.outbox import delivery
from models.db.outbox.messages import MessageKind
from models.db.outbox.tables import OutboxRow
from models.db.session import Database, utc_now
from outbox.retry_delay import retry_delay
from outbox.workflow_starts import start_arguments
from runtime.metrics import MESSAGE_SECONDS, MESSAGES

log = structlog.get_logger()


@dataclass(frozen=True, kw_only=True)
class DeliveryResult:
    """The outcome of a message: `done`, `rejected` (with code and detail), `waiting` for a retry, or `dead`."""

    state: str
    code: str | None = None
    detail: str | None = None
    status: str | None = None
    seq: int | None = None


WAITING = DeliveryResult(state="waiting")


class OutboxDispatcher:
    """Any number may run. `timeout` is how long to wait for Temporal, and for the result of an update."""

    def __init__(self, database: Database, client: Client, *, task_queue: str, timeout: timedelta) -> None:
        self._database = database
        self._client = client
        self._task_queue = task_queue
        self._timeout = timeout

    async def deliver(self, action_id: str) -> DeliveryResult:
        """Deliver a message unless another process is doing so; the relay retries what can't be delivered now."""
        async with self._database.transaction() as session:
            row = await delivery.claim(session, action_id, lease=2 * self._timeout)
        if row is None:
            return await self._stored_result(action_id)
        with structlog.contextvars.bound_contextvars(**_log_context(row)):
            return await self._deliver(row)

    async def _deliver(self, row: OutboxRow) -> DeliveryResult:
        try:
            # Each RPC has a time-out too, but the client retries by itself while Temporal is down.
            async with asyncio.timeout(self._timeout.total_seconds()):
                answer = await self._send(row)
        except WorkflowUpdateFailedError as error:
            return await self._update_failed(row, error)
        except (WorkflowUpdateRPCTimeoutOrCancelledError, TimeoutError):
            return await self._reschedule(row, "Neither Temporal nor the order's workflow responded in time.")
        except RPCError as error:
            return await self._rpc_failed(row, error)
        except Exception as error:  # noqa: BLE001 - a lazy client that can't connect, or an unreadable payload
            return await self._reschedule(row, f"{type(error).__name__}: {error}")
        return await self._done(row, answer)

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
        handle = self._client.get_workflow_handle(row.workflow_id)
        if row.kind == MessageKind.SIGNAL:
            await handle.signal(row.name, row.payload, rpc_timeout=self._timeout)
            return None
        answer: dict[str, Any] = await handle.execute_update(
            row.name, row.payload, id=row.id, result_type=dict[str, Any], rpc_timeout=self._timeout
        )
        return answer

    async def _stored_result(self, action_id: str) -> DeliveryResult:
        async with self._database.transaction() as session:
            row = await delivery.find(session, action_id)
        return WAITING if row is None or row.result is None else DeliveryResult(state=row.state, **row.result)

    async def _done(self, row: OutboxRow, answer: dict[str, Any] | None) -> DeliveryResult:
        result = {"status": answer["status"], "seq": answer["seq"]} if answer else {}
        async with self._database.transaction() as session:
            await delivery.complete(session, row, state="done", result=result)
        MESSAGES.labels(row.kind, "done").inc()
        MESSAGE_SECONDS.labels(row.kind).observe(max((utc_now() - row.created_at).total_seconds(), 0))
        return DeliveryResult(state="done", **result)

    async def _update_failed(self, row: OutboxRow, error: WorkflowUpdateFailedError) -> DeliveryResult:
        cause = error.cause
        code = cause.type if isinstance(cause, ApplicationError) and cause.type else "ORDER_CLOSED"
        return await self._reject(row, "rejected", code, getattr(cause, "message", None) or str(cause))

    async def _rpc_failed(self, row: OutboxRow, error: RPCError) -> DeliveryResult:
        if error.status is RPCStatusCode.NOT_FOUND and "already completed" in error.message:
            return await self._reject(row, "rejected", "ORDER_CLOSED", "The order has ended.")
        if error.status is RPCStatusCode.INVALID_ARGUMENT:
            return await self._reject(row, "dead", None, error.message)
        return await self._reschedule(row, error.message)

    async def _reject(self, row: OutboxRow, state: str, code: str | None, detail: str) -> DeliveryResult:
        """End the message without effect, and make the approval link it used usable again."""
        async with self._database.transaction() as session:
            if row.link_id is not None:
                await approval_links.release_link(session, row.link_id)
            await delivery.complete(session, row, state=state, result={"code": code, "detail": detail})
        MESSAGES.labels(row.kind, state).inc()
        level = ERROR if state == "dead" else INFO
        log.log(level, "outbox_message_rejected", message=row.name, state=state, code=code, detail=detail)
        return DeliveryResult(state=state, code=code, detail=detail)

    async def _reschedule(self, row: OutboxRow, error: str) -> DeliveryResult:
        async with self._database.transaction() as session:
            await delivery.reschedule(session, row, delay=retry_delay(row.attempts), error=error)
        MESSAGES.labels(row.kind, "deferred").inc()
        return WAITING


def _log_context(row: OutboxRow) -> dict[str, Any]:
    """Identifies the order and the actor, without anything else from the payload."""
    number = row.payload.get("number") if row.kind == MessageKind.START else None
    actor = (row.payload.get("actor") or {}).get("id")
    fields = {"tenant": row.tenant, "order_id": row.order_id, "order": number, "actor": actor}
    return {name: value for name, value in fields.items() if value}
