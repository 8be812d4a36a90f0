"""The adapter: places, follows, amends and cancels orders at one carrier that speaks TMF622."""

import asyncio
import hashlib
from collections.abc import Mapping
from contextlib import aclosing
from types import MappingProxyType
from typing import Any

import httpx2
import structlog
from standardwebhooks import Webhook

from carriers.base import CarrierOrder, SubmitResult
from carriers.tmf622 import requests, webhooks
from carriers.tmf622.client import Client
from carriers.tmf622.documents import CancelTask, OrderItem, ProductOrder
from carriers.tmf622.mapping import items_of
from models.errors import CarrierRefused, CarrierUnavailable
from models.order import CancelAnswer, CarrierUpdate, Channel, Identifiers

log = structlog.get_logger()

NOT_FOUND = 404
# Most carriers answer a cancellation within moments; after that their news tell.
CANCEL_PAUSES = (0.1, 0.2, 0.4, 0.8, 1.6)
_CANCELLED_ALREADY: Mapping[str | None, CancelAnswer] = MappingProxyType(
    {
        "assessingCancellation": CancelAnswer.ASSESSING,
        "pendingCancellation": CancelAnswer.CANCELED,
        "cancelled": CancelAnswer.CANCELED,
    }
)


class Tmf622Carrier:
    """One carrier at `url` (without the standard's base path), known to us as `code`."""

    def __init__(
        self,
        *,
        code: str,
        name: str,
        url: str,
        token: str,
        webhook_secret: str,
        http: httpx2.AsyncClient | None = None,
    ) -> None:
        """Take the bearer token we present and the `whsec_…` secret that signs what the carrier sends."""
        self.code = code
        self.name = name
        self._client = Client(name, url, token, http)
        self._webhook = Webhook(webhook_secret)

    async def submit(self, work: CarrierOrder) -> SubmitResult:
        """Place the order, unless the carrier has it: an earlier try may have arrived without an answer."""
        body = requests.order(work)
        if earlier := await self.find(work.client_ref):
            return SubmitResult(carrier_ref=earlier, found=True)
        placed = self._client.read(ProductOrder, await self._client.post("/productOrder", body))
        return SubmitResult(carrier_ref=placed.id)

    async def find(self, client_ref: str) -> str | None:
        """The carrier's reference of the order it has under ours; the first, should it have several."""
        query = {"externalId": client_ref, "fields": "id,externalId"}
        async with aclosing(self._client.pages("/productOrder", query)) as pages:
            async for page in pages:
                orders = [self._client.read(ProductOrder, document) for document in page]
                if ours := [order.id for order in orders if order.external_id == client_ref]:
                    return self._the_first(ours, client_ref)
        return None

    async def status(self, carrier_ref: str) -> CarrierUpdate:
        """Where everything stands now."""
        order = await self._order(carrier_ref)
        content = hashlib.sha256(order.model_dump_json().encode()).hexdigest()
        return CarrierUpdate(
            event_id=f"state-{content[:32]}",
            carrier=self.code,
            client_ref=order.external_id or "",
            items=items_of(order, {}),
            channel=Channel.RECONCILER,
        )

    async def cancel(self, carrier_ref: str, reason: str) -> CancelAnswer:
        """Ask to cancel, and wait a moment for the answer."""
        try:
            asked = await self._client.post("/cancelProductOrder", requests.cancellation(carrier_ref, reason))
        except CarrierRefused:
            # It has ended, or an earlier try of ours is being assessed.
            order = await self._order(carrier_ref)
            return _CANCELLED_ALREADY.get(order.state, CancelAnswer.DECLINED)
        return await self._settled(self._client.read(CancelTask, asked))

    async def activate(self, carrier_ref: str, item_id: str, identifiers: Identifiers) -> None:
        """Ask for service to begin; done already where the item is completed."""
        item = await self._item(carrier_ref, item_id)
        said = {name: value for name, value in vars(identifiers).items() if value is not None}
        body = requests.amendment([item], {"activation_requested": True, **said})
        try:
            if item.state != "completed":
                await self._client.patch(f"/productOrder/{carrier_ref}", body)
        except CarrierRefused:
            if (await self._item(carrier_ref, item_id)).state != "completed":
                raise

    async def provide(self, carrier_ref: str, fields: Mapping[str, Any]) -> None:
        """Give every item that waits for it what is known now; nothing to do where none waits (any more)."""
        order = await self._order(carrier_ref)
        waiting = [item for item in order.items if order.state_of(item) == "pending"]
        values = {name: value for name, value in fields.items() if name != "note"}
        if waiting:
            body = requests.amendment(waiting, values, note=fields.get("note"))
            await self._client.patch(f"/productOrder/{carrier_ref}", body)

    async def ensure_listening(self, callback_url: str) -> None:
        """Have the carrier send its events there; asking again changes nothing."""
        query = f"eventType={','.join(webhooks.HEARD)}"
        await self._client.post("/hub", {"callback": callback_url, "query": query})

    def read_webhook(self, headers: Mapping[str, str], body: bytes) -> CarrierUpdate | None:
        """Verify and read a webhook; None when it says nothing about items."""
        return webhooks.read(self._webhook, self.code, headers, body)

    async def close(self) -> None:
        """Give the connections back."""
        await self._client.close()

    def _the_first(self, ours: list[str], client_ref: str) -> str:
        if len(ours) > 1:
            log.warning("carrier has an order more than once", carrier=self.code, client_ref=client_ref, orders=ours)
        return ours[0]

    async def _order(self, carrier_ref: str) -> ProductOrder:
        document = await self._client.get(f"/productOrder/{carrier_ref}", refusals={NOT_FOUND})
        return self._client.read(ProductOrder, document)

    async def _item(self, carrier_ref: str, item_id: str) -> OrderItem:
        order = await self._order(carrier_ref)
        found = next((item for item in order.items if item.id == item_id), None)
        if found is None:
            raise CarrierRefused(f"{self.name} has no item {item_id} in this order.", facts={"code": "UNKNOWN_ITEM"})
        return found

    async def _settled(self, task: CancelTask) -> CancelAnswer:
        for pause in CANCEL_PAUSES:
            if task.answer is not CancelAnswer.ASSESSING:
                break
            await asyncio.sleep(pause)
            try:
                document = await self._client.get(f"/cancelProductOrder/{task.id}")
            except CarrierUnavailable:
                break
            task = self._client.read(CancelTask, document)
        return task.answer
