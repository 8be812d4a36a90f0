"""Orders that have not ended."""

from collections.abc import Collection

from sqlalchemy import ARRAY, TEXT, cast
from sqlmodel import col, func, select

from models.db.orders.tables import OrderRow
from models.db.session import Session
from models.lifecycle import BEFORE_APPROVAL


async def undecided(session: Session, tenant: str, person_ids: Collection[str]) -> list[OrderRow]:
    """Those for these people that are not approved yet, oldest first."""
    given = col(OrderRow.tenant) == tenant, col(OrderRow.beneficiary_id) == func.any(cast([*person_ids], ARRAY(TEXT)))
    query = select(OrderRow).where(*given, col(OrderRow.status).in_(BEFORE_APPROVAL), col(OrderRow.closed_at).is_(None))
    return await session.all(query.order_by(col(OrderRow.id)))


async def for_person(session: Session, tenant: str, person_id: str) -> list[OrderRow]:
    """Those for a person, also if others have placed them, oldest first."""
    this = col(OrderRow.tenant) == tenant, col(OrderRow.beneficiary_id) == person_id, col(OrderRow.closed_at).is_(None)
    return await session.all(select(OrderRow).where(*this).order_by(col(OrderRow.id)))
