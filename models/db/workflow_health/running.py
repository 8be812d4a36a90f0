"""Workflows that run although what they belong to has ended, or is not in the database."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

from sqlalchemy import ColumnElement, DateTime, delete, func, null, type_coerce, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from models.db.clauses import matches, optional
from models.db.line_timers.tables import LineTimerRow
from models.db.orders.tables import OrderRow
from models.db.session import Session
from models.db.tasks.tables import TaskRow
from models.db.workflow_health.tables import StrayWorkflowRow, WorkflowHealthRow
from models.order import Actor, OrderRef
from models.workflow_health import OUT_OF_STEP, WorkflowHealth
from models.workflow_ref import WorkflowKind, WorkflowRef

# What each kind of workflow belongs to, and since when it has ended. A task's workflow ends by itself, in hours, also
# if the task closed meanwhile.
_ROWS: Mapping[WorkflowKind, tuple[Any, Any]] = MappingProxyType(
    {
        WorkflowKind.ORDER: (OrderRow, col(OrderRow.closed_at)),
        WorkflowKind.TIMER: (LineTimerRow, col(LineTimerRow.ended_at)),
        WorkflowKind.TASK: (TaskRow, type_coerce(null(), DateTime)),
    }
)


@dataclass(frozen=True, kw_only=True)
class WithoutOpenRow:
    """Workflows of what ended a while ago, and of what the database doesn't have."""

    ended: frozenset[WorkflowRef]
    unknown: frozenset[WorkflowRef]


@dataclass(frozen=True, kw_only=True)
class Stray:
    """A workflow that runs without an open row.

    `order` is None if the database doesn't have the order. `line_id` is that of a timer that has ended in the database,
    None if the database doesn't have what the workflow belongs to.
    """

    ref: WorkflowRef
    number: str
    found_at: datetime
    order: OrderRow | None
    line_id: str | None


async def without_open_row(session: Session, refs: Collection[WorkflowRef], *, ended_for: timedelta) -> WithoutOpenRow:
    """Which of these workflows belong to what ended at least this long ago, or doesn't exist."""
    known: dict[WorkflowRef, bool] = {}
    for kind, (row, ended_at) in _ROWS.items():
        ids = [ref.id for ref in refs if ref.kind is kind]
        has_ended = func.coalesce(ended_at <= func.now() - ended_for, False)
        found = await session.all(select(row.tenant, row.id, has_ended).where(row.id.in_(ids)))
        known |= {WorkflowRef(kind=kind, tenant=tenant, id=row_id): ended for tenant, row_id, ended in found}
    return WithoutOpenRow(
        ended=frozenset(ref for ref in refs if known.get(ref)),
        unknown=frozenset(ref for ref in refs if ref not in known),
    )


async def add_revived(session: Session, ref: WorkflowRef) -> bool:
    """Store that an order's workflow runs although the order has ended; False if that is known."""
    found = {"state": WorkflowHealth.REVIVED, "since": func.now(), "checked_at": func.now()}
    added = (
        insert(WorkflowHealthRow)
        .values(tenant=ref.tenant, order_id=ref.id, **found)
        .on_conflict_do_update(
            index_elements=["tenant", "order_id"],
            set_=found,
            where=col(WorkflowHealthRow.state) != WorkflowHealth.REVIVED,
        )
        .returning(col(WorkflowHealthRow.order_id))
    )
    return (await session.exec(added)).first() is not None


async def add_stray(session: Session, ref: WorkflowRef, number: str) -> bool:
    """Store that a workflow has no row that it could act for; False if that is known."""
    row = StrayWorkflowRow(tenant=ref.tenant, kind=ref.kind, id=ref.id, number=number)
    return await session.insert_once(row)


async def listed(session: Session) -> list[WorkflowRef]:
    """The workflows that were found running without an open row."""
    revived = select(WorkflowHealthRow).where(col(WorkflowHealthRow.state) == WorkflowHealth.REVIVED)
    of_orders = [
        WorkflowRef(kind=WorkflowKind.ORDER, tenant=row.tenant, id=row.order_id) for row in await session.all(revived)
    ]
    return of_orders + [stray.ref for stray in await strays(session)]


async def strays(session: Session, tenant: str | None = None) -> list[Stray]:
    """The workflows that run without an open row, of one tenant or of all; the ones found first."""
    of_tenant = optional((tenant, lambda one: col(StrayWorkflowRow.tenant) == one))
    query = _SELECT_STRAYS.where(*of_tenant).order_by(col(StrayWorkflowRow.found_at), col(StrayWorkflowRow.id))
    return [_stray(*found) for found in await session.all(query)]


_SELECT_STRAYS = (
    select(StrayWorkflowRow, OrderRow, col(LineTimerRow.line_id))
    .outerjoin(OrderRow, matches(OrderRow.number, StrayWorkflowRow.number))
    .outerjoin(
        LineTimerRow,
        (col(StrayWorkflowRow.kind) == WorkflowKind.TIMER) & matches(LineTimerRow.id, StrayWorkflowRow.id),
    )
    .where(col(StrayWorkflowRow.ended_at).is_(None))
)


def _stray(row: StrayWorkflowRow, order: OrderRow | None, line_id: str | None) -> Stray:
    return Stray(ref=row.ref, number=row.number, found_at=row.found_at, order=order, line_id=line_id)


async def out_of_step(session: Session) -> list[tuple[str, OrderRef, WorkflowHealth]]:
    """The orders of all tenants that a restored database explains: number, key, and what was found."""
    states = [*OUT_OF_STEP, WorkflowHealth.MISSING]
    query = (
        select(OrderRow.number, OrderRow.tenant, OrderRow.id, WorkflowHealthRow.state)
        .join(WorkflowHealthRow, matches(WorkflowHealthRow.order_id, OrderRow.id))
        .where(col(WorkflowHealthRow.state).in_(states))
        .order_by(col(WorkflowHealthRow.since), col(OrderRow.id))
    )
    return [
        (number, OrderRef(tenant=tenant, id=order_id), WorkflowHealth(state))
        for number, tenant, order_id, state in await session.all(query)
    ]


async def forget(session: Session, ref: WorkflowRef) -> None:
    """Such a workflow doesn't run anymore."""
    if ref.kind is WorkflowKind.ORDER:
        of_order = col(WorkflowHealthRow.tenant) == ref.tenant, col(WorkflowHealthRow.order_id) == ref.id
        revived = col(WorkflowHealthRow.state) == WorkflowHealth.REVIVED
        await session.exec(delete(WorkflowHealthRow).where(*of_order, revived))
    await session.exec(delete(StrayWorkflowRow).where(*_this(ref), col(StrayWorkflowRow.ended_at).is_(None)))


async def lock_stray(session: Session, ref: WorkflowRef) -> Stray | None:
    """The workflow without an open row, if it was found and not ended; locked until the transaction ends."""
    found = await session.exec(_SELECT_STRAYS.where(*_this(ref)).with_for_update(of=StrayWorkflowRow))
    row = found.first()
    return None if row is None else _stray(*row)


async def end_stray(session: Session, ref: WorkflowRef, *, actor: Actor, evidence: str) -> None:
    """Record that an operator has ended a workflow without a row."""
    ended = {"ended_at": func.now(), "ended_by": actor.name, "evidence": evidence}
    await session.exec(update(StrayWorkflowRow).where(*_this(ref)).values(ended))


def _this(ref: WorkflowRef) -> tuple[ColumnElement[bool], ...]:
    row = StrayWorkflowRow
    return col(row.tenant) == ref.tenant, col(row.kind) == ref.kind, col(row.id) == ref.id
