"""The facts of a typical order, of which a test changes what it needs."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from models.asks import Ask
from models.facts import Account, Facts, LineFacts, Person, Policy, Product, ProductKind, Role
from models.order import OrderRequest
from models.order_type import Aspect, Check, Family, OrderType, Step
from policies import line_checks

NEW_LINE = OrderType(
    code="TEST_NEW_LINE",
    family=Family.NEW,
    title="New line",
    asks=(
        Ask.DEVICE,
        Ask.PLAN,
        Ask.FEATURES,
        Ask.ACCESSORIES,
        Ask.SIM_TYPE,
        Ask.AREA_CODE,
        Ask.SERVICE_ZIP,
        Ask.PAYMENT_TERM,
        Ask.SHIP_TO,
        Ask.EXPEDITE,
        Ask.RECURRING_CHARGES,
        Ask.USE_POLICY,
        Ask.IMEI,
    ),
    checks=tuple(check for check in Check if check not in line_checks.CHECKS),
    steps=(Step.RULE, Step.APPROVE, Step.PLACE),
    effect="new_line",
    approval="MANAGER_THEN_BUDGET",
)
PLAN_CHANGE = OrderType(
    code="TEST_PLAN_CHANGE",
    family=Family.MODIFY,
    title="Change plan",
    asks=(Ask.LINE, Ask.PLAN),
    checks=(Check.REQUESTER_MAY_ORDER, Check.LINE_ACTIVE, Check.IN_CATALOG),
    steps=(Step.RULE, Step.APPROVE, Step.PLACE),
    effect="change_plan",
    touches=(Aspect.PLAN,),
    approval="BY_COST",
    carrier_action="change_plan",
)
HOME: Mapping[str, str] = MappingProxyType(
    {"line1": "401 W Superior St", "city": "Chicago", "state": "IL", "postal_code": "60654"}
)
REQUIRED: Mapping[str, Any] = MappingProxyType({"device": "PHONE", "recurring_charges": True, "use_policy": True})
SELECTED: Mapping[str, Any] = MappingProxyType({**REQUIRED, "plan": "PLAN", "payment_term": "24", "sim_type": "eSIM"})


def person(name: str, **changes: Any) -> Person:
    """An active person whose id is the name in lower case."""
    defaults = {
        "id": name.lower(),
        "tenant": "acme",
        "email": f"{name.lower()}@example.com",
        "active": True,
        "account_id": "sales",
    }
    return Person(**{"name": name, **defaults, **changes})


def product(sku: str, kind: ProductKind, one_time: str = "0.00", monthly: str = "0.00", **changes: Any) -> Product:
    """A product named like its SKU, of the carrier Northwind."""
    defaults = {"sku": sku, "kind": kind, "name": sku.title(), "carrier": "northwind", "currency": "USD"}
    return Product(one_time=Decimal(one_time), monthly=Decimal(monthly), **{**defaults, **changes})


PRODUCTS = (
    product("PHONE", ProductKind.DEVICE, "480.00", attributes={"sim_types": ["eSIM", "pSIM"]}),
    product("TABLET", ProductKind.DEVICE, "700.00", attributes={"sim_types": ["pSIM"]}),
    product("PLAN", ProductKind.PLAN, monthly="30.00"),
    product("ROAMING", ProductKind.FEATURE, monthly="10.00", fits=frozenset({"PLAN"})),
    product("CASE", ProductKind.ACCESSORY, "40.00", fits=frozenset({"PHONE"})),
)
ANN, MIA, VIC = person("Ann", phone="+13125550142", address=HOME), person("Mia"), person("Vic")
ADA, BEN = person("Ada", roles=frozenset({Role.ADMIN})), person("Ben")
POLICY = Policy(version=3, default_plans={"northwind": "PLAN"}, threshold=Decimal("2000.00"))
FACTS = Facts(
    now=datetime(2026, 3, 2, 15, 0, tzinfo=UTC),
    type=NEW_LINE,
    policy=POLICY,
    requester=ANN,
    beneficiary=ANN,
    account=Account(id="sales", number="FA-2", name="Sales", kind="department", active=True),
    answers=(SELECTED,),
    products={one.sku: one for one in PRODUCTS},
    managers=(MIA, VIC),
    admins=(ADA,),
    budget_owners=(BEN,),
    cost_centers=frozenset({"CC-1"}),
    cost_center_one_time="CC-1",
    cost_center_recurring="CC-1",
)


def facts(**changes: Any) -> Facts:
    """Ann orders a phone for herself; Mia is her manager, Vic is Mia's manager, Ben owns the budget."""
    return replace(FACTS, **changes)


def policy(**changes: Any) -> Policy:
    """Version 3, in Chicago, with a threshold of $2,000."""
    return replace(POLICY, **changes)


def answering(*items: Mapping[str, Any], **changes: Any) -> Facts:
    """The usual facts, with these answers per item added to the usual ones."""
    return facts(answers=tuple({**SELECTED, **item} for item in items), **changes)


def selling(*products: Product, **changes: Any) -> Facts:
    """The usual facts, with these products added to the catalog."""
    return facts(products={one.sku: one for one in (*PRODUCTS, *products)}, **changes)


def request(*items: Mapping[str, Any], **answers: Any) -> OrderRequest:
    """Ann's request with the required answers and these; one item unless some are given."""
    return OrderRequest(
        tenant="acme",
        type=NEW_LINE,
        requester_id="ann",
        beneficiary_id="ann",
        answers={**REQUIRED, **answers},
        items=items or ({},),
    )


def changing_plan(*plans: str, present: str = "PLAN", **changes: Any) -> Facts:
    """Ann orders these plans for her lines, one for each; their present plan is `present`."""
    lines = [
        LineFacts(
            id=f"l{number}", mdn=f"+1312555014{number}", status="active", carrier="northwind", account_id="sales",
            holder=ANN, managers=(MIA, VIC), plan=present,
        )
        for number, _ in enumerate(plans)
    ]  # fmt: skip
    answers = tuple({"line": line.id, "plan": plan} for line, plan in zip(lines, plans, strict=True))
    return selling(
        *(product(sku, ProductKind.PLAN, monthly=price) for sku, price in (("SMALL", "23.00"), ("LARGE", "45.00"))),
        **{"type": PLAN_CHANGE, "answers": answers, "lines": {line.id: line for line in lines}, **changes},
    )
