"""The description from which the rows of a sample tenant are generated."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from demo.company.departments import Department, Office
from demo.company.products import SampleProduct
from demo.company.staff import PersonSpec
from models.facts import Policy


@dataclass(frozen=True, kw_only=True)
class SiteSpec:
    """A site at the office of a department, with one line; `contact` is a person key."""

    name: str
    department: str
    contact: str


@dataclass(frozen=True, kw_only=True)
class CarrierAccountSpec:
    """A billing account of a department at a carrier; the departments below share it.

    `plan_changes_a_month` and `one_plan_change_a_cycle` are how often the carrier changes the plan of one of its lines.
    """

    carrier: str
    department: str
    number: str
    foundation: str
    cycle_day: int
    default_po: str | None = None
    plan_changes_a_month: int | None = None
    one_plan_change_a_cycle: bool = False


@dataclass(frozen=True, kw_only=True)
class CarrierRuleSpec:
    """A rule of a carrier that the admin with this person key has entered."""

    carrier: str
    what: str
    value: str
    unit: str
    source: str
    source_url: str
    read_on: date
    edited_by: str


@dataclass(frozen=True, kw_only=True)
class TenantSpec:
    """`number` keeps its ids and device numbers distinct from those of other tenants.

    `leads` and `budgets` are person keys by department: the manager of its staff and the owner of its cost center.
    `pools` is the number of lines that belong to no person by department, such as those of vehicles; the first ones are
    those of its `sites`. `stock` is the number of devices in stock; `area_codes` are those of the lines.
    `disconnected` are lines that have ended, by department: how many days ago. The departments in `critical` must not
    lose the number of their first site.
    """

    tenant: str
    name: str
    number: int
    departments: tuple[Department, ...]
    offices: Mapping[str, Office]
    people: tuple[PersonSpec, ...]
    leads: Mapping[str, str]
    budgets: Mapping[str, str]
    catalog: tuple[SampleProduct, ...]
    policy: Policy
    area_codes: tuple[str, ...]
    carrier_accounts: tuple[CarrierAccountSpec, ...]
    pools: Mapping[str, int] = field(default_factory=dict)
    sites: tuple[SiteSpec, ...] = ()
    stock: int = 0
    disconnected: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    critical: tuple[str, ...] = ()
    carrier_rules: tuple[CarrierRuleSpec, ...] = ()

    @property
    def email_domain(self) -> str:
        return f"{self.tenant}.example.com"
