"""Places, follows, amends and cancels orders at one carrier with the TMF622 API."""

import asyncio
from collections.abc import Callable, Collection, Mapping
from contextlib import aclosing
from datetime import timedelta
from types import MappingProxyType
from typing import Any
from uuid import uuid4

import httpx2

from carriers.base import NO_SECRETS, CarrierOrder, Connection, Secrets
from carriers.credentials import OAuthToken, StaticToken
from carriers.rate_limit import RateLimit
from carriers.timing import timed_call
from carriers.tmf622 import requests, webhooks
from carriers.tmf622.action import find_action
from carriers.tmf622.client import TmfClient
from carriers.tmf622.documents import CancelProductOrder, ProductOrder
from carriers.tmf622.mapping import item_updates
from carriers.tmf622.quotes import QUOTE_APIS, read_quotes
from carriers.webhook_auth import Received, webhook_auth
from models.carrier_quote import CarrierQuote
from models.errors import CarrierDeclined, CarrierUnavailable
from models.order import CancelResult, CarrierUpdate, Channel

NOT_FOUND = 404
MAX_AMENDMENTS = 3
# Most carriers decide on a cancellation within moments; if not, an event reports the decision later.
CANCEL_POLL_SECONDS = (0.1, 0.2, 0.4, 0.8, 1.6)
# What a carrier that declines to cancel has done with the order already. Of what it rejected, nothing is left to stop.
_ALREADY_CANCELED: Mapping[str | None, CancelResult] = MappingProxyType(
    {
        "assessingCancellation": CancelResult.ASSESSING,
        "pendingCancellation": CancelResult.CANCELED,
        "cancelled": CancelResult.CANCELED,
        "rejected": CancelResult.CANCELED,
        "failed": CancelResult.CANCELED,
    }
)


class Tmf622Carrier:
    """The connection's `url` is without the standard's base path."""

    def __init__(self, connection: Connection, http: httpx2.AsyncClient | None = None) -> None:
        self.code = connection.code
        self.name = connection.name
        self.unknown_window = timedelta(seconds=connection.unknown_window_seconds)
        self.recognizes_repeats = connection.idempotency_header is not None
        self._idempotency_header = connection.idempotency_header
        self._quote_api = QUOTE_APIS[connection.quote_api] if connection.quote_api else None
        self._client = TmfClient(
            connection.name, connection.url, _credentials(connection), RateLimit(connection.calls_per_second), http
        )
        self._webhook_auth = webhook_auth(connection)
        self.believes_webhooks = self._webhook_auth.believed

    async def submit(self, order: CarrierOrder) -> str:
        with timed_call(self.code, "submit"):
            body = requests.order_body(order)
            headers = {self._idempotency_header: order.client_ref} if self._idempotency_header else {}
            placed = self._client.parse(ProductOrder, await self._client.post("/productOrder", body, headers=headers))
            if not placed.id:
                raise CarrierUnavailable(f"{self.name} returned an order without its id.")
            return placed.id

    async def quote(self, order: CarrierOrder, currency: str) -> Mapping[str, CarrierQuote]:
        if self._quote_api is None:
            return {}
        with timed_call(self.code, "quote"):
            body = self._quote_api.body(order)
            return read_quotes(await self._client.ask(self._quote_api.path, body), currency)

    async def find(self, client_ref: str) -> tuple[str, ...]:
        with timed_call(self.code, "find"):
            query = {"externalId": client_ref, "fields": "id,externalId"}
            async with aclosing(self._client.pages("/productOrder", query)) as pages:
                orders = [self._client.parse(ProductOrder, document) async for page in pages for document in page]
            return tuple(order.id for order in orders if order.id and order.external_id == client_ref)

    def is_repeatable(self, order: CarrierOrder) -> bool:
        return all(find_action(item.action).repeatable for item in order.items)

    async def status(self, carrier_ref: str) -> CarrierUpdate:
        with timed_call(self.code, "status"):
            document, at = await self._client.get_with_time(f"/productOrder/{carrier_ref}", declined={NOT_FOUND})
            order = self._client.parse(ProductOrder, document)
            return CarrierUpdate(
                event_id=f"poll-{uuid4().hex}",
                carrier=self.code,
                client_ref=order.external_id or "",
                carrier_ref=order.id,
                items=item_updates(order),
                channel=Channel.RECONCILER,
                at=at,
            )

    async def cancel(self, carrier_ref: str, reason: str) -> CancelResult:
        with timed_call(self.code, "cancel"):
            body = requests.cancellation_body(carrier_ref, reason)
            try:
                document = await self._client.post("/cancelProductOrder", body)
            except CarrierDeclined:
                # The order has ended, or the carrier is assessing an earlier request of ours.
                order = await self._order(carrier_ref)
                return _ALREADY_CANCELED.get(order.state, CancelResult.DECLINED)
            except CarrierUnavailable as error:
                if error.nothing_done:
                    # 404 may be about the order, which then can't be read either, or about the address.
                    await self._order(carrier_ref)
                raise
            return await self._poll_cancellation(self._client.parse(CancelProductOrder, document))

    async def activate(
        self, carrier_ref: str, item_id: str, answers: Mapping[str, Any], *, secrets: Secrets = NO_SECRETS
    ) -> None:
        with timed_call(self.code, "activate"):
            activation = {"activation_requested": True, **answers}

            def body_for(document: Any) -> requests.Json | None:
                if self._is_completed(document, item_id):
                    return None
                return requests.amendment_body(document, {item_id: activation}, secrets=secrets)

            try:
                await self._amend(carrier_ref, body_for)
            except CarrierDeclined:
                if not self._is_completed(await self._document(carrier_ref), item_id):
                    raise

    async def provide(
        self,
        carrier_ref: str,
        item_ids: Collection[str],
        answers: Mapping[str, Any],
        note: str,
        *,
        secrets: Secrets = NO_SECRETS,
    ) -> None:
        with timed_call(self.code, "provide"):

            def body_for(document: Any) -> requests.Json | None:
                order = self._client.parse(ProductOrder, document)
                states = {item.id: order.state_of(item) for item in order.items}
                pending = [item_id for item_id in item_ids if states.get(item_id) == "pending"]
                if not pending:
                    return None
                return requests.amendment_body(document, dict.fromkeys(pending, answers), secrets=secrets, note=note)

            await self._amend(carrier_ref, body_for)

    async def ensure_listening(self, callback_url: str) -> None:
        with timed_call(self.code, "listen"):
            query = f"eventType={','.join(webhooks.EVENT_TYPES)}"
            await self._client.ensure("/hub", {"callback": self._webhook_auth.callback(callback_url), "query": query})

    def read_webhook(self, headers: Mapping[str, str], body: bytes, url_secret: str = "") -> CarrierUpdate | None:
        lower = {name.lower(): value for name, value in headers.items()}
        event_id = self._webhook_auth.verify(Received(headers=lower, body=body, url_secret=url_secret))
        return webhooks.read(self.code, body, event_id)

    def mask_secret_characteristics(self, body: bytes) -> bytes:
        return webhooks.mask_secret_characteristics(body)

    async def close(self) -> None:
        await self._client.close()

    async def _amend(self, carrier_ref: str, body_for: Callable[[Any], requests.Json | None]) -> None:
        """Send what `body_for` makes of the carrier's order, unless that is None.

        What the carrier writes between the answer and the change would be replaced. So it refuses the change then, and
        the order is read again. Only a carrier without ETags can't.
        """
        path = f"/productOrder/{carrier_ref}"
        for _ in range(MAX_AMENDMENTS):
            document, etag = await self._client.read(path, declined={NOT_FOUND})
            body = body_for(document)
            if body is None or await self._client.patch(path, body, etag=etag):
                return
        raise CarrierUnavailable(f"{self.name} has changed the order each time it was to be amended.")

    async def _order(self, carrier_ref: str) -> ProductOrder:
        return self._client.parse(ProductOrder, await self._document(carrier_ref))

    async def _document(self, carrier_ref: str) -> Any:
        """The carrier's order with all that it has, also what is never read."""
        return await self._client.get(f"/productOrder/{carrier_ref}", declined={NOT_FOUND})

    def _is_completed(self, document: Any, item_id: str) -> bool:
        """Raises CarrierDeclined for an item that is not in the order."""
        order = self._client.parse(ProductOrder, document)
        for item in order.items:
            if item.id == item_id:
                return order.state_of(item) == "completed"
        raise CarrierDeclined(f"{self.name} has no item {item_id} in this order.", facts={"code": "UNKNOWN_ITEM"})

    async def _poll_cancellation(self, task: CancelProductOrder) -> CancelResult:
        for seconds in CANCEL_POLL_SECONDS:
            if task.answer is not CancelResult.ASSESSING:
                break
            await asyncio.sleep(seconds)
            try:
                document = await self._client.get(f"/cancelProductOrder/{task.id}")
            except CarrierUnavailable:
                break
            task = self._client.parse(CancelProductOrder, document)
        return task.answer


def _credentials(connection: Connection) -> OAuthToken | StaticToken:
    if connection.oauth is not None:
        return OAuthToken(connection.name, connection.oauth)
    assert connection.token is not None
    return StaticToken(connection.token.get_secret_value())
