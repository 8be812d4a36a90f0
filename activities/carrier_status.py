"""Asks the carrier what it has not reported by itself."""

from collections.abc import Mapping
from dataclasses import dataclass

from temporalio import activity

from activities.carrier_client import carrier_client
from carriers.base import Carrier
from models.db.carriers import carrier_orders
from models.db.order_lock import lock_order
from models.db.orders import item_reports, order_values
from models.db.session import Database, utc_now
from models.order import OrderRef


@dataclass(frozen=True, kw_only=True)
class AskAgainInput:
    ref: OrderRef
    item_id: str


class CarrierStatusActivities:
    def __init__(self, database: Database, carriers: Mapping[str, Carrier]) -> None:
        self._database = database
        self._carriers = carriers

    @activity.defn
    async def ask_again(self, request: AskAgainInput) -> None:
        """Store what the carrier says of an item now, as its reports are stored."""
        async with self._database.transaction() as session:
            order = await order_values.load(session, request.ref)
            row = await carrier_orders.find_open(session, request.ref)
        if row is None or row.carrier_ref is None:
            return
        with carrier_client(self._carriers, order) as carrier:
            update = await carrier.status(row.carrier_ref)
        now = utc_now()
        at = min(update.at or now, now)
        async with self._database.transaction() as session:
            await lock_order(session, request.ref)
            for news in update.items:
                if news.item_id == request.item_id:
                    await item_reports.store(session, request.ref, news, at=at, by=update.channel)
