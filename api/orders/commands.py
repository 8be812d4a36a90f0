"""What people do to an order: written to the outbox, said to its workflow, answered with what came of it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import structlog
from pydantic_core import to_jsonable_python

from api.deps import Access, Services
from api.http.schemas import View, fingerprint
from models.db.orders import order_rows
from models.db.orders.order_rows import OrderFound
from models.db.outbox import delivery as outbox_rows
from models.db.outbox.messages import Message, MessageKind, enqueue
from models.db.session import Session, new_id
from models.errors import EditConflict, IdempotencyKeyReused, OrderClosed, refusal
from models.lifecycle import Action, Status
from models.order import OrderRef
from policies.access import Right, right_to


@dataclass(frozen=True, kw_only=True)
class Command:
    """An action on an order, before it is worded. `key` makes it the same action when it is sent again.

    `right` is what it takes; None: what the action needs in the order's status.
    """

    action: Action
    ref: str
    right: Right | None = None
    key: str | None = None
    if_match: str | None = None


class Answer(View):
    """What came of an action: `done`, or `waiting` until the workflow hears of it.

    A reader that sends `seq` along (`GET …?seq=`) sees the order as of this action.
    """

    order: str
    action: str
    action_id: str
    state: str
    status: str
    seq: int


@dataclass(frozen=True, kw_only=True)
class Context:
    """What wording an action needs: who acts on which order, under which action id."""

    session: Session
    access: Access
    found: OrderFound
    action_id: str


Wording = Callable[[Context], Awaitable[Any]]


async def run(services: Services, access: Access, command: Command, wording: Wording) -> Answer:
    """Say it to the order's workflow; returns what it answered, raises what it refused."""
    async with services.database.transaction() as session:
        found = await order_rows.find(session, access.person, command.ref)
        structlog.contextvars.bind_contextvars(order=found.row.number, order_id=found.row.id)
        action_id = _action_id(access, found, command)
        _may_act(access, found, command)
        context = Context(session=session, access=access, found=found, action_id=action_id)
        await _enqueue(context, command, await wording(context))
    return await _deliver(services, command, found, action_id)


def _may_act(access: Access, found: OrderFound, command: Command) -> None:
    right = command.right or right_to(command.action, Status(found.row.status))
    access.check(found.relations, right)
    if command.action is Action.APPROVE and found.row.type.get("step_up"):
        access.require_fresh()
    if command.if_match not in {None, "*", f'W/"{found.row.id}.{found.row.seq}"'}:
        raise EditConflict("The order has changed since you read it.", facts={"seq": str(found.row.seq)})


async def _enqueue(context: Context, command: Command, payload: Any) -> None:
    row = context.found.row
    message = Message(
        action_id=context.action_id,
        ref=OrderRef(tenant=row.tenant, id=row.id),
        kind=MessageKind.UPDATE,
        name=command.action,
        payload=payload,
    )
    known = await outbox_rows.find(context.session, context.action_id)
    if known is not None and known.payload != to_jsonable_python(payload):
        raise IdempotencyKeyReused("This Idempotency-Key was used for another action; choose a new one.")
    if known is None and Status(row.status).final:
        raise OrderClosed(f"The order has ended: {row.status}.")
    await enqueue(context.session, message)


async def _deliver(services: Services, command: Command, found: OrderFound, action_id: str) -> Answer:
    delivery = await services.dispatcher.deliver(action_id)
    if delivery.state in {"refused", "dead"}:
        raise refusal(delivery.code, delivery.detail)
    done = delivery.state == "done"
    return Answer(
        order=found.row.number,
        action=command.action,
        action_id=action_id,
        state="done" if done else "waiting",
        status=(delivery.status if done else None) or found.row.status,
        seq=(delivery.seq if done else None) or found.row.seq,
    )


def _action_id(access: Access, found: OrderFound, command: Command) -> str:
    """A fresh id, or, with an Idempotency-Key, always the same one for the same person, order and action."""
    if command.key is None:
        return new_id()
    person = access.person
    return fingerprint([person.tenant, person.id, found.row.id, command.action, command.key])
