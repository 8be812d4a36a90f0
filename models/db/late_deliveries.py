"""What an order keeps of a carrier's order with an item that it had refused."""

from models.db.inventory import change_log
from models.db.orders import order_rows
from models.db.session import Session
from models.lifecycle import ItemState
from models.order import OrderRef


async def kept_with(session: Session, ref: OrderRef, item_id: str) -> list[int]:
    """The numbers of the items that the inventory has as ordered, and of those beside this one that are in progress."""
    kept = await change_log.kept_items(session, ref)
    items = await order_rows.items_of(session, ref)
    in_progress = {item.id for item in items if item.id != item_id and not ItemState(item.state).final}
    return [item.number for item in items if item.id in kept | in_progress]
