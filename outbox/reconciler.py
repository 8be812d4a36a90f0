"""Subscribes to carriers' events, and polls orders that have been quiet."""

import asyncio
import time
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial

import structlog

from carriers.base import Carrier
from models.db.carriers import carrier_orders
from models.db.carriers.tables import CarrierOrderRow
from models.db.encryption import Keyring
from models.db.session import Database
from models.errors import CarrierDeclined, CarrierUnavailable
from outbox import second_orders, waiting_orders
from outbox.carrier_polls import poll
from outbox.each_order import for_each
from runtime.metrics import RECONCILED
from runtime.periodic import FailureLog, jittered

log = structlog.get_logger()

# A carrier may have lost its subscriptions; subscribing again changes nothing if it has not.
SUBSCRIBE_SECONDS = 3600.0


class Reconciler:
    """One per worker process. Orders are claimed, so any number of reconcilers share the work.

    An order is quiet if its carrier has not reported on it for `after`. Carriers send their events to
    `{public_url}/carriers/{code}/events`.
    """

    def __init__(
        self,
        database: Database,
        carriers: Mapping[str, Carrier],
        keyring: Keyring,
        *,
        after: timedelta,
        public_url: str,
    ) -> None:
        self._database = database
        self._carriers = carriers
        self._keyring = keyring
        self._after = after
        self._public_url = public_url.rstrip("/")

    async def run(self) -> None:
        """Follow each carrier independently, until canceled."""
        async with asyncio.TaskGroup() as tasks:
            for code in self._carriers:
                tasks.create_task(self._follow(code), name=f"reconcile {code}")

    async def run_once(self, carrier_code: str) -> int:
        """Poll every order that is quiet or due, have second orders canceled, and open tasks for silent carriers.

        Returns how many orders had an update.

        Neither an order that fails nor one kind of request keeps the rest from being done. Raises CarrierUnavailable
        if the carrier didn't answer one kind; see `for_each`.
        """
        carrier, away = self._carriers[carrier_code], None
        updated = list[bool]()
        for part in (
            partial(second_orders.find_all, self._database, carrier),
            partial(second_orders.cancel_all, self._database, carrier),
            partial(self._poll_all, carrier, updated),
        ):
            try:
                await part()
            except CarrierUnavailable as error:
                away = error
        if away is not None:
            raise away
        return sum(updated)

    async def _poll_all(self, carrier: Carrier, updated: list[bool]) -> None:
        async with self._database.transaction() as session:
            since = await session.now() - self._after

        async def work(row: CarrierOrderRow) -> None:
            updated.append(await self._poll(carrier, row))

        await for_each(carrier.code, partial(self._claim, carrier.code, since), work)

    async def _follow(self, code: str) -> None:
        events = ("reconciliation_failed", "reconciliation_recovered")
        subscribing = FailureLog(*events, carrier=code, work="subscribe")
        polling = FailureLog(*events, carrier=code, work="poll")
        subscribe = partial(self._carriers[code].ensure_listening, f"{self._public_url}/carriers/{code}/events")
        subscribe_at = 0.0
        while True:
            if time.monotonic() >= subscribe_at and await subscribing.run(subscribe):
                subscribe_at = time.monotonic() + SUBSCRIBE_SECONDS
            if not await polling.run(partial(self.run_once, code)):
                subscribe_at = 0.0
            await asyncio.sleep(jittered(self._after / 4).total_seconds())

    async def _claim(self, carrier_code: str, since: datetime) -> CarrierOrderRow | None:
        """An order that an unsigned event is about, else the quietest one.

        It no longer counts as quiet, so no lock is needed while the carrier is polled.
        """
        async with self._database.transaction() as session:
            return await carrier_orders.claim_to_poll(
                session, carrier_code
            ) or await carrier_orders.claim_least_recently_updated(session, carrier_code, since)

    async def _poll(self, carrier: Carrier, row: CarrierOrderRow) -> bool:
        """Whether the carrier reported a change."""
        is_updated = await self._ask(carrier, row)
        if row.poll_at is not None:
            await self._database.run(carrier_orders.mark_polled, row)
        return is_updated

    async def _ask(self, carrier: Carrier, row: CarrierOrderRow) -> bool:
        try:
            _, message = await poll(self._database, self._keyring, carrier, row)
        except CarrierDeclined as error:
            log.warning("carrier_order_unknown", carrier=carrier.code, order_id=row.order_id, error=error.detail)
            RECONCILED.labels(carrier.code, "unknown").inc()
            if row.open:
                await self._database.run(waiting_orders.note_missing, row)
            return False
        RECONCILED.labels(carrier.code, "update" if message else "no_update").inc()
        return message is not None
