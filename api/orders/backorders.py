from collections.abc import Iterable

from models.db.orders import order_rows
from models.db.orders.tables import ItemRow, OrderRow
from models.db.session import Session
from models.events.fulfillment import BACKORDERED
from models.events.waiting import BACKORDER_DECISION, KEPT_WAITING
from models.lifecycle import ItemState


async def is_asked_to_wait(session: Session, row: OrderRow, items: Iterable[ItemRow]) -> bool:
    """Whether people are asked if the order is to keep waiting for what is backordered."""
    if not any(item.state == ItemState.BACKORDERED for item in items):
        return False
    asked = [BACKORDER_DECISION.code, KEPT_WAITING.code, BACKORDERED.code]
    events = await order_rows.timeline(session, row.tenant, row.id, events=asked)
    return bool(events) and events[-1].event == BACKORDER_DECISION.code
