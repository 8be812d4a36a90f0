"""Checks of orders' workflows. All times are of the database's clock."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, func, literal, or_, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from models.db.clauses import belongs_to_order, matches
from models.db.orders.tables import OrderRow
from models.db.session import NO_SYNC, Session
from models.db.workflow_health.tables import WorkflowHealthRow
from models.order import OrderRef
from models.workflow_health import WorkflowHealth

# The order of a workflow that was found running after its end stays under observation.
_CLOSED = col(OrderRow.closed_at).is_not(None), col(WorkflowHealthRow.state) != WorkflowHealth.REVIVED


@dataclass(frozen=True, kw_only=True)
class Compared:
    """The workflow's run and the length of its history when its events ended where the row's did, at number `seq`."""

    run_id: str
    history_length: int
    seq: int


@dataclass(frozen=True, kw_only=True)
class ClaimedOrder:
    """An open order whose workflow the caller checks now.

    `state` is what the previous check found, `seq` the number of the row's last event, `compared` the last comparison.
    """

    ref: OrderRef
    state: str
    seq: int
    compared: Compared | None


@dataclass(frozen=True, kw_only=True)
class Intervals:
    """When orders are due for a check.

    Attributes:
        quiet: an order is checked when it had no event for this long.
        again: how often it is checked from then on, while its last event is not older than `recent`.
        later: how often it is checked afterwards.
    """

    quiet: timedelta
    again: timedelta
    recent: timedelta
    later: timedelta


async def begin_round(session: Session) -> datetime:
    """Delete the health of closed orders; returns the time."""
    closed = matches(OrderRow.id, WorkflowHealthRow.order_id), *_CLOSED
    await session.exec(delete(WorkflowHealthRow).where(*closed).execution_options(**NO_SYNC))
    return await session.now()


async def claim(session: Session, *, at: datetime, intervals: Intervals, limit: int) -> list[ClaimedOrder]:
    """Claim open orders whose workflows are due for a check; `checked_at` is set, so that no other process checks them.

    Due are quiet orders that were never checked, have changed since the check, had a problem, or were checked too
    long ago.
    """
    checked, updated = col(WorkflowHealthRow.checked_at), col(OrderRow.updated_at)
    is_due = or_(
        checked.is_(None),
        checked < updated,
        (col(WorkflowHealthRow.state) != WorkflowHealth.HEALTHY) & (checked < at - intervals.quiet),
        (updated > at - intervals.recent) & (checked < at - intervals.again),
        checked < at - intervals.later,
    )
    due = (
        select(col(OrderRow.tenant), col(OrderRow.id), literal(WorkflowHealth.HEALTHY), literal(at))
        .outerjoin(WorkflowHealthRow, matches(WorkflowHealthRow.order_id, OrderRow.id))
        .where(col(OrderRow.closed_at).is_(None), updated < at - intervals.quiet, is_due)
        .order_by(checked.nulls_first(), col(OrderRow.tenant), col(OrderRow.id))
        .limit(limit)
    )
    claimed = (
        insert(WorkflowHealthRow)
        .from_select(["tenant", "order_id", "state", "checked_at"], due)
        # A process that selected the same orders at the same time updates none of them.
        .on_conflict_do_update(
            index_elements=["tenant", "order_id"],
            set_={"checked_at": at},
            where=checked.is_(None) | (checked < at - intervals.again),
        )
        .returning(WorkflowHealthRow)
        .execution_options(**NO_SYNC)
    )
    rows = {(row.tenant, row.order_id): row for row in (await session.exec(claimed)).scalars()}
    ids = {order_id for _, order_id in rows}
    orders = await session.all(select(OrderRow.tenant, OrderRow.id, OrderRow.seq).where(col(OrderRow.id).in_(ids)))
    return [_claimed(rows[tenant, order_id], seq) for tenant, order_id, seq in orders if (tenant, order_id) in rows]


def _claimed(row: WorkflowHealthRow, seq: int) -> ClaimedOrder:
    known = row.run_id, row.history_length, row.compared_seq
    run_id, length, compared_seq = known
    compared = None
    if run_id is not None and length is not None and compared_seq is not None:
        compared = Compared(run_id=run_id, history_length=length, seq=compared_seq)
    return ClaimedOrder(ref=OrderRef(tenant=row.tenant, id=row.order_id), state=row.state, seq=seq, compared=compared)


async def set_state(session: Session, ref: OrderRef, state: WorkflowHealth) -> None:
    """Store a state that differs from the previous check's."""
    since = None if state is WorkflowHealth.HEALTHY else func.now()
    await session.exec(
        update(WorkflowHealthRow)
        .where(belongs_to_order(WorkflowHealthRow, ref))
        .values(state=state, since=since, checked_at=func.now())
    )


async def set_compared(session: Session, ref: OrderRef, compared: Compared) -> None:
    """Store that the workflow's events end where the row's do."""
    await session.exec(
        update(WorkflowHealthRow)
        .where(belongs_to_order(WorkflowHealthRow, ref))
        .values(run_id=compared.run_id, history_length=compared.history_length, compared_seq=compared.seq)
    )


async def make_all_due(session: Session) -> None:
    """Have every order checked in the next round."""
    await session.exec(update(WorkflowHealthRow).values(checked_at=None))


def lost() -> ColumnElement[bool]:
    """Orders whose workflow was not found running, or not where the order is."""
    unhealthy = select(col(WorkflowHealthRow.order_id)).where(
        matches(WorkflowHealthRow.order_id, OrderRow.id), col(WorkflowHealthRow.state) != WorkflowHealth.HEALTHY
    )
    return unhealthy.exists()


async def last_seq(session: Session, ref: OrderRef) -> int | None:
    """The number of an open order's last event; None once it has closed."""
    query = select(col(OrderRow.seq)).where(
        col(OrderRow.tenant) == ref.tenant, col(OrderRow.id) == ref.id, col(OrderRow.closed_at).is_(None)
    )
    return await session.first(query)


async def health_of(session: Session, ref: OrderRef) -> WorkflowHealthRow | None:
    """The result of the last check of an order's workflow; None before the first one."""
    return await session.get(WorkflowHealthRow, (ref.tenant, ref.id))
