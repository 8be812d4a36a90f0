"""The facts of a typical order, of which a test changes what it needs."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Any

import pytest

from models.facts import NO_ONE, Account, Facts, HolderDetails, NamedLine, Person, Policy, Role
from models.holder import Holder
from models.inventory import Line, LineStatus
from models.order import OrderRequest
from models.order_type import Aspect
from models.product import Product, ProductKind
from models.step import Approve, Place, Rule
from tests.sample_types import sample_type

NEW_LINE = sample_type(
    "device",
    "plan",
    "features",
    "accessories",
    "sim_type",
    "area_code",
    "service_zip",
    "payment_term",
    "ship_to",
    "expedite",
    "recurring_charges",
    "use_policy",
    "imei",
    title="New line",
    checks=(
        "requester_may_order",
        "beneficiary_active",
        "account_active",
        "billed_by_carrier",
        "in_catalog",
        "plan_fits_device",
        "accessories_fit",
        "features_fit",
        "sim_type_fits",
        "line_allowance",
        "cost_center_valid",
        "effective_date_in_range",
    ),
    steps=(Rule(), Approve(), Place("new_line")),
    approval="MANAGER_THEN_BUDGET",
)
PLAN_CHANGE = sample_type(
    "line",
    "plan",
    title="Change plan",
    checks=("requester_may_order", "line_active", "in_catalog"),
    steps=(Rule(), Approve(), Place("change_plan")),
    effect="change_plan",
    touches=(Aspect.PLAN,),
    approval="BY_COST",
)
QUOTED_CHANGE = sample_type(
    "line",
    "plan",
    "fee_ack",
    title="Change plan",
    code="QUOTED_CHANGE",
    checks=(*PLAN_CHANGE.checks, "carrier_accepts", "fee_accepted"),
    steps=PLAN_CHANGE.steps,
    effect="change_plan",
    approval="BY_COST",
    quote=True,
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
    account=Account(
        id="sales",
        number="FA-2",
        name="Sales",
        kind="department",
        active=True,
        carrier_accounts={"northwind": "2873", "bluepeak": "9400"},
    ),
    answers=(SELECTED,),
    products={one.sku: one for one in PRODUCTS},
    managers=(MIA, VIC),
    admins=(ADA,),
    budget_owners=(BEN,),
    cost_centers=frozenset({"CC-1"}),
    cost_center_one_time="CC-1",
    cost_center_recurring="CC-1",
)


def named_line(
    line_id: str, assigned_to: HolderDetails = NO_ONE, managers: tuple[Person, ...] = (), **changes: Any
) -> NamedLine:
    """An active line of the carrier Northwind with this id and holder; `changes` are fields of the line."""
    defaults = {"carrier": "northwind", "status": LineStatus.ACTIVE, "account_id": "sales", "plan": "PLAN"}
    line = Line(**{"id": line_id, **defaults, **changes}).held_by(assigned_to.holder)
    return NamedLine(line=line, assigned_to=assigned_to, managers=managers)


def changed(named: NamedLine, **changes: Any) -> NamedLine:
    """The same with other fields of the line."""
    return replace(named, line=replace(named.line, **changes))


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
        beneficiary=Holder.of(person_id="ann"),
        answers={**REQUIRED, **answers},
        items=items or ({},),
    )


def violation(known: Facts, code: str, *more: Any) -> Any:
    """The parameters of a test that covers an error code: the facts that violate a check, the code, and more."""
    return pytest.param(known, code, *more, marks=pytest.mark.covers(code))


def changing_plan(*plans: str, present: str = "PLAN", **changes: Any) -> Facts:
    """Ann orders these plans for her lines, one for each; their present plan is `present`."""
    lines = [
        named_line(f"l{number}", ANN, (MIA, VIC), mdn=f"+1312555014{number}", plan=present)
        for number, _ in enumerate(plans)
    ]
    answers = tuple({"line": named.line.id, "plan": plan} for named, plan in zip(lines, plans, strict=True))
    return replace(
        selling(
            *(product(sku, ProductKind.PLAN, monthly=price) for sku, price in (("SMALL", "23.00"), ("LARGE", "45.00")))
        ),
        **{"type": PLAN_CHANGE, "answers": answers, "lines": {named.line.id: named for named in lines}, **changes},
    )
