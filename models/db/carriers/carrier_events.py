"""The journal of what carriers said: each event once, its text sealed."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col

from models.db.carriers.tables import CarrierEventRow
from models.db.orders.tables import ItemRow
from models.db.session import Session
from models.order import ItemUpdate, OrderRef


async def add(session: Session, row: CarrierEventRow) -> bool:
    """Write an event down; False when it is there already."""
    added = insert(CarrierEventRow).values(row.model_dump()).on_conflict_do_nothing()
    return (await session.exec(added.returning(col(CarrierEventRow.event_id)))).first() is not None


async def note(session: Session, ref: OrderRef, items: Iterable[ItemUpdate], at: datetime) -> None:
    """Write down what a carrier tells of items that moves nothing: identifiers, and when it means to be done."""
    for said in items:
        known = {name: value for name, value in vars(said.identifiers).items() if value is not None}
        of_item = (col(ItemRow.tenant) == ref.tenant, col(ItemRow.order_id) == ref.id, col(ItemRow.id) == said.item_id)
        values = {**known, "expected_at": said.expected_at, "reported_at": at}
        await session.exec(update(ItemRow).where(*of_item).values(values))
