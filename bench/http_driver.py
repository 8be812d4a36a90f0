"""Sends orders to the programs that do the bare work, and the order of DBOS."""

from dataclasses import dataclass, field
from uuid import uuid4

import httpx2

from bench.bare.work import Work, recorded_work
from bench.baseline.steps import MESSAGES, RecordedStep, recorded_steps


@dataclass(frozen=True, kw_only=True)
class HttpDriver:
    client: httpx2.AsyncClient
    bare_url: str
    dbos_url: str
    work: Work = field(default_factory=recorded_work)
    steps: list[RecordedStep] = field(default_factory=recorded_steps)

    async def bare_work(self) -> None:
        """Send all requests of an order, and have the rest of its work done."""
        for request in self.work.requests:
            await self._post(f"{self.bare_url}/answer/{request.returned}", b"x" * request.sent)
        await self._post(f"{self.bare_url}/work")

    async def dbos_order(self) -> None:
        order_id = uuid4()
        await self._post(f"{self.dbos_url}/start/{order_id}")
        for _ in filter(MESSAGES.__contains__, self.steps):
            await self._post(f"{self.dbos_url}/send/{order_id}")

    async def _post(self, url: str, body: bytes = b"") -> None:
        (await self.client.post(url, content=body)).raise_for_status()
