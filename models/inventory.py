"""Lines, devices and SIMs."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class LineStatus(StrEnum):
    PENDING = "pending"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    PORTING_IN = "porting_in"
    PORTING_OUT = "porting_out"
    TRANSFERRING = "transferring"
    DISCONNECTED = "disconnected"
    TERMINATED = "terminated"
    VOID = "void"


class DeviceStatus(StrEnum):
    IN_STOCK = "in_stock"
    UNCONFIRMED = "unconfirmed"  # ordered, not yet received
    ACTIVE = "active"
    REPAIR = "repair"
    LOST_STOLEN = "lost_stolen"
    PENDING_RETURN = "pending_return"
    RETIRED = "retired"
    VOID = "void"


class SimStatus(StrEnum):
    IN_STOCK = "in_stock"
    ACTIVE = "active"
    RETIRED = "retired"
    VOID = "void"


@dataclass(frozen=True, kw_only=True)
class Line:
    """`mdn` is E.164, None until the carrier assigns it."""

    id: str
    carrier: str
    status: LineStatus
    account_id: str
    person_id: str | None
    plan: str
    features: tuple[str, ...] = ()
    mdn: str | None = None
    device_id: str | None = None
    sim_id: str | None = None
    cost_center: str | None = None
    activated_on: date | None = None
    upgrade_on: date | None = None


@dataclass(frozen=True, kw_only=True)
class Device:
    """`imei2` is set for devices with two SIM slots."""

    id: str
    sku: str
    status: DeviceStatus
    account_id: str
    person_id: str | None = None
    imei: str | None = None
    imei2: str | None = None


@dataclass(frozen=True, kw_only=True)
class Sim:
    """A SIM card (ICCID) or an eSIM profile (EID of its chip, ICCID once known)."""

    id: str
    carrier: str
    status: SimStatus
    kind: str
    iccid: str | None = None
    eid: str | None = None


@dataclass(frozen=True, kw_only=True)
class InventoryState:
    """The inventory records of one item."""

    line: Line | None = None
    device: Device | None = None
    sim: Sim | None = None
