"""The departments and offices of Acme Logistics."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, kw_only=True)
class Office:
    """`area_code` is that of its phone numbers."""

    line1: str
    city: str
    state: str
    postal_code: str
    area_code: str


@dataclass(frozen=True, kw_only=True)
class Department:
    """An account with its cost center; `staff` is the number of people to generate, with these `titles` in turn.

    `number` becomes the account number `FA-1110` and the cost center `CC-1110`. `parent` is None for the company.
    """

    key: str
    name: str
    number: str
    parent: str | None
    office: str
    staff: int = 0
    titles: tuple[str, ...] = ()
    active: bool = True


OFFICES: Mapping[str, Office] = MappingProxyType(
    {
        "chicago": Office(line1="233 S Wacker Dr", city="Chicago", state="IL", postal_code="60606", area_code="312"),
        "milwaukee": Office(
            line1="777 E Wisconsin Ave", city="Milwaukee", state="WI", postal_code="53202", area_code="414"
        ),
        "indianapolis": Office(
            line1="30 S Meridian St", city="Indianapolis", state="IN", postal_code="46204", area_code="317"
        ),
        "joliet": Office(line1="2701 W Jefferson St", city="Joliet", state="IL", postal_code="60435", area_code="815"),
    }
)

DEPARTMENTS = (
    Department(key="company", name="Acme Logistics, Inc.", number="1000", parent=None, office="chicago"),
    Department(key="sales", name="Sales", number="1100", parent="company", office="chicago"),
    Department(
        key="field_sales",
        name="Field Sales",
        number="1110",
        parent="sales",
        office="chicago",
        staff=8,
        titles=("Account Executive", "Sales Engineer", "Account Manager"),
    ),
    Department(key="operations", name="Operations", number="1200", parent="company", office="joliet"),
    Department(
        key="fleet",
        name="Fleet",
        number="1210",
        parent="operations",
        office="joliet",
        staff=10,
        titles=("Driver", "Dispatcher", "Route Planner"),
    ),
    Department(
        key="warehousing",
        name="Warehousing",
        number="1220",
        parent="operations",
        office="indianapolis",
        staff=8,
        titles=("Shift Lead", "Inventory Clerk", "Forklift Operator"),
    ),
    Department(
        key="technology",
        name="Technology",
        number="1300",
        parent="company",
        office="chicago",
        staff=6,
        titles=("Software Engineer", "Systems Administrator", "Network Engineer"),
    ),
    Department(
        key="finance",
        name="Finance and Administration",
        number="1400",
        parent="company",
        office="milwaukee",
        staff=5,
        titles=("Accountant", "Financial Analyst", "HR Generalist"),
    ),
    Department(
        key="service",
        name="Customer Service",
        number="1500",
        parent="company",
        office="milwaukee",
        staff=5,
        titles=("Service Representative", "Claims Specialist"),
    ),
    Department(
        key="gary",
        name="Gary Depot (closed)",
        number="1290",
        parent="operations",
        office="joliet",
        active=False,
    ),
)
