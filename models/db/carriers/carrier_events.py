"""Events from carriers, each stored once, and the item details they report."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import update
from sqlmodel import col

from models.db.carriers.tables import CarrierEventRow
from models.db.orders.tables import ItemRow
from models.db.session import Session
from models.order import ItemUpdate, OrderRef


async def add(session: Session, row: CarrierEventRow) -> bool:
    """Store an event; False if it is stored already."""
    return await session.insert_once(row)


async def update_items(session: Session, ref: OrderRef, items: Iterable[ItemUpdate], at: datetime) -> None:
    """Store what a carrier reports that changes no item's state: identifiers and expected dates."""
    for item in items:
        known = {name: value for name, value in vars(item.identifiers).items() if value is not None}
        values = {**known, "expected_at": item.expected_at, "reported_at": at}
        this = (col(ItemRow.tenant) == ref.tenant, col(ItemRow.order_id) == ref.id, col(ItemRow.id) == item.item_id)
        await session.exec(update(ItemRow).where(*this).values(values))
