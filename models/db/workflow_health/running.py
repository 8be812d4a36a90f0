"""Workflows that run although their order has ended, or is not in the database."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete, func, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from models.db.clauses import belongs_to_order, matches, optional
from models.db.orders.tables import OrderRow
from models.db.session import Session
from models.db.workflow_health.tables import StrayWorkflowRow, WorkflowHealthRow
from models.order import Actor, OrderRef
from models.workflow_health import OUT_OF_STEP, WorkflowHealth


@dataclass(frozen=True, kw_only=True)
class WithoutOpenOrder:
    """Orders that ended a while ago, and those that the database doesn't have."""

    ended: frozenset[OrderRef]
    unknown: frozenset[OrderRef]


async def without_open_order(session: Session, refs: Collection[OrderRef], *, ended_for: timedelta) -> WithoutOpenOrder:
    """Which of these orders ended at least this long ago, or don't exist."""
    has_ended = func.coalesce(col(OrderRow.closed_at) <= func.now() - ended_for, False)
    query = select(OrderRow.tenant, OrderRow.id, has_ended).where(col(OrderRow.id).in_([ref.id for ref in refs]))
    known = {OrderRef(tenant=tenant, id=order_id): ended for tenant, order_id, ended in await session.all(query)}
    return WithoutOpenOrder(
        ended=frozenset(ref for ref in refs if known.get(ref)),
        unknown=frozenset(ref for ref in refs if ref not in known),
    )


async def add_revived(session: Session, ref: OrderRef) -> bool:
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


async def add_stray(session: Session, ref: OrderRef, number: str) -> bool:
    """Store that a workflow has no order; False if that is known."""
    return await session.insert_once(StrayWorkflowRow(tenant=ref.tenant, order_id=ref.id, number=number))


async def listed(session: Session) -> list[OrderRef]:
    """The orders whose workflow was found running without an open order."""
    revived = select(WorkflowHealthRow).where(col(WorkflowHealthRow.state) == WorkflowHealth.REVIVED)
    refs = [OrderRef(tenant=row.tenant, id=row.order_id) for row in await session.all(revived)]
    return refs + [OrderRef(tenant=row.tenant, id=row.order_id) for row in await strays(session)]


async def strays(session: Session, tenant: str | None = None) -> list[StrayWorkflowRow]:
    """The workflows that run without an order, of one tenant or of all; the ones found first."""
    of_tenant = optional((tenant, lambda one: col(StrayWorkflowRow.tenant) == one))
    query = select(StrayWorkflowRow).where(col(StrayWorkflowRow.ended_at).is_(None), *of_tenant)
    return await session.all(query.order_by(col(StrayWorkflowRow.found_at), col(StrayWorkflowRow.order_id)))


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


async def forget(session: Session, ref: OrderRef) -> None:
    """Such a workflow doesn't run anymore."""
    revived = belongs_to_order(WorkflowHealthRow, ref), col(WorkflowHealthRow.state) == WorkflowHealth.REVIVED
    stray = belongs_to_order(StrayWorkflowRow, ref), col(StrayWorkflowRow.ended_at).is_(None)
    await session.exec(delete(WorkflowHealthRow).where(*revived))
    await session.exec(delete(StrayWorkflowRow).where(*stray))


async def lock_stray(session: Session, ref: OrderRef) -> StrayWorkflowRow | None:
    """The workflow without an order, if it was found and not ended; locked until the transaction ends."""
    row = await session.get(StrayWorkflowRow, (ref.tenant, ref.id), with_for_update=True)
    return row if row is not None and row.ended_at is None else None


async def end_stray(session: Session, ref: OrderRef, *, actor: Actor, evidence: str) -> None:
    """Record that an operator has ended a workflow without an order."""
    this = col(StrayWorkflowRow.tenant) == ref.tenant, col(StrayWorkflowRow.order_id) == ref.id
    await session.exec(
        update(StrayWorkflowRow).where(*this).values(ended_at=func.now(), ended_by=actor.name, evidence=evidence)
    )
