"""The outcome of what Dialtone did about a task."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from temporalio import activity

from models.db.order_events import append_outside
from models.db.order_lock import lock_order
from models.db.session import Database
from models.db.tasks import tasks
from models.event import Event
from models.events.delivery import (
    CORRECTION_TAKEN_OVER,
    CORRECTION_UNSETTLED,
    DELIVERY_ACCEPTED,
    DELIVERY_ENDED,
    DELIVERY_UNSETTLED,
)
from models.events.operations import CARRIER_ASKED
from models.order import Actor, OrderRef
from models.task_action import TaskAction
from notifications.enqueue import enqueue_emails

# What is recorded if the task is settled, and if it stays open.
_OUTCOMES: Mapping[TaskAction, tuple[Event, Event]] = MappingProxyType(
    {
        TaskAction.ACCEPT: (DELIVERY_ACCEPTED, DELIVERY_UNSETTLED),
        TaskAction.END: (DELIVERY_ENDED, DELIVERY_UNSETTLED),
        TaskAction.CORRECT: (CORRECTION_TAKEN_OVER, CORRECTION_UNSETTLED),
        TaskAction.ASK_AGAIN: (CARRIER_ASKED, CARRIER_ASKED),
    }
)


@dataclass(frozen=True, kw_only=True)
class FinishTaskInput:
    """`problem` is a sentence that says why the task stays open, `error` the technical cause, if there is one.

    `answer` is what the carrier said, as a sentence, if the task is settled by it.
    """

    ref: OrderRef
    task_id: str
    action: TaskAction
    actor: Actor
    at: datetime
    text: str = ""
    answer: str | None = None
    problem: str | None = None
    error: str | None = None


class TaskActivities:
    def __init__(self, database: Database) -> None:
        self._database = database

    @activity.defn
    async def finish_task(self, request: FinishTaskInput) -> None:
        """Record the outcome once, in the order's history and on the task: it is settled, or open as before."""
        async with self._database.transaction() as session:
            await lock_order(session, request.ref)
            task = await tasks.lock(session, request.ref.tenant, request.task_id)
            if task.acting_since is None:
                return
            task.acting_since, task.problem = None, request.problem
            done = request.problem is None
            on_success, on_failure = _OUTCOMES[request.action]
            data = {
                "choice": request.action,
                "item_id": task.evidence.get("item_id"),
                "item": task.evidence.get("item"),
                "evidence": request.text,
                "detail": request.problem or request.answer,
                "error": request.error,
            }
            order, event = await append_outside(
                session,
                request.ref,
                on_success if done else on_failure,
                actor=request.actor,
                at=request.at,
                data=data | ({"task": task.seq} if done else {}),
            )
            await enqueue_emails(session, order, event)
