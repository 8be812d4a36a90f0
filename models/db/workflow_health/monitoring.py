"""Checks of open orders' workflows."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, literal, or_, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from models.db.clauses import belongs_to_order, matches
from models.db.orders.tables import OrderRow
from models.db.session import Session
from models.db.workflow_health.tables import WorkflowHealthRow
from models.order import OrderRef
from models.workflow_health import WorkflowHealth


@dataclass(frozen=True, kw_only=True)
class ClaimedOrder:
    """An open order whose workflow the caller checks now, and the state found by the previous check."""

    ref: OrderRef
    state: str


async def claim(
    session: Session, *, at: datetime, after: timedelta, again: timedelta, limit: int
) -> list[ClaimedOrder]:
    """Claim open orders whose workflows are due for a check; `checked_at` is set, so that no other process checks them.

    Due are orders without a change for `after` that were never checked, have changed since the check, had a problem,
    or were last checked longer than `again` ago.
    """
    checked, unchanged_since = col(WorkflowHealthRow.checked_at), at - after
    is_due = or_(
        checked.is_(None),
        checked < at - again,
        checked < col(OrderRow.updated_at),
        (col(WorkflowHealthRow.state) != WorkflowHealth.HEALTHY) & (checked < unchanged_since),
    )
    due = (
        select(col(OrderRow.tenant), col(OrderRow.id), literal(WorkflowHealth.HEALTHY), literal(at))
        .outerjoin(WorkflowHealthRow, matches(WorkflowHealthRow.order_id, OrderRow.id))
        .where(col(OrderRow.closed_at).is_(None), col(OrderRow.updated_at) < unchanged_since, is_due)
        .order_by(checked.nulls_first(), col(OrderRow.tenant), col(OrderRow.id))
        .limit(limit)
    )
    claimed = (
        insert(WorkflowHealthRow)
        .from_select(["tenant", "order_id", "state", "checked_at"], due)
        # A process that selected the same orders at the same time updates none of them.
        .on_conflict_do_update(
            index_elements=["tenant", "order_id"], set_={"checked_at": at}, where=checked < unchanged_since
        )
        .returning(col(WorkflowHealthRow.tenant), col(WorkflowHealthRow.order_id), col(WorkflowHealthRow.state))
    )
    rows = (await session.exec(claimed)).all()
    return [ClaimedOrder(ref=OrderRef(tenant=tenant, id=order_id), state=state) for tenant, order_id, state in rows]


async def set_state(session: Session, ref: OrderRef, state: str, at: datetime) -> None:
    """Store a state that differs from the previous check's."""
    await session.exec(
        update(WorkflowHealthRow)
        .where(belongs_to_order(WorkflowHealthRow, ref))
        .values(state=state, since=None if state == WorkflowHealth.HEALTHY else at, checked_at=at)
    )


def lost() -> ColumnElement[bool]:
    """Orders whose workflow was not found running."""
    unhealthy = select(col(WorkflowHealthRow.order_id)).where(
        matches(WorkflowHealthRow.order_id, OrderRow.id), col(WorkflowHealthRow.state) != WorkflowHealth.HEALTHY
    )
    return unhealthy.exists()


async def has_closed(session: Session, ref: OrderRef) -> bool:
    """Whether an order has closed since it was claimed: its workflow can then be gone."""
    query = select(col(OrderRow.closed_at)).where(col(OrderRow.tenant) == ref.tenant, col(OrderRow.id) == ref.id)
    return (await session.exec(query)).one() is not None


async def delete_closed(session: Session) -> None:
    """Delete the health of closed orders."""
    await session.exec(
        delete(WorkflowHealthRow).where(
            matches(OrderRow.id, WorkflowHealthRow.order_id), col(OrderRow.closed_at).is_not(None)
        )
    )


async def health_of(session: Session, ref: OrderRef) -> WorkflowHealthRow | None:
    """The result of the last check of an order's workflow; None before the first one."""
    return await session.get(WorkflowHealthRow, (ref.tenant, ref.id))
