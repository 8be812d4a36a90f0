"""How much waits, for operators: counts over partial indexes of what is open, never over all there ever was."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func
from sqlmodel import col, select

from models.db.notifications.tables import NotificationRow
from models.db.orders.order_rows import stuck
from models.db.orders.tables import OrderRow
from models.db.outbox.tables import OutboxRow
from models.db.session import Session
from models.db.workflow_health.monitoring import lost

# More than this is shown as this: counting further costs more than it tells.
MOST = 10_000


@dataclass(frozen=True, kw_only=True)
class Queue:
    """What waits to be delivered, since when the oldest, and what was given up."""

    waiting: int
    oldest: datetime | None
    dead: int


@dataclass(frozen=True, kw_only=True)
class Backlog:
    """Everything that is not finished. `stuck` orders need somebody, `lost` ones have no workflow that runs.

    `open` counts by status.
    """

    messages: Queue
    mails: Queue
    open: Mapping[str, int]
    stuck: int
    lost: int


async def read(session: Session, *, at: datetime, stuck_after: timedelta) -> Backlog:
    """Look at all of it."""
    statuses = select(col(OrderRow.status), func.count()).where(col(OrderRow.closed_at).is_(None))
    return Backlog(
        messages=await _queue(session, OutboxRow),
        mails=await _queue(session, NotificationRow),
        open=dict((await session.exec(statuses.group_by(col(OrderRow.status)))).all()),
        stuck=await _count(session, OrderRow, col(OrderRow.closed_at).is_(None), stuck(at - stuck_after)),
        lost=await _count(session, OrderRow, col(OrderRow.closed_at).is_(None), lost()),
    )


async def _queue(session: Session, table: type[OutboxRow] | type[NotificationRow]) -> Queue:
    oldest = select(func.min(col(table.created_at))).where(col(table.state) == "waiting")
    return Queue(
        waiting=await _count(session, table, col(table.state) == "waiting"),
        oldest=await session.scalar(oldest),
        dead=await _count(session, table, col(table.state) == "dead"),
    )


async def _count(session: Session, table: type[Any], *clauses: Any) -> int:
    some = select(col(table.id)).where(*clauses).limit(MOST).subquery()
    return await session.scalar(select(func.count()).select_from(some)) or 0
