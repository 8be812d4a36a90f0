"""The log of operators' recovery actions."""

from sqlmodel import col, select

from models.db.clauses import belongs_to_order
from models.db.session import Session
from models.db.workflow_health.tables import RecoveryRow
from models.order import OrderRef


async def add(session: Session, row: RecoveryRow) -> None:
    await session.insert(row)


async def recoveries_of(session: Session, ref: OrderRef) -> list[RecoveryRow]:
    """Recovery actions on an order, oldest first."""
    return await session.all(
        select(RecoveryRow).where(belongs_to_order(RecoveryRow, ref)).order_by(col(RecoveryRow.id))
    )
