"""The size of queues and the number of problem orders, for metrics.

Every count reads a partial index over open rows, never a whole table.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func
from sqlmodel import col, select

from models.db.notifications.tables import AccountEmailRow, NotificationRow, QueuedEmail
from models.db.orders.order_list import STUCK_AFTER, stuck
from models.db.orders.tables import OrderRow
from models.db.outbox.tables import OutboxRow
from models.db.session import Session
from models.db.workflow_health.monitoring import lost

# Counting stops here: a larger number tells no more and takes longer.
MAX_COUNT = 10_000


@dataclass(frozen=True, kw_only=True)
class Queue:
    """How many messages or emails wait, since when the oldest does, and how many are dead."""

    waiting: int
    oldest: datetime | None
    dead: int


@dataclass(frozen=True, kw_only=True)
class QueueDepths:
    """All unfinished work: `open` orders by status, `stuck` orders, and `lost` orders without a running workflow."""

    messages: Queue
    emails: Queue
    open: Mapping[str, int]
    stuck: int
    lost: int


async def read(session: Session, *, at: datetime) -> QueueDepths:
    is_open = col(OrderRow.closed_at).is_(None)
    by_status = select(col(OrderRow.status), func.count()).where(is_open).group_by(col(OrderRow.status))
    return QueueDepths(
        messages=await _queue(session, OutboxRow),
        emails=await _queue(session, NotificationRow, AccountEmailRow),
        open=dict(await session.all(by_status)),
        stuck=await _count(session, OrderRow, is_open, stuck(at - STUCK_AFTER)),
        lost=await _count(session, OrderRow, is_open, lost()),
    )


async def _queue(session: Session, *tables: type[OutboxRow] | type[QueuedEmail]) -> Queue:
    found = [await _queue_in(session, table) for table in tables]
    return Queue(
        waiting=sum(one.waiting for one in found),
        oldest=min((one.oldest for one in found if one.oldest), default=None),
        dead=sum(one.dead for one in found),
    )


async def _queue_in(session: Session, table: type[OutboxRow] | type[QueuedEmail]) -> Queue:
    oldest = select(func.min(col(table.created_at))).where(col(table.state) == "waiting")
    return Queue(
        waiting=await _count(session, table, col(table.state) == "waiting"),
        oldest=await session.scalar(oldest),
        dead=await _count(session, table, col(table.state) == "dead"),
    )


async def _count(session: Session, table: type[Any], *clauses: Any) -> int:
    rows = select(col(table.id)).where(*clauses).limit(MAX_COUNT).subquery()
    return await session.scalar(select(func.count()).select_from(rows)) or 0
