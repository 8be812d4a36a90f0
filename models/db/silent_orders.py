"""Orders that their carrier has had for too long without a date."""

from datetime import datetime

from sqlalchemy import func
from sqlmodel import col, select

from models.db.clauses import matches
from models.db.orders.order_list import expected_after
from models.db.orders.tables import OrderRow
from models.db.session import Session
from models.db.tasks.tables import TaskRow
from models.lifecycle import Status
from models.task import TaskStatus


async def claim(session: Session, carrier: str, kind: str, settled_since: datetime) -> OrderRow | None:
    """One whose task of this kind is neither open nor was closed after this time; locked until the transaction ends."""
    task = select(TaskRow.id).where(
        matches(TaskRow.tenant, OrderRow.tenant),
        matches(TaskRow.order_id, OrderRow.id),
        col(TaskRow.kind) == kind,
        (col(TaskRow.state) == TaskStatus.OPEN) | (col(TaskRow.closed_at) > settled_since),
    )
    return await session.first(
        select(OrderRow)
        .where(
            col(OrderRow.carrier) == carrier,
            col(OrderRow.status) == Status.IN_FULFILLMENT,
            col(OrderRow.closed_at).is_(None),
            col(OrderRow.due_at) <= func.now(),
            ~expected_after(func.now()),
            ~task.exists(),
        )
        .order_by(col(OrderRow.due_at))
        .limit(1)
        .with_for_update(skip_locked=True, key_share=True)
    )
