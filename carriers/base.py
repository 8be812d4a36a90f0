"""What Dialtone asks of a carrier, whatever it speaks."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from models.order import CancelAnswer, CarrierUpdate, Identifiers


@dataclass(frozen=True, kw_only=True)
class CarrierOrderItem:
    """What one item asks of the carrier; `action` is the type's vendor action (`new_line`, `suspend`, …).

    `wanted` holds the answers that matter to the carrier by name: device_sku, device_tac, plan_sku,
    feature_skus, accessory_skus, sim_type, area_code, service_zip, suspend_reason, billing, …, and of a line that
    exists mdn, imei, iccid and eid; nothing empty.
    """

    item_id: str
    action: str
    wanted: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class CarrierOrder:
    """One order to a carrier, all items together. `client_ref` is `{order}:{round}`: a retry keeps it."""

    client_ref: str
    number: str
    items: tuple[CarrierOrderItem, ...]
    ship_to: Mapping[str, str] | None
    expedite: bool
    urgency: str
    account_number: str
    instructions: str | None = None


@dataclass(frozen=True, kw_only=True)
class SubmitResult:
    """The carrier took the order under `carrier_ref`; `found` when an earlier try had already arrived."""

    carrier_ref: str
    found: bool = False


class Carrier(Protocol):
    """One carrier. All calls raise CarrierRefused (final) or CarrierUnavailable (try again later).

    A time-out means *unknown*: `submit` looks for its own `client_ref` before it sends anything again.
    """

    code: str
    name: str

    async def submit(self, work: CarrierOrder) -> SubmitResult:
        """Place the order; idempotent on `client_ref`."""
        ...

    async def find(self, client_ref: str) -> str | None:
        """The carrier's reference of the order it has under ours; None when it has none."""
        ...

    async def status(self, carrier_ref: str) -> CarrierUpdate:
        """Where everything stands now; the event id follows from the content, so a repeat is a duplicate."""
        ...

    async def cancel(self, carrier_ref: str, reason: str) -> CancelAnswer:
        """Ask to cancel the whole order."""
        ...

    async def activate(self, carrier_ref: str, item_id: str, identifiers: Identifiers) -> None:
        """Tell which device and SIM the person holds, and that service is to begin."""
        ...

    async def provide(self, carrier_ref: str, fields: Mapping[str, Any]) -> None:
        """Give what the carrier asked for."""
        ...

    def read_webhook(self, headers: Mapping[str, str], body: bytes) -> CarrierUpdate | None:
        """Verify and read a webhook; None when it says nothing about items. Raises SignatureInvalid.

        The news names the order by `client_ref`.
        """
        ...

    async def ensure_listening(self, callback_url: str) -> None:
        """Have the carrier send its events to this address; idempotent."""
        ...

    async def close(self) -> None:
        """Give the connections back."""
        ...
