"""The journal of what carriers said: each event once, its text sealed."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from models.db.tables import CarrierEventRow, ItemRow
from models.order import OrderRef


async def add(session: AsyncSession, row: CarrierEventRow) -> bool:
    """Write an event down; False when it is there already."""
    added = insert(CarrierEventRow).values(row.model_dump()).on_conflict_do_nothing()
    return (await session.exec(added.returning(col(CarrierEventRow.event_id)))).first() is not None


async def expect(session: AsyncSession, ref: OrderRef, dates: Mapping[str, datetime | None]) -> None:
    """Write down when the carrier means to be done with each item, by item id."""
    for item_id, expected_at in dates.items():
        of_item = (col(ItemRow.tenant) == ref.tenant, col(ItemRow.order_id) == ref.id, col(ItemRow.id) == item_id)
        await session.exec(update(ItemRow).where(*of_item).values(expected_at=expected_at))
