"""An order of which one item ships and the other does not: what emails and the page say of both."""

from dataclasses import replace

import pytest
from pydantic_core import to_jsonable_python

from models.db.order_details import OrderDetails
from models.db.orders import order_values
from models.db.orders.tables import ItemRow
from models.lifecycle import ItemState
from models.order_type import Variant
from models.step import Apply, Approve, Fulfill, Place, Rule, carrier_actions
from notifications.order_summary import order_text
from policies import variants
from tests.fixtures.office import CARRIER_NAMES, ORDER_TYPES, example_details
from tests.notifications.test_render import RENDERER, order_email, text_of
from tests.sample_types import sample_type

CARD, DOWNLOAD = {"sim_type": "pSIM"}, {"sim_type": "eSIM"}
TYPE = sample_type(
    "sim_type",
    steps=(Rule(), Approve(), Place("new_line"), Fulfill(until=ItemState.SHIPPED), Fulfill(), Apply()),
    variants=(
        Variant(
            question="sim_type",
            equals="eSIM",
            changes={"steps": (Rule(), Approve(), Place("change_sim"), Fulfill(), Apply())},
        ),
    ),
)
EITHER = pytest.mark.parametrize("answers", [(DOWNLOAD, CARD), (CARD, DOWNLOAD)], ids=["second ships", "first ships"])


def mixed(*answers: dict[str, str], item_id: str = "") -> OrderDetails:
    """An order with an item `item-1`, `item-2` and so on for each of the answers; its last event is about `item_id`."""
    details = example_details({"item_id": item_id})
    resolved = variants.resolve(TYPE, answers)
    details.order.type = to_jsonable_python(resolved.order)
    items = [
        details.items[0].model_dump()
        | {"id": f"item-{number}", "number": number, "variant": order_values.variant_of(kind, resolved.order)}
        for number, kind in enumerate(resolved.items, start=1)
    ]
    return replace(details, items=tuple(ItemRow(**item) for item in items))


@EITHER
def test_an_order_ships_if_one_of_its_items_ships(answers: tuple[dict[str, str], ...]) -> None:
    order = order_text(mixed(*answers), CARRIER_NAMES, ORDER_TYPES, reader_id="erin")
    assert [item.ships for item in order.items] == [one is CARD for one in answers]
    assert order.ships
    email = text_of(RENDERER.render(order_email("placed", mixed(*answers), "erin")))
    assert "You'll get an email when it ships" in email


def test_an_order_of_which_no_item_ships_does_not_ship() -> None:
    assert not order_text(mixed(DOWNLOAD, DOWNLOAD), CARRIER_NAMES, ORDER_TYPES, reader_id="erin").ships


@EITHER
def test_an_email_about_an_item_says_what_is_true_of_this_item(answers: tuple[dict[str, str], ...]) -> None:
    for number, one in enumerate(answers, start=1):
        raw = RENDERER.render(order_email("backordered", mixed(*answers, item_id=f"item-{number}"), "erin"))
        assert ("is backordered" in text_of(raw)) is (one is CARD)
        assert ("tracking number" in text_of(raw)) is (one is CARD)


@EITHER
def test_the_order_asks_the_carrier_for_what_its_items_need(answers: tuple[dict[str, str], ...]) -> None:
    details = mixed(*answers)
    order = order_values.from_rows(details.order, details.items)
    assert carrier_actions(order.steps) == tuple("new_line" if one is CARD else "change_sim" for one in answers)
