"""Tasks: opened and closed by the events of orders, and as people see them."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ARRAY,
    Boolean,
    ColumnElement,
    Integer,
    ScalarSelect,
    String,
    and_,
    any_,
    func,
    literal_column,
    or_,
    tuple_,
    update,
)
from sqlmodel import col, select
from sqlmodel.sql.sqltypes import UTCDateTime

from models.db import visibility
from models.db.clauses import belongs_to_order, matches, optional
from models.db.orders.tables import EventRow, OrderRow
from models.db.session import NO_SYNC, Session
from models.db.statement import Statement, param
from models.db.tasks.tables import TaskRow
from models.events.operations import TASK_SETTLED
from models.facts import Person, Relation
from models.order import FIRST_OUTSIDE_SEQ, SYSTEM, OrderEvent, OrderRef
from models.task import TaskStatus

# A larger number tells no more.
MAX_COUNT = 100


@dataclass(frozen=True, kw_only=True)
class TaskFound:
    """A task with its order, and the person's relations to the task."""

    row: TaskRow
    order: OrderRow
    relations: frozenset[Relation]


@dataclass(frozen=True, kw_only=True)
class TaskFilters:
    """None, or an empty tuple, filters nothing; `order` is an id."""

    state: TaskStatus | None = None
    kind: tuple[str, ...] = ()
    order: str | None = None
    overdue_at: datetime | None = None
    cause: str | None = None


@dataclass(frozen=True, kw_only=True)
class FailureCause:
    """How many open tasks about failed steps have the same cause: the step, and the type of its error."""

    cause: str
    step: str
    count: int


@dataclass(frozen=True, kw_only=True)
class OpenTasks:
    """How many tasks of a kind are open, how many of them are overdue, and since when the oldest is open."""

    kind: str
    count: int
    overdue: int
    oldest: datetime


_OF_ORDER = (col(TaskRow.tenant) == param("tenant"), col(TaskRow.order_id) == param("order_id"))
_CLOSED_AT = param("closed_at", UTCDateTime())
_IS_OUTSIDE = and_(
    col(TaskRow.seq) >= FIRST_OUTSIDE_SEQ, or_(param("is_end", Boolean), col(TaskRow.opened_at) <= _CLOSED_AT)
)
_CLOSE = Statement[None](
    update(TaskRow)
    .where(
        *_OF_ORDER,
        col(TaskRow.state) == TaskStatus.OPEN,
        or_(
            and_(
                col(TaskRow.kind) == any_(param("kinds", ARRAY(String))),
                or_(col(TaskRow.seq) < param("ended_by", Integer), _IS_OUTSIDE),
            ),
            col(TaskRow.seq) == param("opened", Integer),
        ),
    )
    .values(
        state=TaskStatus.CLOSED,
        closed_at=_CLOSED_AT,
        **{name: param(name) for name in ("closed_by", "choice", "outcome", "note")},
    )
)
_OPENED_BY = Statement[TaskRow](select(TaskRow).where(*_OF_ORDER, col(TaskRow.seq) == param("seq")), TaskRow)
_WAS_OPENED = Statement[str](
    select(TaskRow.id).where(*_OF_ORDER, col(TaskRow.kind) == param("kind"), col(TaskRow.thing) == param("thing"))
)

_OPEN_OF_QUERY: Any = (
    select(TaskRow, OrderRow)
    .add_columns(*visibility.labeled(visibility.task_relations(visibility.ANYONE)))
    .join(OrderRow, matches(OrderRow.id, TaskRow.order_id))
    .where(*_OF_ORDER, col(TaskRow.state) == TaskStatus.OPEN)
    .order_by(col(TaskRow.due_at), col(TaskRow.id))
    .limit(MAX_COUNT)
)
_OPEN_OF = Statement[Any](_OPEN_OF_QUERY, TaskRow, OrderRow, None)


async def add(session: Session, row: TaskRow) -> bool:
    """False if a task of this kind is open for this thing."""
    return await session.insert_once(row)


async def close(
    session: Session, ref: OrderRef, event: OrderEvent, *, kinds: Collection[str] = (), seq: int | None = None
) -> None:
    """Close the open tasks of an order that are of these kinds, and the one that the event `seq` opened.

    Those of the kinds must be older than the event; between events with numbers of their own and the workflow's, the
    time decides. An order that has ended has no newer ones.
    """
    data = dict(event.data)
    await session.affected(
        _CLOSE,
        tenant=ref.tenant,
        order_id=ref.id,
        kinds=[*kinds],
        opened=seq,
        ended_by=event.seq,
        is_end=event.status.final,
        closed_at=event.at,
        closed_by=event.actor.name,
        choice=data.get("choice"),
        outcome=event.event,
        note=data.get("evidence") or data.get("reason"),
    )


async def close_thing(session: Session, tenant: str, thing: str, *, outcome: str, at: datetime) -> None:
    """Close the open tasks about a thing that is over, without an event of an order."""
    this = col(TaskRow.tenant) == tenant, col(TaskRow.thing) == thing, col(TaskRow.state) == TaskStatus.OPEN
    over = {"state": TaskStatus.CLOSED, "closed_at": at, "closed_by": SYSTEM.name, "outcome": outcome}
    await session.exec(update(TaskRow).where(*this).values(over).execution_options(**NO_SYNC))


async def was_settled_by(session: Session, row: TaskRow, person_id: str, *, choice: str, text: str) -> bool:
    """Whether a choice that acts outside Dialtone was made by this person, with this text."""
    query = select(EventRow.seq).where(
        belongs_to_order(EventRow, OrderRef(tenant=row.tenant, id=row.order_id)),
        col(EventRow.event) == TASK_SETTLED.code,
        col(EventRow.actor_id) == person_id,
        col(EventRow.data).contains({"task": row.seq, "choice": choice, "evidence": text}),
    )
    return await session.first(query.limit(1)) is not None


async def opened_by(session: Session, ref: OrderRef, seq: int) -> TaskRow | None:
    """The task that an event opened; None if one was open for the same thing."""
    return await session.first(_OPENED_BY, tenant=ref.tenant, order_id=ref.id, seq=seq)


async def find_open(session: Session, ref: OrderRef, kind: str, thing: str) -> TaskRow | None:
    """The order's open task of this kind for this thing."""
    this = (belongs_to_order(TaskRow, ref), col(TaskRow.kind) == kind, col(TaskRow.thing) == thing)
    return await session.first(select(TaskRow).where(*this, col(TaskRow.state) == TaskStatus.OPEN))


async def was_opened(session: Session, ref: OrderRef, kind: str, thing: str) -> bool:
    """Whether the order has a task of this kind for this thing, open or closed."""
    return await session.first(_WAS_OPENED, tenant=ref.tenant, order_id=ref.id, kind=kind, thing=thing) is not None


async def latest_of(session: Session, ref: OrderRef, kind: str, thing: str) -> TaskRow | None:
    """The order's latest task of this kind for this thing, open or closed."""
    this = (belongs_to_order(TaskRow, ref), col(TaskRow.kind) == kind, col(TaskRow.thing) == thing)
    return await session.first(select(TaskRow).where(*this).order_by(col(TaskRow.seq).desc()).limit(1))


async def all_of_kind(session: Session, ref: OrderRef, kind: str) -> list[TaskRow]:
    """The order's tasks of this kind, open or closed."""
    return await session.all(select(TaskRow).where(belongs_to_order(TaskRow, ref), col(TaskRow.kind) == kind))


async def settled_lately(session: Session, ref: OrderRef, kind: str, thing: str, since: datetime) -> bool:
    """Whether a task of this kind for this thing is open, or was closed after this time."""
    this = (belongs_to_order(TaskRow, ref), col(TaskRow.kind) == kind, col(TaskRow.thing) == thing)
    is_open = col(TaskRow.state) == TaskStatus.OPEN
    return await session.first(select(TaskRow.id).where(*this, is_open | (col(TaskRow.closed_at) > since))) is not None


async def find(session: Session, person: Person, task_id: str) -> TaskFound | None:
    """The task with this id, in the person's tenant."""
    found = await session.first(_visible(person).where(col(TaskRow.id) == task_id))
    return _found(person, found) if found else None


async def lock(session: Session, tenant: str, task_id: str) -> TaskRow:
    """The row of a task that exists, refreshed and locked until the transaction ends."""
    return await session.get_one(TaskRow, (tenant, task_id), with_for_update=True, populate_existing=True)


async def list_tasks(
    session: Session,
    person: Person,
    filters: TaskFilters,
    *,
    relations: Collection[Relation] | None,
    after: str | None,
    limit: int,
) -> list[TaskFound]:
    """The tasks that the person has one of these relations to (None: all of the tenant), by due date.

    `after` is the id of the last task of the previous page.
    """
    clauses = visibility.task_relations(person)
    query = _visible(person).where(
        *optional(
            (filters.state, lambda state: col(TaskRow.state) == state),
            (filters.kind, lambda kinds: col(TaskRow.kind).in_(kinds)),
            (filters.order, lambda order_id: col(TaskRow.order_id) == order_id),
            (filters.overdue_at, lambda at: col(TaskRow.due_at) < at),
            (filters.cause, lambda cause: _cause() == cause),
            (after, lambda last: _after(person.tenant, last)),
        ),
        visibility.visible(clauses, relations),
    )
    rows = await session.all(query.order_by(col(TaskRow.due_at), col(TaskRow.id)).limit(limit))
    return [_found(person, row) for row in rows]


def count_for(person: Person | visibility.AnyPerson) -> ScalarSelect[int]:
    """How many open tasks are for the person or for a role of theirs. Counting stops at `MAX_COUNT`."""
    theirs = visibility.visible(visibility.task_relations(person), {Relation.ASSIGNEE})
    is_open = col(TaskRow.tenant) == person.tenant, col(TaskRow.state) == TaskStatus.OPEN
    found = select(TaskRow.id).where(*is_open, theirs).limit(MAX_COUNT).subquery()
    return select(func.count()).select_from(found).scalar_subquery()


async def open_of(session: Session, person: Person, order_id: str) -> list[TaskFound]:
    """The open tasks of an order, by due date."""
    rows = await session.all(_OPEN_OF, order_id=order_id, **visibility.values_for_task(person))
    return [_found(person, row) for row in rows]


async def count_open(session: Session, tenant: str, at: datetime) -> list[OpenTasks]:
    """By kind, those with the oldest task first."""
    oldest = func.min(col(TaskRow.opened_at))
    query = (
        select(TaskRow.kind, func.count(), func.count().filter(col(TaskRow.due_at) < at), oldest)
        .where(col(TaskRow.tenant) == tenant, col(TaskRow.state) == TaskStatus.OPEN)
        .group_by(col(TaskRow.kind))
        .order_by(oldest)
    )
    rows = await session.all(query)
    return [OpenTasks(kind=kind, count=count, overdue=overdue, oldest=since) for kind, count, overdue, since in rows]


async def failure_causes(session: Session, tenant: str, kind: str) -> list[FailureCause]:
    """The causes of the open tasks of this kind, the most frequent first."""
    step, cause, count = _evidence("step"), _cause(), func.count()
    query = (
        select(cause, step, count)
        .where(col(TaskRow.tenant) == tenant, col(TaskRow.state) == TaskStatus.OPEN, col(TaskRow.kind) == kind)
        .group_by(cause, step)
        .order_by(count.desc(), cause)
    )
    rows = await session.all(query)
    return [FailureCause(cause=cause, step=step, count=count) for cause, step, count in rows]


def _cause() -> ColumnElement[str]:
    """The step of a task's evidence, and the type of its error: `PLACE:CARRIER_UNAVAILABLE`."""
    colon: ColumnElement[str] = literal_column("':'")
    return func.concat(_evidence("step"), colon, func.split_part(_evidence("error"), colon, 1))


def _evidence(name: str) -> ColumnElement[str]:
    """With a literal: the same expression is selected and grouped by, and parameters would make it two."""
    return func.jsonb_extract_path_text(col(TaskRow.evidence), literal_column(f"'{name}'"))


def _visible(person: Person) -> Any:
    query: Any = select(TaskRow, OrderRow).add_columns(*visibility.labeled(visibility.task_relations(person)))
    return query.join(OrderRow, matches(OrderRow.id, TaskRow.order_id)).where(col(TaskRow.tenant) == person.tenant)


def _found(person: Person, columns: Any) -> TaskFound:
    row, order, *flags = columns
    return TaskFound(row=row, order=order, relations=visibility.relations_of(visibility.task_relations(person), flags))


def _after(tenant: str, task_id: str) -> ColumnElement[bool]:
    last = select(col(TaskRow.due_at)).where(col(TaskRow.tenant) == tenant, col(TaskRow.id) == task_id)
    return tuple_(col(TaskRow.due_at), col(TaskRow.id)) > tuple_(last.scalar_subquery(), task_id)
