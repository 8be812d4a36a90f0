"""Delivers what the outbox holds to Temporal: once, at once, and again later when Temporal is away."""

import asyncio
import random
from dataclasses import dataclass
from datetime import timedelta
from logging import ERROR, INFO
from typing import Any

import structlog
from temporalio.client import Client, WorkflowUpdateFailedError, WorkflowUpdateRPCTimeoutOrCancelledError
from temporalio.common import (
    Priority,
    SearchAttributePair,
    TypedSearchAttributes,
    WorkflowIDConflictPolicy,
    WorkflowIDReusePolicy,
)
from temporalio.exceptions import ApplicationError, WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from models.db.approvals import approval_links
from models.db.outbox import delivery
from models.db.outbox.messages import MessageKind
from models.db.outbox.tables import OutboxRow
from models.db.session import Database, utc_now
from outbox.workflow_starts import WorkflowStart, workflow_start
from runtime.metrics import MESSAGE_SECONDS, MESSAGES
from workflows.search_attributes import NEEDS_ATTENTION, NUMBER, TENANT

log = structlog.get_logger()

# Short, since what keeps messages waiting is Temporal's absence, and when it is back they are all wanted at once.
LONGEST_WAIT = timedelta(seconds=30)
_AGAIN = WorkflowIDReusePolicy.ALLOW_DUPLICATE_FAILED_ONLY


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """What became of a message: `done`, `refused` (with the refusal's code and detail), `waiting`, or `dead`."""

    state: str
    code: str | None = None
    detail: str | None = None
    status: str | None = None
    seq: int | None = None


WAITING = Delivery(state="waiting")


class OutboxDispatcher:
    """Takes messages to workflows. `patience` is how long an update's answer is waited for."""

    def __init__(self, database: Database, client: Client, *, task_queue: str, patience: timedelta) -> None:
        self._database = database
        self._client = client
        self._task_queue = task_queue
        self._patience = patience

    async def deliver(self, action_id: str) -> Delivery:
        """Deliver one message if nobody else is doing so; what cannot be delivered now stays for the relay."""
        async with self._database.transaction() as session:
            row = await delivery.claim(session, action_id, lease=2 * self._patience)
        if row is None:
            return await self._known(action_id)
        with structlog.contextvars.bound_contextvars(**_subject(row)):
            return await self._deliver(row)

    async def _deliver(self, row: OutboxRow) -> Delivery:
        try:
            # Calls have time limits too, but the client tries again by itself while nobody listens.
            async with asyncio.timeout(self._patience.total_seconds()):
                answer = await self._say(row)
        except WorkflowUpdateFailedError as error:
            return await self._refused(row, error)
        except (WorkflowUpdateRPCTimeoutOrCancelledError, TimeoutError):
            return await self._put_off(row, "Neither Temporal nor the order's workflow has answered in time.")
        except RPCError as error:
            return await self._unreachable(row, error)
        except Exception as error:  # noqa: BLE001 - a lazy client that cannot connect, or a message nobody can read
            return await self._put_off(row, f"{type(error).__name__}: {error}")
        return await self._done(row, answer)

    async def _say(self, row: OutboxRow) -> dict[str, Any] | None:
        if row.kind == MessageKind.START:
            await self._start(workflow_start(row))
            return None
        handle = self._client.get_workflow_handle(row.workflow_id)
        if row.kind == MessageKind.SIGNAL:
            await handle.signal(row.name, row.payload, rpc_timeout=self._patience)
            return None
        answer: dict[str, Any] = await handle.execute_update(
            row.name, row.payload, id=row.id, result_type=dict[str, Any], rpc_timeout=self._patience
        )
        return answer

    async def _start(self, one: WorkflowStart) -> None:
        try:
            await self._client.start_workflow(
                one.workflow,
                one.argument,
                id=one.workflow_id,
                task_queue=self._task_queue,
                id_reuse_policy=_AGAIN if one.again else WorkflowIDReusePolicy.REJECT_DUPLICATE,
                id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
                priority=Priority(priority_key=one.priority, fairness_key=one.tenant),
                search_attributes=_attributes(one),
                static_summary=one.summary,
                rpc_timeout=self._patience,
            )
        except WorkflowAlreadyStartedError:
            return

    async def _known(self, action_id: str) -> Delivery:
        async with self._database.transaction() as session:
            row = await delivery.find(session, action_id)
        return WAITING if row is None or row.result is None else Delivery(state=row.state, **row.result)

    async def _done(self, row: OutboxRow, answer: dict[str, Any] | None) -> Delivery:
        result = {"status": answer["status"], "seq": answer["seq"]} if answer else {}
        async with self._database.transaction() as session:
            await delivery.complete(session, row, state="done", result=result)
        MESSAGES.labels(row.kind, "done").inc()
        MESSAGE_SECONDS.labels(row.kind).observe(max((utc_now() - row.created_at).total_seconds(), 0))
        return Delivery(state="done", **result)

    async def _refused(self, row: OutboxRow, error: WorkflowUpdateFailedError) -> Delivery:
        cause = error.cause
        code = cause.type if isinstance(cause, ApplicationError) and cause.type else "ORDER_CLOSED"
        return await self._end(row, "refused", code, getattr(cause, "message", None) or str(cause))

    async def _unreachable(self, row: OutboxRow, error: RPCError) -> Delivery:
        if error.status is RPCStatusCode.NOT_FOUND and "already completed" in error.message:
            return await self._end(row, "refused", "ORDER_CLOSED", "The order has ended.")
        if error.status is RPCStatusCode.INVALID_ARGUMENT:
            return await self._end(row, "dead", None, error.message)
        return await self._put_off(row, error.message)

    async def _end(self, row: OutboxRow, state: str, code: str | None, detail: str) -> Delivery:
        """The message will not be taken: whoever used a link to say it may use the link again."""
        async with self._database.transaction() as session:
            await delivery.complete(session, row, state=state, result={"code": code, "detail": detail})
            if row.link_id is not None:
                await approval_links.give_back(session, row.link_id)
        MESSAGES.labels(row.kind, state).inc()
        level = ERROR if state == "dead" else INFO
        log.log(level, "message_not_taken", message=row.name, state=state, code=code, detail=detail)
        return Delivery(state=state, code=code, detail=detail)

    async def _put_off(self, row: OutboxRow, error: str) -> Delivery:
        """Try again later, a little later each time, not all at the same moment."""
        wait = min(timedelta(seconds=2 ** min(row.attempts, 12)) / 4, LONGEST_WAIT)
        spread = wait * (0.5 + random.random())  # noqa: S311 - no secret
        async with self._database.transaction() as session:
            await delivery.reschedule(session, row, until=utc_now() + spread, error=error)
        MESSAGES.labels(row.kind, "put_off").inc()
        return WAITING


def _subject(row: OutboxRow) -> dict[str, Any]:
    """Who says something to which order, for the log; nothing else of what is said."""
    number = row.payload.get("number") if row.kind == MessageKind.START else None
    actor = (row.payload.get("actor") or {}).get("id")
    known = {"tenant": row.tenant, "order_id": row.order_id, "order": number, "actor": actor}
    return {name: value for name, value in known.items() if value}


def _attributes(one: WorkflowStart) -> TypedSearchAttributes:
    return TypedSearchAttributes(
        [
            SearchAttributePair(TENANT, one.tenant),
            SearchAttributePair(NUMBER, one.number),
            SearchAttributePair(NEEDS_ATTENTION, False),
        ]
    )
