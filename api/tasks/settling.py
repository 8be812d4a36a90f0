"""Settling a task: a choice acts through the workflow of its order, of a suspension timer, or of its own."""

from datetime import datetime

import structlog

from api import workflow_actions
from api.deps import Access, Services
from api.orders import commands
from api.orders.command_payloads import ChosenOnTask
from api.orders.commands import Command
from api.tasks import operations
from api.tasks.operations import outcome_of
from api.tasks.schemas import SettleIn, SettleResult
from models.db.order_events import append_outside
from models.db.order_lock import lock_order
from models.db.outbox import delivery
from models.db.outbox.messages import Message, MessageKind, enqueue, start_task_action
from models.db.session import Session, utc_now
from models.db.tasks import tasks
from models.db.tasks.tables import TaskRow
from models.db.tasks.tasks import TaskFound
from models.errors import ActionNotAllowed, AlreadyDecided, NotFound, PublicError, TextRequired
from models.events.operations import TASK_SETTLED
from models.order import OrderRef
from models.order_messages import OperatorAction
from models.task import TaskChoice, TaskStatus, task_kind
from models.task_action import TaskAction, TaskActionInput
from models.timers import TimerRef
from policies.access import Right


async def settle(services: Services, access: Access, task_id: str, body: SettleIn, key: str | None) -> SettleResult:
    """Make a choice, once. Raises AlreadyDecided if the task is closed, or the error of the workflow that acts."""
    async with services.database.transaction() as session:
        found = await operations.find(session, access, task_id)
        structlog.contextvars.bind_contextvars(order=found.order.number, order_id=found.order.id)
        choice = _choice(found.row, body)
        if choice.runs is not None:
            return await _start(session, access, found, TaskAction(choice.runs), body.text, key, services.now())
        if choice.sends is None:
            return await _record(session, access, found, choice, body.text)
        if found.row.state != TaskStatus.OPEN and not await _was_sent(session, access, found.row, choice, key):
            raise AlreadyDecided(outcome_of(found.row))
    send = _send_to_timer if task_kind(found.row.kind).of_timer else _send_to_order
    try:
        return await send(services, access, found, choice, body.text, key)
    except PublicError as error:
        raise await _as_stale(services, access, task_id, error) from error


async def _send_to_order(  # noqa: PLR0917 - who has chosen what
    services: Services, access: Access, found: TaskFound, choice: TaskChoice, text: str, key: str | None
) -> SettleResult:
    assert choice.sends is not None
    row = found.row
    chosen = ChosenOnTask(task=row, choice=choice.code, text=text)
    result = await commands.run(services, access, Command(action=choice.sends, ref=row.order_id, body=chosen, key=key))
    return SettleResult(task=row.id, order=result.order, choice=choice.code, state=result.state, seq=result.seq)


async def _send_to_timer(  # noqa: PLR0917 - who has chosen what
    services: Services, access: Access, found: TaskFound, choice: TaskChoice, text: str, key: str | None
) -> SettleResult:
    assert choice.sends is not None
    row = found.row
    access.check(found.relations, Right.LINE_REPAIR)
    action_id = workflow_actions.action_id(access, target_of(row), choice.sends, key)
    message = Message(
        action_id=action_id,
        ref=OrderRef(tenant=row.tenant, id=row.order_id),
        kind=MessageKind.UPDATE,
        name=choice.sends,
        payload=OperatorAction(action_id=action_id, actor=access.actor, evidence=text, task=row.seq),
        workflow_id=TimerRef(tenant=row.tenant, id=row.thing).workflow_id,
    )
    await services.database.run(workflow_actions.enqueue, message)
    result = await workflow_actions.deliver(services, action_id)
    return SettleResult(task=row.id, order=found.order.number, choice=choice.code, state=result.state)


def _choice(row: TaskRow, body: SettleIn) -> TaskChoice:
    """The choice of the task that the body names. Raises NotFound, ActionNotAllowed, TextRequired."""
    choice = task_kind(row.kind).choice(body.choice)
    if choice is None:
        raise NotFound("This task has no such choice.", field="choice")
    if choice.code not in row.choices:
        raise ActionNotAllowed(f"“{choice.label}” isn't possible here.", field="choice")
    if choice.required and not body.text:
        raise TextRequired(f"Fill in “{choice.asks.rstrip('.?')}”.", field="text")
    return choice


async def _was_sent(session: Session, access: Access, row: TaskRow, choice: TaskChoice, key: str | None) -> bool:
    """Whether the same request was sent before: it gets the same result."""
    if key is None or choice.sends is None:
        return False
    action_id = workflow_actions.action_id(access, target_of(row), choice.sends, key)
    return await delivery.find(session, action_id) is not None


def target_of(row: TaskRow) -> str:
    """The id of what a choice is sent to: the order, or the suspension timer."""
    return row.thing if task_kind(row.kind).of_timer else row.order_id


async def _record(session: Session, access: Access, found: TaskFound, choice: TaskChoice, text: str) -> SettleResult:
    """Record what was done outside Dialtone; the same choice by the same person counts once."""
    ref = OrderRef(tenant=found.row.tenant, id=found.row.order_id)
    await lock_order(session, ref)
    row = await tasks.lock(session, found.row.tenant, found.row.id)
    if row.state == TaskStatus.OPEN:
        data = {"task": row.seq, "choice": choice.code, "detail": f"{choice.label}.", "evidence": text}
        await append_outside(session, ref, TASK_SETTLED, actor=access.actor, at=utc_now(), data=data)
    elif not await tasks.was_settled_by(session, row, access.person.id, choice=choice.code, text=text):
        raise AlreadyDecided(outcome_of(row))
    return SettleResult(task=row.id, order=found.order.number, choice=choice.code, state="done")


async def _start(  # noqa: PLR0917 - who has chosen what, when
    session: Session, access: Access, found: TaskFound, action: TaskAction, text: str, key: str | None, at: datetime
) -> SettleResult:
    """Have Dialtone do what was chosen, one thing at a time. Raises AlreadyDecided, ActionNotAllowed."""
    ref = OrderRef(tenant=found.row.tenant, id=found.row.order_id)
    await lock_order(session, ref)
    row = await tasks.lock(session, found.row.tenant, found.row.id)
    action_id = workflow_actions.action_id(access, row.id, action, key)
    if await delivery.find(session, action_id) is None:
        if row.state != TaskStatus.OPEN:
            raise AlreadyDecided(outcome_of(row))
        if operations.is_acting(row, at):
            raise ActionNotAllowed("Dialtone is already working on this task.")
        row.acting_since = at
        chosen = _action(access, found, action, text, at)
        await enqueue(session, start_task_action(chosen, action_id), notify_relay=True)
    return SettleResult(task=row.id, order=found.order.number, choice=action, state="waiting")


def _action(access: Access, found: TaskFound, action: TaskAction, text: str, at: datetime) -> TaskActionInput:
    row, order = found.row, found.order
    return TaskActionInput(
        ref=OrderRef(tenant=row.tenant, id=row.order_id),
        number=order.number,
        task_id=row.id,
        kind=row.kind,
        action=action,
        item_id=row.evidence.get("item_id"),
        round=row.evidence["round"],
        carrier=order.carrier or "",
        actor=access.actor,
        at=at,
        text=text,
    )


async def _as_stale(services: Services, access: Access, task_id: str, error: PublicError) -> PublicError:
    """The error, or if someone else has settled the task meanwhile, who."""
    async with services.database.transaction() as session:
        row = (await operations.find(session, access, task_id)).row
    return AlreadyDecided(outcome_of(row)) if row.state == TaskStatus.CLOSED else error
