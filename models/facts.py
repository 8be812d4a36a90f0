"""The facts that policies evaluate: plain values that `models.db` loads."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Literal

from models.attestation import Acceptance
from models.holder import NOBODY, UNASSIGNED, Holder, HolderKind, NamedHolder
from models.inventory import Device, Line, Sim
from models.order_type import FrozenType
from models.product import Product
from models.questions.device import DEVICE_HELD
from models.questions.line import LINE


class Role(StrEnum):
    """What a person can do beyond the rights of an employee.

    Managing people is a relation, not a role; so is being a business-account owner, who owns the top account.
    `auditor` sees everything and changes nothing; `service` marks an account that no human uses.
    """

    OWNER = "owner"
    DESK = "desk"
    SUPPORT = "support"
    CARE = "care"
    ADMIN = "admin"
    AUDITOR = "auditor"
    SERVICE = "service"


class Relation(StrEnum):
    """How a person is related to an order, a line, a device or a task."""

    SELF = "self"  # requester or beneficiary of the order, holder of the line or device, or contact of their site
    MANAGER = "manager"  # at any level above the beneficiary or holder, or the contact of their site
    OWNER = "owner"  # owns the account, or one above it
    APPROVER = "approver"  # has been asked to decide, now or earlier
    DECIDER = "decider"  # is being asked to decide now
    WATCHER = "watcher"  # receives the order's notifications
    ASSIGNEE = "assignee"  # the task is for them, or for a role of theirs


# Those an order is about, and those who decide on it.


@dataclass(frozen=True, kw_only=True)
class HolderDetails:
    """Who has a line, or whom an order is for: a person, a site, or nobody. `starts_on` is a person's first day."""

    name: str
    active: bool
    account_id: str | None = None
    cost_center: str | None = None
    phone: str | None = None
    address: Mapping[str, str] | None = None
    starts_on: date | None = None

    @property
    def holder(self) -> Holder:
        return NOBODY

    @property
    def named(self) -> NamedHolder:
        return NamedHolder(holder=self.holder, name=self.name)

    @property
    def representative(self) -> "Person | None":
        """The person who acts for it."""
        return None


NO_ONE = HolderDetails(name=UNASSIGNED, active=True)


@dataclass(frozen=True, kw_only=True)
class Person(HolderDetails):
    """An employee.

    `owns` are the accounts the person owns, each with all accounts below it; `groups` unlock restricted products.
    """

    id: str
    tenant: str
    email: str
    roles: frozenset[Role] = frozenset()
    manager_id: str | None = None
    owns: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()

    @property
    def holder(self) -> Holder:
        return Holder(kind=HolderKind.PERSON, id=self.id)

    @property
    def representative(self) -> "Person":
        return self


@dataclass(frozen=True, kw_only=True)
class Site(HolderDetails):
    """A place whose lines belong to no person.

    `contact` answers, activates and gets the emails for it; None if the person is inactive.
    """

    id: str
    active: bool = True
    contact: Person | None = None

    @property
    def holder(self) -> Holder:
        return Holder(kind=HolderKind.SITE, id=self.id)

    @property
    def representative(self) -> Person | None:
        return self.contact


@dataclass(frozen=True, kw_only=True)
class Policy:
    """A tenant's rules as versioned data; a new tenant starts with these defaults.

    The `…_hours` are business hours. From a term total of `threshold` (inclusive) the budget owner approves too.
    `default_plans` maps a carrier's code to a plan's SKU, `carrier_rules` to the set of published rules that hold for
    it, `sim_issuers` to what the ICCIDs of its SIMs start with (a carrier without an entry: anything).
    `express_fee` is charged once per order. A device that costs more than `device_cap` is out of policy.
    `free_cap` is the most that an order may add per month, or cost once, without approval, if its type's approval
    plan depends on the cost and nothing in it is out of policy. `price_tolerance` is how much dearer, per month or
    once, an order may become after its approval without being approved again.
    Who has to agree to something is reminded after each of `attestation_reminder_days`, and after
    `attestation_overdue_days` the account owner gets a task; all are business days since the person was asked.
    `plan_starts` is when plans change unless an order says so: `now`, or `next_cycle` where the billing cycle is known.
    `replace_conflicting`: features of a line that conflict with those that are added are replaced, unless an order
    says otherwise.
    A line that got another number keeps it for `number_change_days` of the calendar.
    `bill_check_days` after a line is disconnected, the account owner checks that its bill no longer charges it.
    A carrier that gives no date has `carrier_change_hours` for an order, `carrier_shipment_hours` if it ships.
    The other fields about waiting are business days, but for `transit_days`. A carrier's question is asked again after
    each of `question_reminder_days`, and after `question_days` the order is canceled. A backorder is reported every
    `backorder_reminder_days`, until the requester is asked after `backorder_days` whether to keep waiting. For that,
    and for correcting what the carrier has refused, they have `decision_days`, and are reminded after each of
    `decision_reminder_days`. What has shipped is expected after `transit_days` of the calendar if the carrier gives no
    date, and `arrival_days` later people are asked for it: again after each of `arrival_reminder_days`, until
    `arrival_overdue_days`. A carrier that doesn't answer a cancellation has `cancellation_days`, and an order waits
    `other_order_days` for another one, or `return_order_days` for the one that returns its goods. Where such a time
    ends without another consequence, an operator gets a task.
    A device that goes back must be on its way, or with the telecom desk, after `return_days` of the calendar: its user
    is reminded after each of `return_reminder_days`, and then its price is charged. Each time that the desk says it
    will come back, it is asked again after the next of `return_extension_days`. What is on its way must have arrived
    after `return_transit_days` of the calendar.
    Who leaves is asked what becomes of their lines and devices, again `leave_reminder_days` before the last day. A line
    that no one has decided about stays active for `leave_active_days`, is then suspended, and is disconnected after
    `leave_suspended_days` of the calendar. In the last `leave_number_days` of the calendar it is disconnected without
    their choice only if the requester confirms it. You can order for a person from `start_days_ahead` of the
    calendar before their first day.
    """

    version: int = 1
    currency: str = "USD"
    max_items: int = 10
    max_lines_per_employee: int = 2
    threshold: Decimal = Decimal("1000.00")
    device_cap: Decimal | None = None
    free_cap: Decimal = Decimal("0.00")
    price_tolerance: Decimal = Decimal("1.00")
    express_fee: Decimal = Decimal("25.00")
    default_term: str = "24"
    default_plans: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    carrier_rules: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    sim_issuers: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    upgrade_months: int = 24
    number_change_days: int = 30
    effective_days_ahead: int = 90
    remind_after_hours: int = 24
    remind_every_hours: int = 8
    escalate_after_hours: int = 48
    expire_after_hours: int = 80
    info_expires_after_hours: int = 40
    link_days: int = 3
    activation_reminder_days: tuple[int, ...] = (3, 7)
    attestation_reminder_days: tuple[int, ...] = (2, 5)
    attestation_overdue_days: int = 8
    carrier_change_hours: int = 8
    carrier_shipment_hours: int = 40
    bill_check_days: int = 40
    plan_starts: Literal["next_cycle", "now"] = "next_cycle"
    replace_conflicting: bool = True
    question_reminder_days: tuple[int, ...] = (1, 3)
    question_days: int = 10
    decision_reminder_days: tuple[int, ...] = (2, 4)
    decision_days: int = 5
    backorder_reminder_days: int = 5
    backorder_days: int = 30
    transit_days: int = 5
    arrival_days: int = 3
    arrival_reminder_days: tuple[int, ...] = (2, 5)
    arrival_overdue_days: int = 8
    cancellation_days: int = 2
    other_order_days: int = 5
    return_order_days: int = 30
    return_reminder_days: tuple[int, ...] = (3, 7, 14)
    return_days: int = 21
    return_extension_days: tuple[int, ...] = (5, 5, 5)
    return_transit_days: int = 14
    leave_reminder_days: tuple[int, ...] = (10, 5, 1)
    leave_active_days: int = 5
    leave_suspended_days: int = 30
    leave_number_days: int = 14
    start_days_ahead: int = 30
    time_zone: str = "America/Chicago"
    opens: time = time(9)
    closes: time = time(17)
    holidays_country: str = "US"
    holidays_subdivision: str | None = None
    email_decisions: bool = True

    def __post_init__(self) -> None:
        if not self.return_extension_days:
            raise ValueError("A policy needs at least one entry in return_extension_days.")


@dataclass(frozen=True, kw_only=True)
class Account:
    """A company or department node that orders are charged to.

    `carrier_accounts` are the numbers of its billing accounts, by carrier: its own, else those of the nearest account
    above it.
    """

    id: str
    number: str
    name: str
    kind: str
    active: bool
    owner_ids: tuple[str, ...] = ()
    carrier_accounts: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, kw_only=True)
class NamedThing(ABC):
    """A line or a device that an order names.

    `managers` are those above the person who acts for its holder, nearest first. `lineage` has the ids of its account
    and of those above it, `owner_ids` those of the people who own one of them.
    """

    assigned_to: HolderDetails = NO_ONE
    managers: tuple[Person, ...] = ()
    lineage: tuple[str, ...] = ()
    owner_ids: tuple[str, ...] = ()

    @property
    @abstractmethod
    def record(self) -> Line | Device: ...

    @property
    @abstractmethod
    def on_line(self) -> Line | None:
        """The line itself, or the one that the device is on."""


@dataclass(frozen=True, kw_only=True)
class NamedLine(NamedThing):
    """A line that an order names, with its device and SIM."""

    line: Line
    device: Device | None = None
    sim: Sim | None = None

    @property
    def record(self) -> Line:
        return self.line

    @property
    def on_line(self) -> Line:
        return self.line

    def value_at(self, path: str) -> Any:
        """What the line has at a path such as `line.plan` or `sim.iccid`; None if it has none."""
        found: Any = self
        for name in path.split("."):
            found = getattr(found, name, None)
        return found


@dataclass(frozen=True, kw_only=True)
class NamedDevice(NamedThing):
    """A device that an order names, what it is called, and the line that it is on; None if it is on no line."""

    device: Device
    name: str
    line: Line | None = None

    @property
    def record(self) -> Device:
        return self.device

    @property
    def on_line(self) -> Line | None:
        return self.line


@dataclass(frozen=True, kw_only=True)
class Facts:
    """Everything the policies need to know about one order, as of `now` (aware UTC).

    `managers` is the chain above the representative, nearest first, including inactive ones; `admins` and
    `budget_owners` approve those stages. `answers` are per item, with the order-wide answers merged in. `lines_held`
    counts the beneficiary's lines, including those on order and excluding terminated ones. `lines` has the lines that
    the order names, by id and by phone number, `devices` the devices, by id and by IMEI; `own_line` is the id of the
    beneficiary's line if there is exactly one. `submitted` says that the order waits already: what the checks find is
    then read by those who decide on it, not only by its requester; `replaced` has what the line of each item had then,
    by the questions whose answers replace it. `accepted` has what the requester of a new order accepted before in the
    version that applies, by question, if the order leaves it open. `optional` has what a check needs, by code.
    """

    now: datetime
    type: FrozenType
    policy: Policy
    requester: Person
    beneficiary: HolderDetails
    account: Account
    answers: tuple[Mapping[str, Any], ...]
    products: Mapping[str, Product]
    managers: tuple[Person, ...] = ()
    admins: tuple[Person, ...] = ()
    budget_owners: tuple[Person, ...] = ()
    cost_centers: frozenset[str] = frozenset()
    cost_center_one_time: str | None = None
    cost_center_recurring: str | None = None
    lines_held: int = 0
    effective_on: date | None = None
    lines: Mapping[str, NamedLine] = field(default_factory=lambda: MappingProxyType({}))
    own_line: str | None = None
    devices: Mapping[str, NamedDevice] = field(default_factory=lambda: MappingProxyType({}))
    submitted: bool = False
    replaced: tuple[Mapping[str, Any], ...] = ()
    accepted: Mapping[str, Acceptance] = field(default_factory=lambda: MappingProxyType({}))
    optional: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def representative(self) -> Person:
        """The person who acts for the beneficiary; the requester if no one does."""
        return self.beneficiary.representative or self.requester

    def line(self, item: int) -> NamedLine | None:
        """The line that an item (counted from 0) names, if the tenant has it."""
        return self.lines.get(str(LINE.of(self.answers[item])))

    def lines_by_item(self) -> Iterator[tuple[int, NamedLine]]:
        """The item (counted from 0) and the line it names; without the items whose line the tenant doesn't have."""
        for item in range(len(self.answers)):
            named = self.line(item)
            if named is not None:
                yield item, named

    @property
    def named_lines(self) -> tuple[NamedLine, ...]:
        """The lines of all items, in order, without duplicates."""
        return tuple({named.line.id: named for _, named in self.lines_by_item()}.values())

    def device(self, item: int) -> NamedDevice | None:
        """The device that an item (counted from 0) names, if the tenant has it."""
        return self.devices.get(str(DEVICE_HELD.of(self.answers[item])))

    def devices_by_item(self) -> Iterator[tuple[int, NamedDevice]]:
        """The item (counted from 0) and the device it names; without the items whose device the tenant doesn't have."""
        for item in range(len(self.answers)):
            named = self.device(item)
            if named is not None:
                yield item, named

    @property
    def named_devices(self) -> tuple[NamedDevice, ...]:
        """The devices of all items, in order, without duplicates."""
        return tuple({named.device.id: named for _, named in self.devices_by_item()}.values())

    def things_by_item(self) -> Iterator[tuple[int, NamedThing]]:
        """The item (counted from 0) and the line or device it is about, if the tenant has it."""
        yield from self.devices_by_item() if self.type.about_devices else self.lines_by_item()

    @property
    def named_things(self) -> tuple[NamedThing, ...]:
        """The lines or devices of all items, in order, without duplicates."""
        return self.named_devices if self.type.about_devices else self.named_lines

    @property
    def tied(self) -> frozenset[str]:
        """The ids of the people whose own order it is: requester, beneficiary, and the holders of its lines or devices.

        Of a site it is the one who acts for it.
        """
        holders = (named.assigned_to.representative for named in self.named_things)
        return frozenset(person.id for person in (self.requester, self.representative, *holders) if person)
