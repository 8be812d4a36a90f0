"""Stays in touch with carriers: subscribes to their events, and asks about orders that have been quiet."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta

import structlog
from pydantic_core import to_json

from carriers.base import Carrier
from models.db.carriers import carrier_orders
from models.db.carriers.tables import CarrierOrderRow
from models.db.encryption import Keyring
from models.db.session import Database, utc_now
from models.errors import CarrierRefused
from outbox.carrier_events import accept
from runtime.metrics import RECONCILED

log = structlog.get_logger()

# A carrier may have forgotten its listeners; asking again changes nothing where it has not.
SUBSCRIBE_SECONDS = 3600.0


class Reconciler:
    """One per worker process; orders are claimed, so any number of reconcilers share the work.

    An order is quiet when nothing was heard of it for `after`. Events are sent to
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
        self._troubles: set[tuple[str, str]] = set()
        self._subscribe_at: dict[str, float] = {}

    async def run(self) -> None:
        """Follow all carriers, each at its own pace, until canceled."""
        async with asyncio.TaskGroup() as tasks:
            for code in self._carriers:
                tasks.create_task(self._follow(code), name=f"reconcile {code}")

    async def run_once(self, carrier_code: str) -> int:
        """Ask about every order that is quiet now; returns how many had something new to say.

        Raises CarrierUnavailable; the orders not asked about yet stay quiet.
        """
        since, told = utc_now() - self._after, 0
        while row := await self._claim(carrier_code, since):
            told += await self._ask(self._carriers[carrier_code], row)
        return told

    async def subscribe(self, carrier_code: str) -> None:
        """Have the carrier send its events here. Raises CarrierRefused, CarrierUnavailable."""
        await self._carriers[carrier_code].ensure_listening(f"{self._public_url}/carriers/{carrier_code}/events")

    async def _claim(self, carrier_code: str, since: datetime) -> CarrierOrderRow | None:
        """The quietest order, which counts as heard of from now on: nobody else asks, and no lock is held meanwhile."""
        async with self._database.transaction() as session:
            for row in await carrier_orders.quiet(session, carrier_code, since, limit=1):
                await carrier_orders.heard(session, row)
                return row
        return None

    async def _ask(self, carrier: Carrier, row: CarrierOrderRow) -> bool:
        try:
            news = await carrier.status(row.carrier_ref or "")
        except CarrierRefused as error:
            log.warning(
                "carrier does not know an order", carrier=carrier.code, order_id=row.order_id, error=error.detail
            )
            RECONCILED.labels(carrier.code, "unknown").inc()
            return False
        async with self._database.transaction() as session:
            told = await accept(session, self._keyring, carrier.code, news, to_json(news), utc_now()) is not None
        RECONCILED.labels(carrier.code, "news" if told else "nothing_new").inc()
        return told

    async def _follow(self, code: str) -> None:
        while True:
            await self._watched(code, self._subscribe_in_time)
            await self._watched(code, self.run_once)
            # A quarter of the patience, spread so that processes do not ask in step.
            await asyncio.sleep(self._after.total_seconds() / 4 * (0.5 + random.random()))  # noqa: S311 - no secret

    async def _subscribe_in_time(self, code: str) -> None:
        if time.monotonic() >= self._subscribe_at.get(code, 0):
            await self.subscribe(code)
            self._subscribe_at[code] = time.monotonic() + SUBSCRIBE_SECONDS

    async def _watched(self, code: str, work: Callable[[str], Awaitable[object]]) -> None:
        """Do it; trouble is logged when it begins and when it is over, and never ends the loop."""
        trouble = (code, work.__name__)
        try:
            await work(code)
        except Exception as error:  # noqa: BLE001 - the loop outlives whatever one round runs into
            self._subscribe_at.pop(code, None)
            if trouble not in self._troubles:
                log.warning(
                    "carrier is away", carrier=code, work=work.__name__, error=f"{type(error).__name__}: {error}"
                )
            self._troubles.add(trouble)
        else:
            if trouble in self._troubles:
                log.info("carrier is back", carrier=code, work=work.__name__)
            self._troubles.discard(trouble)
