"""Stores what a carrier reports about items besides their states: identifiers and dates."""

from datetime import datetime

from models.db.carriers.tables import CarrierOrderRow
from models.db.order_events import append_outside
from models.db.orders import item_reports, order_rows
from models.db.orders.tables import ItemRow
from models.db.session import Session
from models.db.tasks import tasks
from models.events.fulfillment import LATE_REPORT
from models.events.operations import UNREADABLE_VALUE
from models.formatting import join_names
from models.identifiers import LABELS
from models.lifecycle import ItemState
from models.order import CarrierUpdate, ItemUpdate, OrderRef
from notifications.enqueue import enqueue_emails

NOT_TEXT = "No text"


async def store(session: Session, row: CarrierOrderRow, update: CarrierUpdate, received_at: datetime) -> None:
    """Store what the carrier says about an order's items. The caller has locked the order.

    What is said of an item that was refused counts, too: it can still be accepted into the inventory. What comes too
    late is recorded in the order's history, and what can't be read becomes a task. Nothing is known before it is
    received, whatever the carrier's clock says.
    """
    ref = OrderRef(tenant=row.tenant, id=row.order_id)
    at = min(update.at or received_at, received_at)
    known = await order_rows.items_of(session, ref)
    items = {item.id: item for item in known if row.open or item.state != ItemState.DONE}
    for news in (news for news in update.items if news.item_id in items):
        late = await item_reports.report(session, ref, news.item_id, news.values, at=at, by=update.channel)
        if late:
            data = {
                "item_id": news.item_id,
                "late": sorted(late),
                "told_at": at.isoformat(),
                "detail": f"A newer {join_names(sorted(LABELS[name] for name in late))} is known.",
            }
            await append_outside(session, ref, LATE_REPORT, actor=update.actor, at=received_at, data=data)
        await _ask_for(session, row, items[news.item_id], news, update=update, at=received_at)


async def _ask_for(
    session: Session, row: CarrierOrderRow, item: ItemRow, news: ItemUpdate, *, update: CarrierUpdate, at: datetime
) -> None:
    """Open a task for each value that can't be read; the same value once."""
    ref = OrderRef(tenant=row.tenant, id=row.order_id)
    for name, told in news.unreadable:
        thing = f"{item.id}:{name}:{told}"
        if name not in LABELS or await tasks.was_opened(session, ref, UNREADABLE_VALUE.opens, thing):
            continue
        data = {
            "thing": thing,
            "item_id": item.id,
            "item": item.number,
            "value": LABELS[name],
            "as_told": told or NOT_TEXT,
            "references": row.client_ref,
        }
        order, event = await append_outside(session, ref, UNREADABLE_VALUE, actor=update.actor, at=at, data=data)
        await enqueue_emails(session, order, event)
