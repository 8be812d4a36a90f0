from dataclasses import dataclass

from models.order import Identifiers


@dataclass(frozen=True, kw_only=True)
class KnownAtCarrier:
    """What the carrier knows a line or device by, the billing account that it charges, a line's plan and features.

    `ended_there` are the features, by SKU, that the carrier removes itself after their last day.
    """

    identifiers: Identifiers
    billing_account: str | None
    plan: str | None = None
    features: tuple[str, ...] = ()
    ended_there: tuple[str, ...] = ()
