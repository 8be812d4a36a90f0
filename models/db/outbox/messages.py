"""Messages to workflows; `enqueue` is the only way into the outbox."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any

from pydantic_core import to_jsonable_python

from models.db.outbox.delivery import CHANNEL, WRITER_LEASE
from models.db.outbox.tables import OutboxRow
from models.db.session import Session, utc_now
from models.order import Order, OrderRef
from models.task_action import TASK_ACTION, TaskActionInput
from models.timers import LINE_TIMER, TimerInput


class MessageKind(StrEnum):
    """How Temporal delivers a message."""

    START = "start"
    UPDATE = "update"
    SIGNAL = "signal"


@dataclass(frozen=True, kw_only=True)
class Message:
    """A message about one order, sent once per `action_id`, which is unique forever.

    `payload` is the argument of the workflow that it starts, else one of the message values of `models/order.py`.
    `link_id` is the approval link that was used to send it; the link becomes live again if the workflow rejects it.
    `workflow_id` is the recipient where that is not the order's own.
    """

    action_id: str
    ref: OrderRef
    kind: MessageKind
    name: str
    payload: Any
    link_id: str | None = None
    workflow_id: str | None = None


def start_order(order: Order) -> Message:
    """The message that starts an order's workflow; its action id is the order's id."""
    return Message(action_id=order.id, ref=order.ref, kind=MessageKind.START, name=order.type.code, payload=order)


def start_timer(timer: TimerInput) -> Message:
    """The message that starts a timer's workflow; its action id is the timer's id."""
    return Message(
        action_id=timer.ref.id,
        ref=timer.order,
        kind=MessageKind.START,
        name=LINE_TIMER,
        payload=timer,
        workflow_id=timer.ref.workflow_id,
    )


def start_task_action(action: TaskActionInput, action_id: str) -> Message:
    """The message that starts what was chosen on a task; each try has an action id of its own."""
    return Message(
        action_id=action_id,
        ref=action.ref,
        kind=MessageKind.START,
        name=TASK_ACTION,
        payload=action,
        workflow_id=action.workflow_id,
    )


async def enqueue(session: Session, message: Message, *, notify_relay: bool = False) -> OutboxRow | None:
    """Write the message in the caller's transaction; None if its action id exists.

    It is written as claimed by the caller, who delivers it right after the commit, unless `notify_relay` has the relay
    deliver it at once.
    """
    row = OutboxRow(
        id=message.action_id,
        tenant=message.ref.tenant,
        order_id=message.ref.id,
        workflow_id=message.workflow_id or message.ref.workflow_id,
        kind=message.kind,
        name=message.name,
        payload=to_jsonable_python(message.payload),
        link_id=message.link_id,
        attempts=0 if notify_relay else 1,
        created_at=utc_now(),  # for the writer; stored is the time of the database
    )
    delay = timedelta(0) if notify_relay else WRITER_LEASE
    channel = CHANNEL if notify_relay else ""
    written = await session.insert_once(row, notify=channel, created_at=timedelta(0), next_attempt_at=delay)
    return row if written else None
