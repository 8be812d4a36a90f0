"""Lines, devices and SIMs."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Self

from models.holder import Holder
from models.returns import ReturnCase
from models.rule_kinds.features import EndedBy


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


# The statuses of lines that the carrier has, in service or suspended.
AT_CARRIER = frozenset(
    {
        LineStatus.ACTIVE,
        LineStatus.SUSPENDED,
        LineStatus.PORTING_IN,
        LineStatus.PORTING_OUT,
        LineStatus.TRANSFERRING,
    }
)


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
class Held:
    """A record that has a holder: a person, a site, or nobody."""

    person_id: str | None = None
    site_id: str | None = None

    @property
    def holder(self) -> Holder:
        return Holder.of(person_id=self.person_id, site_id=self.site_id)

    def held_by(self, holder: Holder) -> Self:
        return replace(self, person_id=holder.person_id, site_id=holder.site_id)


class NumberOrigin(StrEnum):
    """Where a phone number comes from."""

    ASSIGNED = "assigned"  # the carrier gave it to the company
    BROUGHT_IN = "brought_in"  # its user had it before, as a person


@dataclass(frozen=True, kw_only=True)
class FormerNumber:
    """A phone number that a line had, by which it is still found.

    `since` is None if no one knows. `reason` is an answer to `number_reason`, or NOT_RECOVERED.
    """

    number: str
    since: date | None
    until: date
    reason: str


# Why a line has another number that no one asked for: the carrier had given the number up when it was reconnected.
NOT_RECOVERED = "not_recovered"


@dataclass(frozen=True, kw_only=True)
class FeatureEnd:
    """A feature of a line that has a last day, and who removes it after that."""

    sku: str
    on: date
    by: EndedBy


@dataclass(frozen=True, kw_only=True)
class Line(Held):
    """`mdn` is E.164, None until the carrier assigns it; `former_numbers` are those that it had before, oldest first.

    `carrier_account` is the number of the carrier's billing account, `carrier_product_id` the carrier's id of the line.
    Until `contract_until`, its last day, the contract keeps the plan. At the carrier, `number_locked` stops the number
    from moving to another carrier, and `sim_protected` stops the SIM from being replaced.
    `suspended_for` is the code of the reason why it is suspended, None if it is not, or if no one knows.
    `disconnected_on` is the day on which the carrier ended service, None for a line that has service.
    `number_brought_by` is the id of the person who brought the number in.
    `subscriber_name`, `labels` (a cost center's) and `service_address` are those of the carrier's subscriber record.
    """

    id: str
    carrier: str
    status: LineStatus
    account_id: str
    plan: str
    features: tuple[str, ...] = ()
    feature_ends: tuple[FeatureEnd, ...] = ()
    mdn: str | None = None
    former_numbers: tuple[FormerNumber, ...] = ()
    carrier_account: str | None = None
    carrier_product_id: str | None = None
    device_id: str | None = None
    sim_id: str | None = None
    cost_center: str | None = None
    activated_on: date | None = None
    upgrade_on: date | None = None
    contract_until: date | None = None
    suspended_for: str | None = None
    disconnected_on: date | None = None
    number_origin: NumberOrigin | None = None
    number_brought_by: str | None = None
    number_locked: bool = False
    sim_protected: bool = False
    subscriber_name: str | None = None
    labels: str | None = None
    service_address: Mapping[str, Any] | None = None

    def with_features(self, features: Iterable[str], ends: Iterable[FeatureEnd] = ()) -> "Line":
        """The line with these features, each once; `ends` replace those that it has for the same features."""
        kept = tuple(dict.fromkeys(features))
        by_sku = {end.sku: end for end in (*self.feature_ends, *ends) if end.sku in kept}
        return replace(self, features=kept, feature_ends=tuple(by_sku.values()))

    def ending(self, skus: Collection[str], on: date | None) -> tuple[str, ...]:
        """Those of the features that the line has and whose last day is this one."""
        return tuple(end.sku for end in self.feature_ends if end.sku in {*skus} & {*self.features} and end.on == on)

    def renumbered(self, number: str | None, *, on: date, reason: str) -> Self:
        """The line with this number, if it is another one; the present one becomes a former number."""
        if self.mdn is None or number in {None, self.mdn}:
            return replace(self, mdn=number or self.mdn)
        since = self.former_numbers[-1].until if self.former_numbers else self.activated_on
        former = FormerNumber(number=self.mdn, since=since, until=on, reason=reason)
        return replace(self, mdn=number, former_numbers=(*self.former_numbers, former))


class Ownership(StrEnum):
    """Whose a device is, which is not always who has it."""

    COMPANY = "company"
    PERSONAL = "personal"
    LEASED = "leased"


class DeviceLock(StrEnum):
    """Whether a device works with the SIMs of one carrier only."""

    UNKNOWN = "unknown"
    LOCKED = "locked"
    UNLOCKED = "unlocked"


@dataclass(frozen=True, kw_only=True)
class Device(Held):
    """`sku` is None for a device that is not of the catalog; `imei2` is set for devices with two SIM slots.

    Since `block_listed_at` (aware) carriers block the device.
    """

    id: str
    status: DeviceStatus
    account_id: str
    sku: str | None = None
    imei: str | None = None
    imei2: str | None = None
    block_listed_at: datetime | None = None
    ownership: Ownership = Ownership.COMPANY


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
    """The inventory records of one item: its line, what is or will be on it, and what comes off it.

    An item about a device has the device, and no line. `return_case` is what an item returns, which is no record of the
    inventory, but changes with it.
    """

    line: Line | None = None
    device: Device | None = None
    sim: Sim | None = None
    released_device: Device | None = None
    released_sim: Sim | None = None
    return_case: ReturnCase | None = None

    @property
    def required_line(self) -> Line:
        """Raises ValueError for an item without a line."""
        if self.line is None:
            raise ValueError("the item has no line to change")
        return self.line

    @property
    def required_device(self) -> Device:
        """Raises ValueError for an item without a device."""
        if self.device is None:
            raise ValueError("the item has no device to change")
        return self.device

    @property
    def records(self) -> Iterator[Line | Device | Sim]:
        """In the order they are stored: a line references its device and SIM."""
        found = (self.device, self.sim, self.line, self.released_device, self.released_sim)
        return (record for record in found if record is not None)
