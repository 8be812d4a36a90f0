"""Reads what a carrier says about the parcels of an item, and about its delivery."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, repeat

from carriers.tmf622.documents import read_datetime
from models.identifiers import parse_tracking_number
from models.parcel import Parcel

# One value for all parcels, or one per parcel.
ParcelValues = str | tuple[str | None, ...]


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """The parcels that have a tracking number; only without any, `delivered` says so of the whole item.

    `unreadable` has what is reported in place of tracking numbers.
    """

    parcels: tuple[Parcel, ...] = ()
    unreadable: tuple[str, ...] = ()
    delivered: bool = False
    delivered_at: datetime | None = None

    @property
    def is_complete(self) -> bool:
        """Whether the item, or each parcel that is named, has been delivered."""
        return self.delivered or (bool(self.parcels) and all(parcel.delivered for parcel in self.parcels))


def read_delivery(reported: Mapping[str, ParcelValues]) -> Delivery:
    """`reported` is by the carrier's names."""
    numbers, delivered = _values(reported.get("trackingNumber")), reported.get("deliveredAt")
    per_parcel = zip(numbers, _for_each(reported.get("shippingCarrier")), _for_each(delivered), strict=False)
    read = [(number, _stored(number), shipped_by, at) for number, shipped_by, at in per_parcel if number]
    parcels = tuple(
        Parcel(tracking_number=stored, shipping_carrier=shipped_by, delivered=bool(at), delivered_at=read_datetime(at))
        for _, stored, shipped_by, at in read
        if stored is not None
    )
    whole = [] if parcels else [at for at in _values(delivered) if at]
    return Delivery(
        parcels=parcels,
        unreadable=tuple(number for number, stored, *_ in read if stored is None),
        delivered=bool(whole),
        delivered_at=read_datetime(whole[-1]) if whole else None,
    )


def _values(reported: ParcelValues | None) -> tuple[str | None, ...]:
    return (reported,) if isinstance(reported, str) else reported or ()


def _for_each(reported: ParcelValues | None) -> Iterator[str | None]:
    """A value for any number of parcels; None for those of which nothing is reported."""
    each: Iterable[str | None] = repeat(reported) if isinstance(reported, str) else chain(reported or (), repeat(None))
    return iter(each)


def _stored(number: str) -> str | None:
    try:
        return parse_tracking_number(number)
    except ValueError:
        return None
