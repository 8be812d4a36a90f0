"""Globex Freight: a second, small tenant, to show that tenants do not see each other's data."""

from decimal import Decimal

from demo.company.departments import Department, Office
from demo.company.plans import CATALOG
from demo.company.products import NORTHWIND
from demo.company.staff import PersonSpec
from demo.company.tenant_spec import CarrierAccountSpec, TenantSpec
from models.facts import Policy, Role

_OFFICE = Office(line1="1 Liberty Plz", city="New York", state="NY", postal_code="10006", area_code="212")

GLOBEX = TenantSpec(
    tenant="globex",
    name="Globex Freight",
    number=2,
    departments=(
        Department(key="company", name="Globex Freight LLC", number="2000", parent=None, office="new_york"),
        Department(key="dispatch", name="Dispatch", number="2100", parent="company", office="new_york"),
    ),
    offices={"new_york": _OFFICE},
    people=(
        PersonSpec(
            key="clara",
            name="Clara Jennings",
            title="Managing Director",
            department="company",
            manager=None,
            roles=(Role.OWNER,),
            owns=("company",),
        ),
        PersonSpec(key="diego", name="Diego Santos", title="Dispatch Manager", department="dispatch", manager="clara"),
        PersonSpec(key="mina", name="Mina Sato", title="Dispatcher", department="dispatch", manager="diego"),
        PersonSpec(
            key="rafael", name="Rafael Cole", title="Dispatcher", department="dispatch", manager="diego", lines=0
        ),
        PersonSpec(
            key="ulla",
            name="Ulla Berg",
            title="Office Administrator",
            department="company",
            manager="clara",
            roles=(Role.ADMIN, Role.DESK),
        ),
    ),
    leads={"company": "clara", "dispatch": "diego"},
    budgets={"company": "clara", "dispatch": "clara"},
    catalog=tuple(product for product in CATALOG if product.carrier in {NORTHWIND, None}),
    policy=Policy(
        threshold=Decimal("1500.00"),
        default_plans={NORTHWIND: "NW-UNLIMITED"},
        time_zone="America/New_York",
    ),
    area_codes=("917",),
    carrier_accounts=(
        CarrierAccountSpec(
            carrier=NORTHWIND, department="company", number="287309925", foundation="58201633", cycle_day=26
        ),
    ),
    stock=3,
)
