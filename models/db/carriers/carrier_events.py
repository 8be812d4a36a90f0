"""Events from carriers, each stored once."""

from models.db.carriers.tables import CarrierEventRow
from models.db.session import Session


async def add(session: Session, row: CarrierEventRow) -> bool:
    """Store an event; False if it is stored already."""
    return await session.insert_once(row)
