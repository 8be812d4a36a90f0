"""The journal of what carriers said: each event once, its text sealed."""

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from models.db.tables import CarrierEventRow


async def add(session: AsyncSession, row: CarrierEventRow) -> bool:
    """Write an event down; False when it is there already."""
    added = insert(CarrierEventRow).values(row.model_dump()).on_conflict_do_nothing()
    return (await session.exec(added.returning(col(CarrierEventRow.event_id)))).first() is not None
