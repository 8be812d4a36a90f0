from dataclasses import dataclass

from models.order import Identifiers


@dataclass(frozen=True, kw_only=True)
class KnownAtCarrier:
    """What the carrier knows a line or device by, the billing account that it charges, a line's plan and features."""

    identifiers: Identifiers
    billing_account: str | None
    plan: str | None = None
    features: tuple[str, ...] = ()
