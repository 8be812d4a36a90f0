"""What an order keeps beside an item that the carrier had refused."""

from models.db.inventory import change_log
from models.db.orders import order_rows
from models.db.session import Session
from models.lifecycle import ItemState
from models.order import OrderRef


async def kept_besides(session: Session, ref: OrderRef, item_id: str) -> list[int]:
    """The numbers of the other items that are in progress, or that the inventory has as ordered."""
    kept = await change_log.kept_items(session, ref)
    items = await order_rows.items_of(session, ref)
    others = (item for item in items if item.id != item_id)
    return [item.number for item in others if item.id in kept or not ItemState(item.state).final]
