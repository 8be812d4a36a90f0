"""What the rules look at: plain values the database fills and the policies judge."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from models.asks import Ask
from models.order_type import OrderType
from models.timers import Period


class Role(StrEnum):
    """What a person is allowed beyond being an employee.

    `manager` is a relation, not a role, and so is "business-account owner": an owner whose account is the top of
    the tree. `auditor` sees everything and changes nothing; `service` marks an account that is no human being.
    """

    OWNER = "owner"
    DESK = "desk"
    SUPPORT = "support"
    CARE = "care"
    ADMIN = "admin"
    AUDITOR = "auditor"
    SERVICE = "service"


class Relation(StrEnum):
    """What ties a person to an order, a line or a device."""

    SELF = "self"  # requester or beneficiary of the order, holder of the line or device
    MANAGER = "manager"  # anywhere above the beneficiary or holder
    OWNER = "owner"  # answers for the account or one above it
    APPROVER = "approver"  # was asked to decide, at any time
    DECIDER = "decider"  # is asked to decide now
    WATCHER = "watcher"  # is told what happens


@dataclass(frozen=True, kw_only=True)
class Person:
    """An employee as the rules see them.

    `owns` are the accounts (with all below) a person answers for; `groups` open restricted catalog entries.
    """

    id: str
    tenant: str
    name: str
    email: str
    active: bool
    roles: frozenset[Role] = frozenset()
    manager_id: str | None = None
    account_id: str | None = None
    cost_center: str | None = None
    owns: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()
    phone: str | None = None
    address: Mapping[str, str] | None = None


class ProductKind(StrEnum):
    """What a catalog entry is."""

    DEVICE = "device"
    PLAN = "plan"
    FEATURE = "feature"
    ACCESSORY = "accessory"


@dataclass(frozen=True, kw_only=True)
class Product:
    """A catalog entry at this account's contract price; the list price is not among the facts.

    `attributes` by kind: device {tac, sim_types, storage, color, brand, model, form, default_plan: the plan's
    SKU where the carrier's default does not fit}; plan {data_gb, voice}; device and plan also {requires: SKUs of
    features that come with them}. `fits` lists SKUs it can go with (empty: all).
    `visible` says whether the beneficiary may see it.
    """

    sku: str
    kind: ProductKind
    name: str
    carrier: str | None
    one_time: Decimal
    monthly: Decimal
    currency: str
    fits: frozenset[str] = frozenset()
    attributes: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    visible: bool = True
    in_policy: bool = True


@dataclass(frozen=True, kw_only=True)
class Policy:
    """A tenant's rules as data, versioned; the numbers here are the defaults a new tenant starts with.

    Clocks are in business hours. `threshold` is the term total from which the budget owner decides too;
    reaching it counts. `default_plans` maps a carrier's code to a plan's SKU, `carrier_rules` to the code of the
    rule it has for suspended lines; `express_fee` is charged once per order. A device dearer than `device_cap`
    is out of policy.
    """

    version: int = 1
    currency: str = "USD"
    max_items: int = 10
    max_lines_per_employee: int = 2
    threshold: Decimal = Decimal("1000.00")
    device_cap: Decimal | None = None
    express_fee: Decimal = Decimal("25.00")
    default_term: str = "24"
    default_plans: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    carrier_rules: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    upgrade_months: int = 24
    effective_days_ahead: int = 90
    remind_after_hours: int = 24
    remind_every_hours: int = 8
    escalate_after_hours: int = 48
    expire_after_hours: int = 80
    info_expires_after_hours: int = 40
    link_days: int = 3
    activation_reminder_days: tuple[int, ...] = (3, 7)
    time_zone: str = "America/Chicago"
    opens: time = time(9)
    closes: time = time(17)
    holidays_country: str = "US"
    holidays_subdivision: str | None = None
    email_decisions: bool = True


@dataclass(frozen=True, kw_only=True)
class Account:
    """A company or department node that orders are charged to."""

    id: str
    number: str
    name: str
    kind: str
    active: bool
    owner_ids: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class LineFacts:
    """A line as the rules see it: what it is, who holds it (None: nobody, as with vehicles) and who is above.

    `status` is a word of `models.inventory.LineStatus`; `suspended` says when it was suspended in the year before,
    for those types that ask it.
    """

    id: str
    mdn: str | None
    status: str
    carrier: str
    account_id: str
    holder: Person | None = None
    managers: tuple[Person, ...] = ()
    device_name: str | None = None
    suspended: tuple[Period, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Facts:
    """Everything the rules need about one order, as of `now` (aware UTC).

    `managers` is the chain above the beneficiary, nearest first, inactive ones among them; `admins` and
    `budget_owners` are who those stages ask; `answers` are per item, order-wide answers merged in;
    `lines_held` counts the beneficiary's lines that are not terminated, and those on order. `lines` holds those
    that were named, by id and by telephone number; `own_line` is the id of the beneficiary's only one.
    """

    now: datetime
    type: OrderType
    policy: Policy
    requester: Person
    beneficiary: Person
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
    lines: Mapping[str, LineFacts] = field(default_factory=lambda: MappingProxyType({}))
    own_line: str | None = None

    def line(self, item: int) -> LineFacts | None:
        """The line an item (counted from 0) is about, if the tenant has it."""
        return self.lines.get(str(self.answers[item].get(Ask.LINE)))

    @property
    def named_lines(self) -> tuple[LineFacts, ...]:
        """The lines of all items, in their order, each once."""
        found = (self.line(item) for item in range(len(self.answers)))
        return tuple({line.id: line for line in found if line is not None}.values())


def for_whom(holder_ids: Collection[str | None], requester_id: str) -> str:
    """Whom an order about lines is for: their holder, or who asks where nobody or more than one holds them."""
    (only,) = set(holder_ids) if len(set(holder_ids)) == 1 else {None}
    return only or requester_id
