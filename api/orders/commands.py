"""Commands on an order: written to the outbox, delivered to its workflow, answered with the result."""

from dataclasses import dataclass
from typing import Any

import structlog
from pydantic_core import to_jsonable_python

from api.deps import Access, Services
from api.http.schemas import fingerprint
from api.http.statuses import label
from api.orders.command_payloads import CommandContext, Payload, build_payload
from api.orders.schemas import CommandResult
from models.db.orders import order_rows
from models.db.orders.order_rows import OrderFound
from models.db.outbox import delivery as outbox_rows
from models.db.outbox.messages import Message, MessageKind, enqueue
from models.db.session import new_id
from models.errors import EditConflict, IdempotencyKeyReused, OrderClosed, error_from_code
from models.lifecycle import Action, Status
from models.order import OrderRef
from policies.access import Right, required_right


@dataclass(frozen=True, kw_only=True)
class Command:
    """An action on an order. Commands with the same `key` are one command.

    `right` is the right it takes; by default the one the action needs in the order's status.
    """

    action: Action
    ref: str
    body: Any
    right: Right | None = None
    key: str | None = None
    if_match: str | None = None


async def run(services: Services, access: Access, command: Command) -> CommandResult:
    """Deliver the action to the order's workflow. Raises the error with which the workflow rejects it."""
    async with services.database.transaction() as session:
        found = await order_rows.find(session, access.person, command.ref)
        structlog.contextvars.bind_contextvars(order=found.row.number, order_id=found.row.id)
        _check(access, found, command)
        context = CommandContext(
            session=session,
            access=access,
            found=found,
            action=command.action,
            action_id=_action_id(access, found, command),
        )
        await _enqueue(context, await build_payload(context, command.body))
    return await _deliver(services, context)


def _check(access: Access, found: OrderFound, command: Command) -> None:
    right = command.right or required_right(command.action, Status(found.row.status))
    access.check(found.relations, right)
    if command.action is Action.APPROVE and found.row.type.get("step_up"):
        access.require_step_up()
    if command.if_match not in {None, "*", f'W/"{found.row.id}.{found.row.seq}"'}:
        detail = "The order changed since you read it. Read it again before you change it."
        raise EditConflict(detail, facts={"seq": str(found.row.seq)})


async def _enqueue(context: CommandContext, payload: Payload) -> None:
    row = context.found.row
    message = Message(
        action_id=context.action_id,
        ref=OrderRef(tenant=row.tenant, id=row.id),
        kind=MessageKind.UPDATE,
        name=context.action,
        payload=payload,
    )
    known = await outbox_rows.find(context.session, context.action_id)
    if known is not None and known.payload != to_jsonable_python(payload):
        raise IdempotencyKeyReused("This Idempotency-Key was used for a different request. Use a new key.")
    if known is None and Status(row.status).final:
        raise OrderClosed(f"This order is already closed: {label(row.status).lower()}.")
    await enqueue(context.session, message)


async def _deliver(services: Services, context: CommandContext) -> CommandResult:
    delivery, row = await services.dispatcher.deliver(context.action_id), context.found.row
    if delivery.state in {"refused", "dead"}:
        raise error_from_code(delivery.code, delivery.detail)
    done = delivery.state == "done"
    return CommandResult(
        order=row.number,
        action=context.action,
        action_id=context.action_id,
        state="done" if done else "waiting",
        status=(delivery.status if done else None) or row.status,
        seq=(delivery.seq if done else None) or row.seq,
    )


def _action_id(access: Access, found: OrderFound, command: Command) -> str:
    """A new ID, or the same one for every command with this person, order, action and key."""
    if command.key is None:
        return new_id()
    person = access.person
    return fingerprint([person.tenant, person.id, found.row.id, command.action, command.key])
