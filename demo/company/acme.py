"""Acme Logistics: about 60 people, 200 lines and two carriers."""

from datetime import date
from decimal import Decimal

from demo.company.departments import DEPARTMENTS, OFFICES
from demo.company.plans import CATALOG
from demo.company.products import BLUEPEAK, CARRIER_RULES, DEFAULT_PLANS, NORTHWIND, SIM_ISSUERS
from demo.company.staff import BUDGETS, LEADS, PEOPLE
from demo.company.tenant_spec import CarrierAccountSpec, CarrierRuleSpec, SiteSpec, TenantSpec
from models.facts import Policy
from models.rule_kinds.disconnection import RECOVER_DAYS

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
    carrier_accounts=(
        CarrierAccountSpec(
            carrier=NORTHWIND,
            department="company",
            number="287301190",
            foundation="58200417",
            cycle_day=18,
            plan_changes_a_month=4,
        ),
        CarrierAccountSpec(
            carrier=BLUEPEAK,
            department="company",
            number="9400118820",
            foundation="BP-77140",
            cycle_day=5,
            one_plan_change_a_cycle=True,
        ),
        CarrierAccountSpec(
            carrier=BLUEPEAK,
            department="operations",
            number="9400118838",
            foundation="BP-77140",
            cycle_day=5,
            default_po="PO-2026-OPS",
            one_plan_change_a_cycle=True,
        ),
    ),
    pools={"fleet": 62, "warehousing": 48, "service": 18},
    sites=(
        SiteSpec(name="Milwaukee front desk", department="service", contact="nadia"),
        SiteSpec(name="Indianapolis loading dock", department="warehousing", contact="lena"),
    ),
    stock=40,
    disconnected={"warehousing": (5, 29, 31)},
    critical=("service",),
    carrier_rules=(
        CarrierRuleSpec(
            carrier=BLUEPEAK,
            what=RECOVER_DAYS.code,
            value="30",
            unit="days",
            source="Bluepeak Wireless, our contract of 2026",
            source_url="https://bluepeak.example/contracts/acme",
            read_on=date(2026, 1, 5),
            edited_by="priya",
        ),
    ),
)
