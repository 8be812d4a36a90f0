"""Sending an order to its carrier, once."""

from collections.abc import Mapping
from datetime import timedelta

from activities.carrier_client import carrier_client, outcome_unknown
from carriers.base import Carrier, CarrierOrder
from models.db.carriers import carrier_orders
from models.db.carriers.tables import CarrierOrderRow
from models.db.order_lock import lock_order
from models.db.session import Database
from models.errors import CarrierUnavailable
from models.order import Order


async def submit(
    database: Database, carriers: Mapping[str, Carrier], order: Order, row: CarrierOrderRow, sent: CarrierOrder
) -> str:
    """Returns the carrier's reference: of the order that has arrived there, else of the one that is sent now.

    What an earlier try sent without an answer can still arrive, although the carrier does not have it yet. Until it
    can't, this only looks for it, unless sending it again does no harm.
    """
    with carrier_client(carriers, order) as carrier:
        if found := await carrier.find(sent.client_ref):
            return found[0]
        repeatable = carrier.is_repeatable(sent)
        window = timedelta(0) if repeatable or carrier.recognizes_repeats else carrier.unknown_window
        if not await database.run_alone(carrier_orders.begin_sending, row, window=window, repeatable=repeatable):
            async with database.read() as session:
                left = await carrier_orders.can_arrive_for(session, row, window)
            raise outcome_unknown(carrier, left or timedelta(0))
        try:
            return await carrier.submit(sent)
        except CarrierUnavailable as error:
            if error.nothing_done:
                async with database.transaction() as session:
                    await carrier_orders.nothing_sent(session, row)
            raise


async def find_lost(
    database: Database, carriers: Mapping[str, Carrier], order: Order, row: CarrierOrderRow
) -> str | None:
    """The carrier's reference of an order that it had lost, if it has that again.

    Once the order may have been sent again, that one counts, and this one is not looked for.
    """
    if row.replaced_by is not None:
        return None
    with carrier_client(carriers, order) as carrier:
        found = await carrier.find(row.client_ref)
    if not found:
        return None
    async with database.transaction() as session:
        await lock_order(session, order.ref)
        await carrier_orders.found_again(session, row, found[0])
    return found[0]
