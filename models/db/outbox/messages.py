"""What can be said to a workflow, and putting it into the outbox."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any

from pydantic_core import to_jsonable_python

from models.db.outbox import delivery
from models.db.outbox.tables import OutboxRow
from models.db.session import Session, utc_now
from models.order import Order, OrderRef

# Who writes a message delivers it right after the commit, and answers with what came of it; the relay steps in later.
HEAD_START = timedelta(seconds=2)


class MessageKind(StrEnum):
    """How a message is said."""

    START = "start"
    UPDATE = "update"
    SIGNAL = "signal"


@dataclass(frozen=True, kw_only=True)
class Message:
    """One thing to say about one order. `action_id` is unique for ever: saying it again says nothing new.

    `payload` is one of the message values of `models/order.py`; for a start it is the Order. `link_id` is the
    approval link the message rests on, given back when the workflow refuses. `workflow_id` is who hears it, where
    that is not the order's own workflow but a clock that goes on after it.
    """

    action_id: str
    ref: OrderRef
    kind: MessageKind
    name: str
    payload: Any
    link_id: str | None = None
    workflow_id: str | None = None


def start(order: Order) -> Message:
    """The message that starts an order's workflow; its action id is the order's own."""
    return Message(action_id=order.id, ref=order.ref, kind=MessageKind.START, name=order.type.code, payload=order)


async def enqueue(session: Session, message: Message) -> bool:
    """Write the message with the caller's transaction; False when its action id is known already."""
    now = utc_now()
    return await delivery.add(
        session,
        OutboxRow(
            id=message.action_id,
            tenant=message.ref.tenant,
            order_id=message.ref.id,
            workflow_id=message.workflow_id or message.ref.workflow_id,
            kind=message.kind,
            name=message.name,
            payload=to_jsonable_python(message.payload),
            link_id=message.link_id,
            created_at=now,
            next_attempt_at=now + HEAD_START,
        ),
    )
