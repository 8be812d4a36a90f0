"""Globex Freight: a second, small tenant, so that nothing of one is ever seen by the other."""

from decimal import Decimal

from demo.company.departments import Department, Office
from demo.company.plans import CATALOG
from demo.company.products import NORTHWIND
from demo.company.staff import Position
from demo.company.tenant_spec import Charter
from models.facts import Policy, Role

_OFFICE = Office(line1="1 Liberty Plz", city="New York", state="NY", postal_code="10006", area_code="212")

GLOBEX = Charter(
    tenant="globex",
    name="Globex Freight",
    number=2,
    departments=(
        Department(key="company", name="Globex Freight LLC", number="2000", parent=None, office="new_york"),
        Department(key="dispatch", name="Dispatch", number="2100", parent="company", office="new_york"),
    ),
    offices={"new_york": _OFFICE},
    positions=(
        Position(
            key="clara",
            name="Clara Jennings",
            title="Managing Director",
            department="company",
            manager=None,
            roles=(Role.OWNER,),
            owns=("company",),
        ),
        Position(key="diego", name="Diego Santos", title="Dispatch Manager", department="dispatch", manager="clara"),
        Position(key="mina", name="Mina Sato", title="Dispatcher", department="dispatch", manager="diego"),
        Position(key="rafael", name="Rafael Cole", title="Dispatcher", department="dispatch", manager="diego", lines=0),
        Position(
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
    catalog=tuple(offer for offer in CATALOG if offer.carrier in {NORTHWIND, None}),
    policy=Policy(
        threshold=Decimal("1500.00"),
        default_plans={NORTHWIND: "NW-UNLIMITED"},
        time_zone="America/New_York",
    ),
    area_codes=("917",),
    stock=3,
)
