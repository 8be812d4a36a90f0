"""Settling a task: a choice acts through the workflow of its order, of a line's timer, or of its own."""

from dataclasses import dataclass
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
from models.lifecycle import Action
from models.order import OrderRef
from models.order_messages import OperatorAction
from models.task import TaskChoice, TaskStatus, task_kind
from models.task_action import TaskAction, TaskActionInput
from models.timers import TimerRef
from policies.access import Right


@dataclass(frozen=True, kw_only=True)
class _Made:
    """A choice that was made: by whom, on which task, and under which key of the request."""

    access: Access
    found: TaskFound
    choice: TaskChoice
    text: str
    key: str | None

    @property
    def ref(self) -> OrderRef:
        return OrderRef(tenant=self.found.row.tenant, id=self.found.row.order_id)

    def action_id(self, target: str, action: Action | TaskAction) -> str:
        return workflow_actions.action_id(self.access, target, action, self.key)

    def result(self, state: str, seq: int = 0) -> SettleResult:
        return SettleResult(
            task=self.found.row.id, order=self.found.order.number, choice=self.choice.code, state=state, seq=seq
        )


async def settle(services: Services, access: Access, task_id: str, body: SettleIn, key: str | None) -> SettleResult:
    """Make a choice, once. Raises AlreadyDecided if the task is closed, or the error of the workflow that acts."""
    async with services.database.read() as session:
        found = await operations.find(session, access, task_id)
        structlog.contextvars.bind_contextvars(order=found.order.number, order_id=found.order.id)
        choice = _choice(found.row, body)
        made = _Made(access=access, found=found, choice=choice, text=body.text, key=key)
        was_sent = choice.sends is not None and await _was_sent(session, made, choice.sends)
    if choice.runs is not None:
        return await services.database.run(_start, made, TaskAction(choice.runs), services.now())
    if choice.sends is None:
        return await services.database.run(_record, made)
    if found.row.state != TaskStatus.OPEN and not was_sent:
        raise AlreadyDecided(outcome_of(found.row))
    send = _send_to_timer if task_kind(found.row.kind).of_timer else _send_to_order
    try:
        return await send(services, made, choice.sends)
    except PublicError as error:
        raise await _as_stale(services, access, task_id, error) from error


async def _send_to_order(services: Services, made: _Made, action: Action) -> SettleResult:
    row = made.found.row
    chosen = ChosenOnTask(task=row, choice=made.choice.code, text=made.text)
    command = Command(action=action, ref=row.order_id, body=chosen, key=made.key)
    result = await commands.run(services, made.access, command)
    return made.result(result.state, result.seq)


async def _send_to_timer(services: Services, made: _Made, action: Action) -> SettleResult:
    row, access = made.found.row, made.access
    access.check(made.found.relations, Right.LINE_REPAIR)
    action_id = made.action_id(_target_of(row), action)
    message = Message(
        action_id=action_id,
        ref=made.ref,
        kind=MessageKind.UPDATE,
        name=action,
        payload=OperatorAction(action_id=action_id, actor=access.actor, evidence=made.text, task=row.seq),
        workflow_id=TimerRef(tenant=row.tenant, id=row.thing).workflow_id,
    )
    written = await services.database.run(workflow_actions.enqueue, message)
    result = await workflow_actions.deliver(services, action_id, written)
    return made.result(result.state)


def _choice(row: TaskRow, body: SettleIn) -> TaskChoice:
    """The choice of the task that the body names. Raises NotFound, ActionNotAllowed, TextRequired."""
    choice = task_kind(row.kind).choice(body.choice)
    if choice is None:
        raise NotFound("This task has no such choice.", field="choice")
    _require_offered(row, choice)
    if choice.required and not body.text:
        raise TextRequired(f"Fill in “{choice.asks.rstrip('.?')}”.", field="text")
    return choice


def _require_offered(row: TaskRow, choice: TaskChoice) -> None:
    if choice.code not in row.choices:
        raise ActionNotAllowed(f"“{choice.label}” isn't possible here.", field="choice")


async def _was_sent(session: Session, made: _Made, action: Action) -> bool:
    """Whether the same request was sent before: it gets the same result."""
    if made.key is None:
        return False
    return await delivery.find(session, made.action_id(_target_of(made.found.row), action)) is not None


def _target_of(row: TaskRow) -> str:
    """The id of what a choice is sent to: the order, or the line's timer."""
    return row.thing if task_kind(row.kind).of_timer else row.order_id


async def _record(session: Session, made: _Made) -> SettleResult:
    """Record what was done outside Dialtone; the same choice by the same person counts once."""
    row = await _lock(session, made)
    access, choice, text = made.access, made.choice, made.text
    if row.state == TaskStatus.OPEN:
        _require_offered(row, choice)
        data = {"task": row.seq, "choice": choice.code, "detail": f"{choice.label}.", "evidence": text}
        await append_outside(session, made.ref, TASK_SETTLED, actor=access.actor, at=utc_now(), data=data)
    elif not await tasks.was_settled_by(session, row, access.person.id, choice=choice.code, text=text):
        raise AlreadyDecided(outcome_of(row))
    return made.result("done")


async def _start(session: Session, made: _Made, action: TaskAction, at: datetime) -> SettleResult:
    """Have Dialtone do what was chosen, one thing at a time. Raises AlreadyDecided, ActionNotAllowed."""
    row = await _lock(session, made)
    action_id = made.action_id(row.id, action)
    if await delivery.find(session, action_id) is None:
        if row.state != TaskStatus.OPEN:
            raise AlreadyDecided(outcome_of(row))
        _require_offered(row, made.choice)
        if operations.is_acting(row, at):
            raise ActionNotAllowed("Dialtone is already working on this task.")
        row.acting_since = at
        await enqueue(session, start_task_action(_input(row, made, action, at), action_id), notify_relay=True)
    return made.result("waiting")


async def _lock(session: Session, made: _Made) -> TaskRow:
    """The task as it is now, which may have changed since it was found; it stays so until the transaction ends."""
    await lock_order(session, made.ref)
    return await tasks.lock(session, made.ref.tenant, made.found.row.id)


def _input(row: TaskRow, made: _Made, action: TaskAction, at: datetime) -> TaskActionInput:
    order = made.found.order
    return TaskActionInput(
        ref=made.ref,
        number=order.number,
        task_id=row.id,
        kind=row.kind,
        action=action,
        item_id=row.evidence.get("item_id"),
        round=row.evidence["round"],
        carrier=order.carrier or "",
        actor=made.access.actor,
        at=at,
        text=made.text,
    )


async def _as_stale(services: Services, access: Access, task_id: str, error: PublicError) -> PublicError:
    """The error, or if someone else has settled the task meanwhile, who."""
    async with services.database.read() as session:
        row = (await operations.find(session, access, task_id)).row
    return AlreadyDecided(outcome_of(row)) if row.state == TaskStatus.CLOSED else error
