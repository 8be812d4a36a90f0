"""A carrier whose calls are timed, whatever it speaks."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from carriers.base import Carrier, CarrierOrder, SubmitResult
from models.errors import CarrierRefused
from models.order import CancelAnswer, CarrierUpdate, Identifiers
from runtime.metrics import CARRIER_CALL_SECONDS


class InstrumentedCarrier:
    """Does what the carrier does, and times it by what came of it: `done`, `refused` or `failed`."""

    def __init__(self, carrier: Carrier) -> None:
        self._carrier = carrier
        self.code, self.name = carrier.code, carrier.name

    async def submit(self, work: CarrierOrder) -> SubmitResult:
        """Place the order."""
        with self._timed("submit"):
            return await self._carrier.submit(work)

    async def find(self, client_ref: str) -> str | None:
        """The carrier's reference of the order it has under ours."""
        with self._timed("find"):
            return await self._carrier.find(client_ref)

    async def status(self, carrier_ref: str) -> CarrierUpdate:
        """Where everything stands now."""
        with self._timed("status"):
            return await self._carrier.status(carrier_ref)

    async def cancel(self, carrier_ref: str, reason: str) -> CancelAnswer:
        """Ask to cancel the whole order."""
        with self._timed("cancel"):
            return await self._carrier.cancel(carrier_ref, reason)

    async def activate(self, carrier_ref: str, item_id: str, identifiers: Identifiers) -> None:
        """Tell which device and SIM the person holds."""
        with self._timed("activate"):
            await self._carrier.activate(carrier_ref, item_id, identifiers)

    async def provide(self, carrier_ref: str, fields: Mapping[str, Any]) -> None:
        """Give what the carrier asked for."""
        with self._timed("provide"):
            await self._carrier.provide(carrier_ref, fields)

    def read_webhook(self, headers: Mapping[str, str], body: bytes) -> CarrierUpdate | None:
        """Verify and read a webhook: no call, so not timed."""
        return self._carrier.read_webhook(headers, body)

    async def ensure_listening(self, callback_url: str) -> None:
        """Have the carrier send its events to this address."""
        with self._timed("listen"):
            await self._carrier.ensure_listening(callback_url)

    async def close(self) -> None:
        """Give the connections back."""
        await self._carrier.close()

    @contextmanager
    def _timed(self, call: str) -> Iterator[None]:
        began, outcome = time.perf_counter(), "failed"
        try:
            yield
            outcome = "done"
        except CarrierRefused:
            outcome = "refused"
            raise
        finally:
            CARRIER_CALL_SECONDS.labels(self.code, call, outcome).observe(time.perf_counter() - began)
