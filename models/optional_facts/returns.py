from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from types import MappingProxyType

from models.optional_fact import OptionalFact


@dataclass(frozen=True, kw_only=True)
class DeviceDelivery:
    """How a device came: with which parcel, when, and what it costs.

    `order_id` and `item_id` are those of an order that is open and waits with it; None once that order has ended.
    `carrier` and the address `ship_to` are those of the order; without one, `carrier` is that of the line that the
    device was on last. `open_return` is the number of the open order that returns the device.
    """

    price: Decimal = Decimal("0.00")
    carrier: str | None = None
    shipped_at: datetime | None = None
    delivered_at: datetime | None = None
    tracking_number: str | None = None
    order_id: str | None = None
    item_id: str | None = None
    open_return: str | None = None
    ship_to: Mapping[str, str] | None = None


# By the id of the device.
DELIVERIES: OptionalFact[Mapping[str, DeviceDelivery]] = OptionalFact(code="deliveries", empty=MappingProxyType({}))
