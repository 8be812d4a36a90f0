"""Acme Logistics: about 60 people, 200 lines and two carriers."""

from decimal import Decimal

from demo.company.departments import DEPARTMENTS, OFFICES
from demo.company.plans import CATALOG
from demo.company.products import CARRIER_RULES, DEFAULT_PLANS, SIM_ISSUERS
from demo.company.staff import BUDGETS, LEADS, PEOPLE
from demo.company.tenant_spec import SiteSpec, TenantSpec
from models.facts import Policy

ACME = TenantSpec(
    tenant="acme",
    name="Acme Logistics",
    number=1,
    departments=DEPARTMENTS,
    offices=OFFICES,
    people=PEOPLE,
    leads=LEADS,
    budgets=BUDGETS,
    catalog=CATALOG,
    policy=Policy(
        threshold=Decimal("1800.00"),
        device_cap=Decimal("1200.00"),
        max_lines_per_employee=5,
        default_plans=DEFAULT_PLANS,
        carrier_rules=CARRIER_RULES,
        sim_issuers=SIM_ISSUERS,
    ),
    area_codes=("630", "708", "847"),
    pools={"fleet": 62, "warehousing": 48, "service": 18},
    sites=(
        SiteSpec(name="Milwaukee front desk", department="service", contact="nadia"),
        SiteSpec(name="Indianapolis loading dock", department="warehousing", contact="lena"),
    ),
    stock=40,
)
