"""Orders that have not ended."""

from sqlmodel import col, select

from models.db.orders.tables import OrderRow
from models.db.session import Session


async def for_person(session: Session, tenant: str, person_id: str) -> list[OrderRow]:
    """Those for a person, also if others have placed them, oldest first."""
    this = col(OrderRow.tenant) == tenant, col(OrderRow.beneficiary_id) == person_id, col(OrderRow.closed_at).is_(None)
    return await session.all(select(OrderRow).where(*this).order_by(col(OrderRow.id)))
