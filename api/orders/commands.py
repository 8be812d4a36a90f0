"""Commands on an order: written to the outbox, delivered to its workflow, answered with the result."""

from dataclasses import dataclass, replace
from typing import Any

import structlog

from api import workflow_actions
from api.deps import Access, Services
from api.orders.command_payloads import CommandContext, Payload, build_payload
from api.orders.command_schemas import CommandResult
from models.db.encryption import Keyring
from models.db.orders import order_rows, order_values
from models.db.orders.order_rows import OrderFound
from models.db.outbox.messages import Message, MessageKind
from models.db.outbox.tables import OutboxRow
from models.db.session import Session
from models.errors import EditConflict, OrderClosed
from models.lifecycle import Action, Status
from models.status_labels import label
from policies.access import Right, required_right

# They require a recent second factor where submitting the order does.
_STEP_UP = frozenset({Action.APPROVE, Action.COMPLETE_MANUALLY})


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
    return await deliver(services, await services.database.run(accept, services.keyring, access, command))


async def accept(session: Session, keyring: Keyring, access: Access, command: Command) -> CommandContext:
    """Check the command and write its message."""
    found = await order_rows.find(session, access.person, command.ref)
    structlog.contextvars.bind_contextvars(order=found.row.number, order_id=found.row.id)
    _check(access, found, command)
    context = CommandContext(
        session=session,
        keyring=keyring,
        access=access,
        found=found,
        action=command.action,
        action_id=workflow_actions.action_id(access, found.row.id, command.action, command.key),
    )
    written = await _enqueue(context, await build_payload(context, command.body))
    return replace(context, message=written)


def _check(access: Access, found: OrderFound, command: Command) -> None:
    right = command.right or required_right(command.action, Status(found.row.status))
    access.check(found.relations, right)
    if command.action in _STEP_UP and order_values.type_of(found.row).step_up:
        access.require_step_up()
    if command.if_match not in {None, "*", f'W/"{found.row.id}.{found.row.seq}"'}:
        raise EditConflict(
            "The order changed since you read it. Read it again before you change it.",
            facts={"seq": str(found.row.seq)},
        )


async def _enqueue(context: CommandContext, payload: Payload) -> OutboxRow | None:
    row = context.found.row
    message = Message(
        action_id=context.action_id,
        ref=context.ref,
        kind=MessageKind.UPDATE,
        name=context.action,
        payload=payload,
    )
    # A repeated message gets its stored result; the error rolls a new one back.
    written = await workflow_actions.enqueue(context.session, message)
    if written and Status(row.status).final:
        raise OrderClosed(f"This order is already closed: {label(row.status).lower()}.")
    return written


async def deliver(services: Services, context: CommandContext) -> CommandResult:
    """Deliver the message of a command that was accepted. Raises the error with which the workflow rejects it."""
    result = await workflow_actions.deliver(services, context.action_id, context.message)
    row = context.found.row
    return CommandResult(
        order=row.number,
        action=context.action,
        action_id=context.action_id,
        state=result.state,
        status=result.status or row.status,
        seq=result.seq or row.seq,
    )
