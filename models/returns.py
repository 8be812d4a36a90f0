"""Devices that go back: how far a return is, in which condition the device arrives, and what it costs."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any


class ReturnState(StrEnum):
    """How far a return is, or what has become of a parcel that is looked for."""

    REQUESTED = "requested"
    TO_STOCK = "to_stock"  # no carrier: someone brings it to the telecom desk
    LABEL_SENT = "label_sent"
    IN_TRANSIT = "in_transit"
    RECEIVED = "received"
    INSPECTED = "inspected"
    FOUND = "found"
    LOST = "lost"
    CANCELED = "canceled"

    @property
    def rank(self) -> int:
        return list(ReturnState).index(self)


class DeviceCondition(StrEnum):
    WORKING = "working"
    DAMAGED = "damaged"  # it can be repaired
    BROKEN = "broken"
    LOCKED = "locked"  # its user's Apple or Google account is still on it


# What has become of a parcel.
TRACED = frozenset({ReturnState.FOUND, ReturnState.LOST})
# Its user has the device.
NOT_SENT_STATES = frozenset({ReturnState.REQUESTED, ReturnState.TO_STOCK, ReturnState.LABEL_SENT})
# The device is not back.
OPEN_STATES = NOT_SENT_STATES | {ReturnState.IN_TRANSIT}


class ReturnCause(StrEnum):
    """Why a device goes back."""

    UNWANTED = "unwanted"
    UPGRADE = "upgrade"
    EXCHANGE = "exchange"
    TERMINATE = "terminate"
    NOT_RECEIVED = "not_received"  # it never arrived, so it is looked for
    LEAVER = "leaver"


class ReturnWay(StrEnum):
    """How a device goes back. STOCK: to the company, without the carrier."""

    LABEL = "label"
    PICKUP = "pickup"
    STOCK = "stock"


@dataclass(frozen=True, kw_only=True)
class ReturnCase:
    """What the item with this id returns, or looks for; see `ReturnCaseRow`.

    `price` is that of its device; None if it costs nothing in the catalog.
    """

    id: str
    state: ReturnState
    price: Decimal | None
    condition: DeviceCondition | None = None
    received_at: datetime | None = None
    refund: Decimal | None = None
    chargeback: Decimal | None = None
    late_charge: Decimal | None = None
    charged_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class WantedReturn:
    """A device that another order, the parent, has to go back, on behalf of its requester. `carrier` is the parent's.

    `answers` are those to the questions of the order that is to return it.
    """

    tenant: str
    parent_id: str
    requester_id: str
    carrier: str | None
    device_id: str
    cause: str
    answers: Mapping[str, Any]
    at: datetime


@dataclass(frozen=True, kw_only=True)
class ReturnDetails:
    """What a carrier says about a device that goes back: where the label is, and what came of it.

    `label_url` is a web address. The amounts are in the currency of the order.
    """

    label_url: str | None = None
    received_at: datetime | None = None
    condition: DeviceCondition | None = None
    refund: Decimal | None = None
    chargeback: Decimal | None = None
