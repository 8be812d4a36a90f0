from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, NamedTuple

from carriers.base import NO_SECRETS, CarrierOrder, Secrets
from models.carrier_quote import CarrierQuote
from models.order import CancelResult, CarrierUpdate


class Provided(NamedTuple):
    """What the carrier was answered about which items."""

    item_ids: tuple[str, ...]
    answers: Mapping[str, Any]
    note: str


@dataclass
class FakeCarrier:
    """A carrier in memory that keeps what it is sent. Each call first raises the next of its `fails`, None for none."""

    code: str = "northwind"
    name: str = "Northwind Wireless"
    cancel_answer: CancelResult = CancelResult.CANCELED
    cancel_answers: dict[str, CancelResult] = field(default_factory=dict)  # those that differ, by our reference
    orders: dict[str, CarrierOrder] = field(default_factory=dict)
    submissions: int = 0
    canceled: list[str] = field(default_factory=list)
    activated: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)
    provided: list[Provided] = field(default_factory=list)
    callbacks: list[str] = field(default_factory=list)
    secrets: Secrets = field(default_factory=lambda: NO_SECRETS)  # those that came with the latest amendment
    fails: dict[str, list[Exception | None]] = field(default_factory=dict)
    status_answers: dict[str, CarrierUpdate] = field(default_factory=dict)  # by our reference
    before_answer: Callable[[], Awaitable[None]] | None = None
    unknown_window: timedelta = timedelta(0)
    recognizes_repeats: bool = False
    believes_webhooks: bool = True
    repeatable_actions: frozenset[str] = frozenset()
    quotes: dict[str, CarrierQuote] = field(default_factory=dict)
    quoted: list[CarrierOrder] = field(default_factory=list)
    before_quote: Callable[[], Awaitable[None]] | None = None
    second_orders: dict[str, tuple[str, ...]] = field(default_factory=dict)  # besides ours, by our reference

    async def submit(self, work: CarrierOrder) -> str:
        self.submissions += 1
        await self._pause()
        self._fail("submit")
        self.orders[work.client_ref] = work
        return f"NW-{work.client_ref}"

    async def quote(self, order: CarrierOrder, currency: str) -> Mapping[str, CarrierQuote]:
        """The `quotes` by phone number, those of a new line by "", and what `before_quote` waits for."""
        assert currency == "USD"
        self.quoted.append(order)
        if self.before_quote:
            await self.before_quote()
        self._fail("quote")
        answers = {item.item_id: self.quotes.get(item.subject.mdn or "") for item in order.items}
        return {item_id: quote for item_id, quote in answers.items() if quote is not None}

    async def find(self, client_ref: str) -> tuple[str, ...]:
        self._fail("find")
        found = (f"NW-{client_ref}",) if client_ref in self.orders else ()
        return found + self.second_orders.get(client_ref, ())

    def is_repeatable(self, order: CarrierOrder) -> bool:
        return all(item.action in self.repeatable_actions for item in order.items)

    async def status(self, carrier_ref: str) -> CarrierUpdate:
        self._fail("status")
        client_ref = carrier_ref.removeprefix("NW-")
        unchanged = CarrierUpdate(event_id=carrier_ref, carrier=self.code, client_ref=client_ref, items=())
        return self.status_answers.get(client_ref, unchanged)

    async def cancel(self, carrier_ref: str, reason: str) -> CancelResult:
        await self._pause()
        self._fail("cancel")
        self.canceled.append(f"{carrier_ref} {reason}")
        return self.cancel_answers.get(carrier_ref.removeprefix("NW-"), self.cancel_answer)

    async def activate(
        self, carrier_ref: str, item_id: str, answers: Mapping[str, Any], *, secrets: Secrets = NO_SECRETS
    ) -> None:
        self.secrets = secrets
        self._fail("activate")
        assert carrier_ref
        self.activated.append((item_id, answers))

    async def provide(
        self,
        carrier_ref: str,
        item_ids: Collection[str],
        answers: Mapping[str, Any],
        note: str,
        *,
        secrets: Secrets = NO_SECRETS,
    ) -> None:
        self.secrets = secrets
        self._fail("provide")
        assert carrier_ref
        self.provided.append(Provided((*item_ids,), answers, note))

    def read_webhook(self, headers: Mapping[str, str], body: bytes, url_secret: str = "") -> CarrierUpdate | None:
        raise NotImplementedError(headers, body, url_secret)  # no workflow reads webhooks

    def mask_secret_characteristics(self, body: bytes) -> bytes:
        raise NotImplementedError(body)  # no workflow reads webhooks

    async def ensure_listening(self, callback_url: str) -> None:
        self.callbacks.append(callback_url)

    async def close(self) -> None:
        """No connection to close."""

    async def _pause(self) -> None:
        if self.before_answer:
            await self.before_answer()

    def _fail(self, call: str) -> None:
        error = self.fails[call].pop(0) if self.fails.get(call) else None
        if error is not None:
            raise error
