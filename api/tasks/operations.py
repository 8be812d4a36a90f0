"""Tasks: what a person must do, and what they choose. A choice acts through the order's workflow, or the task's own."""

from dataclasses import replace
from datetime import datetime
from typing import Any

import structlog

from api import workflow_actions
from api.deps import Access, Services
from api.http.known_codes import check_known
from api.http.paging import CursorPage, cut_page, decode_cursor
from api.http.statuses import role_names
from api.orders.command_payloads import ChosenOnTask
from api.orders.commands import Command, run
from api.tasks.schemas import ChoiceView, SettleIn, SettleResult, TaskQuery, TaskSummary, TaskView
from models import formatting
from models.db.order_events import append_outside
from models.db.order_lock import lock_order
from models.db.orders.tables import OrderRow
from models.db.outbox import delivery
from models.db.outbox.messages import enqueue, start_task_action
from models.db.people import lookup
from models.db.session import Session, utc_now
from models.db.tasks import tasks
from models.db.tasks.tables import TaskRow
from models.db.tasks.tasks import TaskFilters, TaskFound
from models.errors import ActionNotAllowed, AlreadyDecided, NotFound, PublicError, TextRequired
from models.event import event_of
from models.events.operations import TASK_SETTLED
from models.facts import Relation
from models.lifecycle import Status
from models.order import OrderRef
from models.task import TaskChoice, TaskKind, TaskStatus, task_kind, task_kinds
from models.task_action import ABANDONED_AFTER, TaskAction, TaskActionInput
from policies.access import Right, required_right


async def list_tasks(services: Services, access: Access, query: TaskQuery) -> CursorPage[TaskSummary]:
    """The tasks of the person and of their roles, the earliest due date first; admins and auditors see all.

    With `mine`, they don't.
    """
    check_known("kind", query.kind, task_kinds())
    filters = TaskFilters(
        state=query.state,
        kind=tuple(query.kind),
        order_id=query.order,
        overdue_at=services.now() if query.overdue else None,
    )
    async with services.database.transaction() as session:
        found = await tasks.list_tasks(
            session,
            access.person,
            filters,
            relations={Relation.ASSIGNEE} if query.mine else access.for_right(Right.TASK_READ).scope,
            after=decode_cursor(query.cursor),
            limit=query.limit + 1,
        )
        names = await _names(session, found)
    return cut_page([TaskSummary(**_summary(one, services, names)) for one in found], query.limit)


async def read_task(services: Services, access: Access, task_id: str) -> TaskView:
    """Raises NotFound."""
    async with services.database.transaction() as session:
        found = await _find(session, access, task_id)
        names = await _names(session, [found])
    return _view(found, access, services, names)


async def settle(services: Services, access: Access, task_id: str, body: SettleIn, key: str | None) -> SettleResult:
    """Make a choice, once. Raises AlreadyDecided if the task is closed, or the error of the order's workflow."""
    async with services.database.transaction() as session:
        found = await _find(session, access, task_id)
        structlog.contextvars.bind_contextvars(order=found.order.number, order_id=found.order.id)
        choice = _choice(found.row, body)
        if choice.runs is not None:
            return await _start(session, access, found, TaskAction(choice.runs), body.text, key, services.now())
        if choice.sends is None:
            return await _record(session, access, found, choice, body.text)
        if found.row.state != TaskStatus.OPEN and not await _was_sent(session, access, found.row, choice, key):
            raise AlreadyDecided(outcome_of(found.row))
    command = Command(
        action=choice.sends,
        ref=found.order.id,
        body=ChosenOnTask(seq=found.row.seq, text=body.text, choice=choice.code, evidence=found.row.evidence),
        key=key,
    )
    try:
        result = await run(services, access, command)
    except PublicError as error:
        raise await _as_stale(services, access, task_id, error) from error
    return SettleResult(task=task_id, order=result.order, choice=choice.code, state=result.state, seq=result.seq)


def outcome_of(row: TaskRow) -> str:
    """How a closed task was settled: `Theo Marsh settled this task: Step retried.`."""
    return f"{row.closed_by} settled this task: {_outcome(row)}."


async def _find(session: Session, access: Access, task_id: str) -> TaskFound:
    found = await tasks.find(session, access.person, task_id)
    if found is None:
        raise NotFound
    access.check(found.relations)
    return found


def _choice(row: TaskRow, body: SettleIn) -> TaskChoice:
    """The choice of the task that the body names. Raises NotFound, TextRequired."""
    choice = task_kind(row.kind).choice(body.choice) if body.choice in row.choices else None
    if choice is None:
        raise NotFound("This task has no such choice.", field="choice")
    if choice.required and not body.text:
        raise TextRequired(f"Fill in “{choice.asks.rstrip('.?')}”.", field="text")
    return choice


async def _was_sent(session: Session, access: Access, row: TaskRow, choice: TaskChoice, key: str | None) -> bool:
    """Whether the same request was sent before: it gets the same result."""
    if key is None or choice.sends is None:
        return False
    action_id = workflow_actions.action_id(access, row.order_id, choice.sends, key)
    return await delivery.find(session, action_id) is not None


async def _record(session: Session, access: Access, found: TaskFound, choice: TaskChoice, text: str) -> SettleResult:
    """Record what was done outside Dialtone; the same choice by the same person counts once."""
    ref = OrderRef(tenant=found.row.tenant, id=found.row.order_id)
    await lock_order(session, ref)
    row = await tasks.lock(session, found.row.tenant, found.row.id)
    if row.state == TaskStatus.OPEN:
        data = {"task": row.seq, "choice": choice.code, "detail": f"{choice.label}.", "evidence": text}
        await append_outside(session, ref, TASK_SETTLED, actor=access.actor, at=utc_now(), data=data)
    elif (row.choice, row.note, row.closed_by) != (choice.code, text, access.person.name):
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
        if is_acting(row, at):
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
        action=action,
        item_id=row.evidence["item_id"],
        round=row.evidence["round"],
        carrier=order.carrier or "",
        actor=access.actor,
        at=at,
        text=text,
    )


def is_acting(row: TaskRow, at: datetime) -> bool:
    """Whether Dialtone is doing what was chosen on the task."""
    return row.acting_since is not None and at < row.acting_since + ABANDONED_AFTER


async def _as_stale(services: Services, access: Access, task_id: str, error: PublicError) -> PublicError:
    """The error, or if someone else has settled the task meanwhile, who."""
    async with services.database.transaction() as session:
        row = (await _find(session, access, task_id)).row
    return AlreadyDecided(outcome_of(row)) if row.state == TaskStatus.CLOSED else error


async def _names(session: Session, found: list[TaskFound]) -> dict[str, str]:
    """The names of the people the tasks are for, by id."""
    ids = {one.row.person_id for one in found if one.row.person_id}
    tenant = found[0].row.tenant if found else ""
    return {key: person.name for key, person in (await lookup.by_ids(session, tenant, ids)).items()} if ids else {}


def _summary(found: TaskFound, services: Services, names: dict[str, str]) -> dict[str, Any]:
    row, order, kind = found.row, found.order, task_kind(found.row.kind)
    return {
        **row.model_dump(include={"id", "kind", "opened_at", "due_at"}),
        "state": TaskStatus(row.state),
        "title": kind.title,
        "order": order.number,
        "order_title": formatting.order_title(order.title, masked=True),
        "happened": kind.what_happened(row.evidence, _carrier(order, services)),
        "assigned_to": names.get(row.person_id or "") or (role_names([row.role]) if row.role else ""),
        "is_overdue": row.state == TaskStatus.OPEN and row.due_at < services.now(),
    }


def _view(found: TaskFound, access: Access, services: Services, names: dict[str, str]) -> TaskView:
    row, kind, at = found.row, task_kind(found.row.kind), services.now()
    evidence = {label: str(row.evidence[name]) for name, label in kind.evidence.items() if row.evidence.get(name)}
    return TaskView(
        **_summary(found, services, names),
        todo=kind.todo.format(carrier=_carrier(found.order, services) or "the carrier"),
        evidence=evidence,
        is_acting=row.state == TaskStatus.OPEN and is_acting(row, at),
        problem=row.problem if row.state == TaskStatus.OPEN else None,
        choices=[_choice_view(kind, choice, row) for choice in kind.choices if _may(access, found, choice, at)],
        closed_at=row.closed_at,
        closed_by=row.closed_by,
        outcome=_outcome(row) if row.state == TaskStatus.CLOSED else None,
        note=row.note,
    )


def _choice_view(kind: TaskKind, choice: TaskChoice, row: TaskRow) -> ChoiceView:
    return ChoiceView.model_validate(replace(choice, help=kind.help_for(choice, row.evidence)))


def _may(access: Access, found: TaskFound, choice: TaskChoice, at: datetime) -> bool:
    """Whether the task offers the choice to the person."""
    if found.row.state != TaskStatus.OPEN or choice.code not in found.row.choices or is_acting(found.row, at):
        return False
    can_settle = access.is_allowed(Right.TASK_SETTLE, found.relations)
    right = required_right(choice.sends, Status(found.order.status)) if choice.sends else Right.TASK_SETTLE
    return can_settle and access.is_allowed(right, found.relations)


def _outcome(row: TaskRow) -> str:
    choice = task_kind(row.kind).choice(row.choice or "")
    return choice.label if choice else event_of(row.outcome or "").title


def _carrier(order: OrderRow, services: Services) -> str | None:
    return services.carrier_names.get(order.carrier or "", order.carrier)
