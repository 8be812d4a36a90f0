"""A carrier's news against the outcome of an item becomes a task: it may bill what the order doesn't have."""

from datetime import datetime

from models.db.carriers.tables import CarrierOrderRow
from models.db.order_events import append_outside
from models.db.orders import order_rows
from models.db.orders.tables import ItemRow
from models.db.session import Session
from models.db.tasks import tasks
from models.events.operations import UNEXPECTED_UPDATE
from models.lifecycle import ItemState
from models.order import CarrierUpdate, ItemUpdate, OrderRef
from models.status_labels import label
from notifications.enqueue import enqueue_emails

_DELIVERED = frozenset({ItemState.SHIPPED, ItemState.AWAITING_ACTIVATION, ItemState.DONE})
_NOT_DELIVERED = frozenset({ItemState.DECLINED, ItemState.CANCELED})


async def open_tasks(session: Session, row: CarrierOrderRow, update: CarrierUpdate, at: datetime) -> None:
    """Open a task for each item that has ended otherwise than the carrier reports; the same news counts once."""
    if row.timer_id is not None:
        return
    ref = OrderRef(tenant=row.tenant, id=row.order_id)
    items = {item.id: item for item in await order_rows.items_of(session, ref)}
    for news in update.items:
        item = items.get(news.item_id)
        if item is not None and _contradicts(ItemState(item.state), news.state):
            await _open(session, row, item, news, update=update, at=at)


def _contradicts(recorded: ItemState, reported: ItemState) -> bool:
    if recorded is ItemState.DONE:
        return reported in _NOT_DELIVERED
    return recorded in _NOT_DELIVERED and reported in _DELIVERED


async def _open(
    session: Session, row: CarrierOrderRow, item: ItemRow, news: ItemUpdate, *, update: CarrierUpdate, at: datetime
) -> None:
    ref = OrderRef(tenant=row.tenant, id=row.order_id)
    thing = f"{item.id}:{row.round}:{news.state}"
    if await tasks.was_opened(session, ref, UNEXPECTED_UPDATE.opens, thing):
        return
    order, event = await append_outside(
        session,
        ref,
        UNEXPECTED_UPDATE,
        actor=update.actor,
        at=at,
        data={
            "thing": thing,
            "item_id": item.id,
            "item": item.number,
            "reported": label(news.state),
            "recorded": label(item.state),
            "code": news.code,
            "detail": news.detail,
            "carrier_ref": row.carrier_ref,
        },
    )
    await enqueue_emails(session, order, event)
