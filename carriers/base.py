"""What Dialtone asks of a carrier, whichever API it has."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType
from typing import Any, Literal, Protocol

from pydantic import SecretStr

from carriers.credentials import OAuthClient
from carriers.webhook_auth import WebhookSettings
from models.carrier_quote import CarrierQuote
from models.order import CancelResult, CarrierUpdate, Identifiers

# The secret answers of items by id and question code: carriers return masks of them.
Secrets = Mapping[str, Mapping[str, Any]]
NO_SECRETS: Secrets = MappingProxyType({})


@dataclass(frozen=True, kw_only=True)
class BillingAccount:
    """An account at the carrier: its number there, that of the contract above it, and the name on its bills."""

    number: str
    foundation: str | None
    name: str


@dataclass(frozen=True, kw_only=True)
class CarrierOrderItem:
    """One item of a carrier order.

    What the line is and what it is to become are kept apart: a new SIM must not carry the numbers of the old one.

    Attributes:
        action: the order type's carrier action (`new_line`, `suspend`, …).
        subject: the identifiers that the line has now; none for a new line.
        changes: the item's answers by question code, and for a chosen device its type allocation code if it
            is known, as `{code}_tac`. JSON values, none of them empty.
        offering: the carrier's own id of the plan that a new line gets, if it is known.
        billing_account: the number of the account that the carrier charges for the line, if it is known.
    """

    item_id: str
    action: str
    subject: Identifiers
    changes: Mapping[str, Any]
    offering: str | None = None
    billing_account: str | None = None


@dataclass(frozen=True, kw_only=True)
class CarrierOrder:
    """One order to a carrier with all its items. `client_ref` is `{order}:{round}`; retries keep it.

    `billing_account` is that of the account which the order is charged to; None if it has none at this carrier, and
    then each item has its own.
    """

    client_ref: str
    number: str
    items: tuple[CarrierOrderItem, ...]
    ship_to: Mapping[str, str] | None
    expedite: bool
    urgency: str
    billing_account: BillingAccount | None
    instructions: str | None = None


class Connection(WebhookSettings, Protocol):
    """How to reach one carrier; `adapter` is a key of ADAPTERS. It has either a `token` or `oauth`."""

    code: str
    name: str
    adapter: str
    url: str
    token: SecretStr | None
    calls_per_second: float
    unknown_window_seconds: float
    idempotency_header: str | None
    quote_api: Literal["companion", "tmf679"] | None

    @property
    def oauth(self) -> OAuthClient | None: ...


class Carrier(Protocol):
    """One carrier. Every call raises CarrierDeclined (final) or CarrierUnavailable (try again later).

    Attributes:
        unknown_window: after a time-out, how long an order can still arrive at the carrier.
        recognizes_repeats: whether the carrier takes an order with the same `client_ref` once only.
        believes_webhooks: whether a webhook is known to be the carrier's. If not, it is a reason to poll, no more.
    """

    code: str
    name: str
    unknown_window: timedelta
    recognizes_repeats: bool
    believes_webhooks: bool

    async def submit(self, order: CarrierOrder) -> str:
        """Place the order; returns the carrier's reference. Sent twice, it can be placed twice."""

    async def quote(self, order: CarrierOrder, currency: str) -> Mapping[str, CarrierQuote]:
        """What the items would cost in this currency, by item id, and whether they can be ordered; places nothing.

        Items about which the carrier says nothing are left out, as are all of a carrier that can't be asked.
        """

    async def find(self, client_ref: str) -> tuple[str, ...]:
        """The carrier's references of all orders with our reference, in the carrier's sequence."""

    def is_repeatable(self, order: CarrierOrder) -> bool:
        """Whether the order does the same if it is placed twice, such as a suspension."""

    async def status(self, carrier_ref: str) -> CarrierUpdate:
        """The current state of every item. Each answer has an event id of its own."""

    async def cancel(self, carrier_ref: str, reason: str) -> CancelResult:
        """Ask the carrier to cancel the whole order. Raises CarrierDeclined only if it doesn't know the order."""

    async def activate(
        self, carrier_ref: str, item_id: str, answers: Mapping[str, Any], *, secrets: Secrets = NO_SECRETS
    ) -> None:
        """Ask for service to start, with the answers to the item's late questions, by code.

        `secrets` are what the carrier has got already: an adapter that sends whole items puts them in place of masks.
        """

    async def provide(
        self,
        carrier_ref: str,
        item_ids: Collection[str],
        answers: Mapping[str, Any],
        note: str,
        *,
        secrets: Secrets = NO_SECRETS,
    ) -> None:
        """Send what the carrier asked for about these items: answers by code, and a text for the people there.

        `secrets` as in `activate`.
        """

    def read_webhook(self, headers: Mapping[str, str], body: bytes, url_secret: str = "") -> CarrierUpdate | None:
        """Verify and parse a webhook; None if it does not report on items.

        The update names the order by `client_ref`, and has the time of the event. `url_secret` is what follows the
        callback address. Raises SignatureInvalid, InvalidRequest.
        """

    def mask_secret_characteristics(self, body: bytes) -> bytes:
        """The body of a webhook that was read, with the secrets masked that the carrier repeats: this is stored."""

    async def ensure_listening(self, callback_url: str) -> None:
        """Subscribe this address to the carrier's events, with the secret after it if there is one. Idempotent."""

    async def close(self) -> None:
        """Close the connections."""
