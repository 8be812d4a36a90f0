"""What a carrier ships for an item: any number of parcels, at once or one after the other."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from urllib.parse import quote

_TRACKING_PAGES: Mapping[str, str] = MappingProxyType(
    {
        "UPS": "https://www.ups.com/track?tracknum=",
        "FedEx": "https://www.fedex.com/fedextrack/?trknbr=",
        "USPS": "https://tools.usps.com/go/TrackConfirmAction?tLabels=",
    }
)


@dataclass(frozen=True, kw_only=True)
class Parcel:
    """What a carrier says about a parcel; None for what it doesn't say.

    The tracking number is in stored form. A parcel can be delivered without a time that can be read.
    """

    tracking_number: str
    shipping_carrier: str | None = None
    delivered: bool = False
    delivered_at: datetime | None = None


def tracking_url(shipping_carrier: str | None, tracking_number: str) -> str | None:
    """The page where the shipping carrier shows the parcel; None if its pages aren't known."""
    page = _TRACKING_PAGES.get(shipping_carrier or "")
    return f"{page}{quote(tracking_number)}" if page else None
