from dataclasses import dataclass

from models.order import Identifiers


@dataclass(frozen=True, kw_only=True)
class KnownAtCarrier:
    """What the carrier knows a line or device by, and the number of the billing account that it charges for it."""

    identifiers: Identifiers
    billing_account: str | None
