"""Opens a task for an order that its carrier has lost, or has had for too long without a date."""

from datetime import timedelta
from typing import Any

from models.db import silent_orders
from models.db.carriers import carrier_orders
from models.db.carriers.tables import CarrierOrderRow
from models.db.order_events import append_outside
from models.db.order_lock import lock_order
from models.db.session import Database, Session
from models.db.tasks import tasks
from models.event import Event
from models.events.operations import LOST_ORDER, SILENT_CARRIER
from models.order import SYSTEM, OrderRef
from notifications.enqueue import enqueue_emails

# A carrier that does not know an order may be about to write it down, or to come back from a failure.
LOST_AFTER = timedelta(minutes=3)
# How long a settled task stays closed although nothing has changed.
LOST_AGAIN_AFTER = timedelta(minutes=15)
SILENT_AGAIN_AFTER = timedelta(days=1)


async def note_missing(session: Session, row: CarrierOrderRow) -> None:
    """The carrier doesn't know an order that it had accepted: the second time, minutes later, it is lost."""
    ref = OrderRef(tenant=row.tenant, id=row.order_id)
    await lock_order(session, ref)
    lost = await carrier_orders.mark_missing(session, row, LOST_AFTER)
    since = await session.now() - LOST_AGAIN_AFTER
    if lost and not await tasks.settled_lately(session, ref, LOST_ORDER.opens or "", row.client_ref, since):
        data = {"thing": row.client_ref, "carrier_ref": row.carrier_ref, "references": row.client_ref}
        await _append(session, ref, LOST_ORDER, data)


async def report_silent(database: Database, carrier_code: str) -> None:
    """Open a task for each order that is due without news."""
    while True:
        async with database.transaction() as session:
            since = await session.now() - SILENT_AGAIN_AFTER
            order = await silent_orders.claim(session, carrier_code, SILENT_CARRIER.opens or "", since)
            if order is None:
                return
            ref = OrderRef(tenant=order.tenant, id=order.id)
            sent = await carrier_orders.find_open(session, ref)
            data = {"carrier_ref": sent and sent.carrier_ref, "references": sent and sent.client_ref}
            await _append(session, ref, SILENT_CARRIER, data)


async def _append(session: Session, ref: OrderRef, event: Event, data: dict[str, Any]) -> None:
    order, appended = await append_outside(session, ref, event, actor=SYSTEM, at=await session.now(), data=data)
    await enqueue_emails(session, order, appended)
