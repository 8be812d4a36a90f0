"""A question about products in a new module names orders, decides their carrier and is sent like any other."""

from decimal import Decimal

import pytest

from activities.carrier_order import item_changes
from models.db.catalog.products import ProductAtCarrier
from models.db.orders.tables import ItemRow
from models.facts import Facts
from models.holder import Holder
from models.order import Order
from models.order_type import OrderType
from models.product import ProductKind
from models.step import Place
from outbox.new_orders import carrier_of
from policies.order_title import order_title
from tests.fixtures.throw_away import AddModule
from tests.policies.sample_facts import facts, product
from tests.sample_types import sample_type

QUESTION = """
from dataclasses import replace

from models.questions.products import DEVICE

ROUTER = replace(DEVICE, code="router", label="Router")
"""
SOLD = product("R-1", ProductKind.DEVICE, name="Office router", carrier="bluepeak")
TYPE: OrderType = sample_type("router", steps=(Place("new_line"),))


@pytest.fixture
def router(add_module: AddModule) -> Facts:
    """The facts of an order of one router."""
    add_module("models.questions", QUESTION)
    return facts(type=TYPE, answers=({"router": SOLD.sku},), products={SOLD.sku: SOLD})


def test_it_names_the_order_and_decides_its_carrier(router: Facts) -> None:
    assert order_title(TYPE.texts, router) == "Office router for Ann"
    assert carrier_of(router) == "bluepeak"


@pytest.mark.usefixtures("router")
def test_the_carrier_gets_its_device_type() -> None:
    order = Order(
        tenant="acme",
        id="1",
        number="1",
        type=TYPE.resolve({}),
        requester_id="ann",
        beneficiary=Holder.of(person_id="ann"),
        items=(),
    )
    item = ItemRow(
        tenant="acme", order_id="1", id="1", number=1, state="pending", answers={"router": SOLD.sku},
        one_time=Decimal(0), monthly=Decimal(0),
    )  # fmt: skip
    known = {SOLD.sku: ProductAtCarrier(tac="35209900", offering=None)}
    assert item_changes(order, item, item.answers, known) == {"router": SOLD.sku, "router_tac": "35209900"}
