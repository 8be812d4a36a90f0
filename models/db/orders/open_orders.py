"""Orders that have not ended."""

from collections.abc import Collection

from sqlalchemy import ARRAY, TEXT, cast
from sqlmodel import col, func, select

from models.db.orders.tables import OrderRow
from models.db.session import Session


async def for_people(session: Session, tenant: str, person_ids: Collection[str]) -> list[OrderRow]:
    """Those for these people, also if others have placed them, oldest first."""
    given = col(OrderRow.tenant) == tenant, col(OrderRow.beneficiary_id) == func.any(cast([*person_ids], ARRAY(TEXT)))
    query = select(OrderRow).where(*given, col(OrderRow.closed_at).is_(None))
    return await session.all(query.order_by(col(OrderRow.id)))
