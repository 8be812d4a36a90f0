"""Finds second orders that a carrier has under our reference, and has them canceled."""

from datetime import datetime
from functools import partial

from carriers.base import Carrier
from models.db.carriers import carrier_orders, second_orders
from models.db.carriers.tables import CarrierOrderRow, SecondOrderRow
from models.db.order_events import append_outside
from models.db.session import Database, Session, utc_now
from models.db.tasks import tasks
from models.errors import CarrierDeclined
from models.event import Event
from models.events.operations import SECOND_ORDER, SECOND_ORDER_ANSWERED
from models.order import SYSTEM, CancelResult, OrderRef
from notifications.enqueue import enqueue_emails
from outbox.each_order import for_each

REASON = "This is a second order for the same request."


async def find_all(database: Database, carrier: Carrier) -> None:
    """List the carrier's orders under each reference that is due: after it was accepted, and after its order's end.

    Raises CarrierUnavailable as `for_each` does.
    """
    since = await database.run(_now)
    claim = partial(carrier_orders.claim_unlisted, carrier=carrier.code, window=carrier.unknown_window, since=since)
    await for_each(carrier.code, partial(database.run, claim), partial(_find, database, carrier))


async def cancel_all(database: Database, carrier: Carrier) -> None:
    """Have each second order canceled by the carrier, and open a task for it. Raises like `find_all`."""
    since = await database.run(_now)
    claim = partial(second_orders.claim, carrier=carrier.code, since=since)
    await for_each(carrier.code, partial(database.run, claim), partial(_cancel, database, carrier))


async def _now(session: Session) -> datetime:
    return await session.now()


async def _find(database: Database, carrier: Carrier, row: CarrierOrderRow) -> None:
    found = await carrier.find(row.client_ref)
    async with database.transaction() as session:
        for carrier_ref in found:
            if carrier_ref != row.carrier_ref or row.replaced_by is not None or row.canceled_while_lost:
                await second_orders.add(session, row, carrier_ref)
        await carrier_orders.mark_listed(session, row)


async def _cancel(database: Database, carrier: Carrier, second: SecondOrderRow) -> None:
    ref = OrderRef(tenant=second.tenant, id=second.order_id)
    async with database.transaction() as session:
        if not await tasks.was_opened(session, ref, SECOND_ORDER.opens, second.carrier_ref):
            await _append(session, second, SECOND_ORDER, utc_now())
    try:
        answer = await carrier.cancel(second.carrier_ref, REASON)
    except CarrierDeclined:
        answer = CancelResult.DECLINED
    async with database.transaction() as session:
        if await second_orders.answered(session, second, answer):
            await _append(session, second, SECOND_ORDER_ANSWERED, utc_now(), answer=answer)


async def _append(session: Session, second: SecondOrderRow, event: Event, at: datetime, **data: str) -> None:
    ref = OrderRef(tenant=second.tenant, id=second.order_id)
    first = await carrier_orders.latest_of(session, ref, second.round)
    returned = second.carrier_ref == first.carrier_ref
    replaced = first.round != second.round
    known = {
        "variant": "replaced" if replaced else "returned" if returned else None,
        "thing": second.carrier_ref,
        "second_ref": second.carrier_ref,
        "carrier_ref": None if returned else first.carrier_ref,
        "references": first.client_ref,
    }
    order, appended = await append_outside(session, ref, event, actor=SYSTEM, at=at, data=known | data)
    await enqueue_emails(session, order, appended)
