"""The watch's notes on open orders, and the journal of what operators do beside their workflows."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, literal, or_, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from models.db.orders.tables import OrderRow
from models.db.session import Session
from models.db.workflow_health.tables import RecoveryRow, WorkflowHealthRow
from models.errors import OrderClosed
from models.order import OrderRef

HEALTHY = "healthy"


@dataclass(frozen=True, kw_only=True)
class Claimed:
    """An open order whose workflow somebody is about to look at, and what was found the last time."""

    ref: OrderRef
    state: str


async def claim(session: Session, *, at: datetime, after: timedelta, again: timedelta, limit: int) -> list[Claimed]:
    """Orders to look at now; they count as looked at, so nobody else does.

    They have been quiet for `after`, and were never looked at, or have moved since, or something was wrong with them,
    or the last look is longer ago than `again`.
    """
    seen, quiet = col(WorkflowHealthRow.checked_at), at - after
    worth_a_look = or_(
        seen.is_(None),
        seen < at - again,
        seen < col(OrderRow.updated_at),
        (col(WorkflowHealthRow.state) != HEALTHY) & (seen < quiet),
    )
    chosen = (
        select(col(OrderRow.tenant), col(OrderRow.id), literal(HEALTHY), literal(at))
        .join(
            WorkflowHealthRow,
            (col(WorkflowHealthRow.tenant) == col(OrderRow.tenant))
            & (col(WorkflowHealthRow.order_id) == col(OrderRow.id)),
            isouter=True,
        )
        .where(col(OrderRow.closed_at).is_(None), col(OrderRow.updated_at) < quiet, worth_a_look)
        .order_by(seen.nulls_first(), col(OrderRow.tenant), col(OrderRow.id))
        .limit(limit)
    )
    claimed = (
        insert(WorkflowHealthRow)
        .from_select(["tenant", "order_id", "state", "checked_at"], chosen)
        # Somebody who chose the same orders at the same moment finds them taken.
        .on_conflict_do_update(index_elements=["tenant", "order_id"], set_={"checked_at": at}, where=seen < quiet)
        .returning(col(WorkflowHealthRow.tenant), col(WorkflowHealthRow.order_id), col(WorkflowHealthRow.state))
    )
    rows = (await session.exec(claimed)).all()
    return [Claimed(ref=OrderRef(tenant=tenant, id=order_id), state=state) for tenant, order_id, state in rows]


async def note(session: Session, ref: OrderRef, state: str, at: datetime) -> None:
    """The workflow was found in another state than the last time."""
    await session.exec(
        update(WorkflowHealthRow)
        .where(col(WorkflowHealthRow.tenant) == ref.tenant, col(WorkflowHealthRow.order_id) == ref.id)
        .values(state=state, since=None if state == HEALTHY else at, checked_at=at)
    )


def lost() -> Any:
    """The clause of orders whose workflow was not found running."""
    found = select(col(WorkflowHealthRow.order_id)).where(
        col(WorkflowHealthRow.tenant) == col(OrderRow.tenant),
        col(WorkflowHealthRow.order_id) == col(OrderRow.id),
        col(WorkflowHealthRow.state) != HEALTHY,
    )
    return found.exists()


async def has_closed(session: Session, ref: OrderRef) -> bool:
    """Whether an order has ended since it was claimed: then its workflow may be gone."""
    query = select(col(OrderRow.closed_at)).where(col(OrderRow.tenant) == ref.tenant, col(OrderRow.id) == ref.id)
    return (await session.exec(query)).one() is not None


async def forget_closed(session: Session) -> None:
    """Orders that have ended are watched no more."""
    await session.exec(
        delete(WorkflowHealthRow).where(
            col(OrderRow.tenant) == col(WorkflowHealthRow.tenant),
            col(OrderRow.id) == col(WorkflowHealthRow.order_id),
            col(OrderRow.closed_at).is_not(None),
        )
    )


async def lock_open(session: Session, ref: OrderRef) -> OrderRow:
    """The order's row, held till the end of the transaction. Raises OrderClosed."""
    row = await session.get_one(OrderRow, (ref.tenant, ref.id), with_for_update=True, populate_existing=True)
    if row.closed_at is not None:
        raise OrderClosed(f"The order has ended: {row.status}.")
    return row


async def add_repair(session: Session, row: RecoveryRow) -> None:
    """Write into the journal what an operator does."""
    session.add(row)
    await session.flush()


async def finding_of(session: Session, ref: OrderRef) -> WorkflowHealthRow | None:
    """What the watch knows of an order; None when it has not looked yet."""
    return await session.get(WorkflowHealthRow, (ref.tenant, ref.id))


async def repairs_of(session: Session, ref: OrderRef) -> list[RecoveryRow]:
    """What operators did about an order, oldest first."""
    rows = await session.exec(
        select(RecoveryRow)
        .where(col(RecoveryRow.tenant) == ref.tenant, col(RecoveryRow.order_id) == ref.id)
        .order_by(col(RecoveryRow.id))
    )
    return list(rows.all())
