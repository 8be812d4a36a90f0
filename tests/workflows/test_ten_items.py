"""Ten lines in one order: each goes its own way at its own pace, and the order is what they add up to."""

from models.db.orders.tables import ItemRow
from models.db.session import new_id
from models.lifecycle import ItemState, Status
from models.order import Activation, Identifiers, Order
from tests import factories
from tests.workflows.workflow_env import Stage
from workflows.order_type_registry import order_type

NOTHING = Identifiers()


async def states(stage: Stage, order: Order) -> list[str]:
    """Where each item stands, in the order of the items."""
    return [item.state for item in sorted(await stage.all(ItemRow, order), key=lambda item: item.number)]


async def test_ten_items_end_each_in_its_own_way(stage: Stage) -> None:
    order = await factories.place(stage.database, factories.Placing(type=order_type("NEW_SERVICE_DEVICE"), items=10))
    handle = await stage.start(order)
    await stage.carry(order, until=Status.IN_FULFILLMENT)

    await stage.news(order, ItemState.REFUSED, item=1, identifiers=NOTHING, code="NO_COVERAGE", detail="No coverage.")
    await stage.news(order, ItemState.CANCELED, item=2, identifiers=NOTHING)
    await stage.news(order, ItemState.BACKORDERED, item=3, identifiers=NOTHING)
    for item in range(4, 9):
        await stage.news(order, ItemState.SHIPPED, ItemState.AWAITING_ACTIVATION, item=item)
    await stage.news(order, ItemState.SHIPPED, item=9)
    await stage.until(order, Status.AWAITING_ACTIVATION)
    await stage.settle()
    assert await states(stage, order) == [
        "refused", "canceled", "backordered", *["awaiting_activation"] * 5, "shipped", "placed",
    ]  # fmt: skip
    lines = {line.id: line.status for line in await stage.lines()}
    assert sorted(lines.values()) == ["pending"] * 8 + ["void"] * 2

    activation = Activation(action_id=new_id(), actor=factories.person(factories.REQUESTER), item_id=order.items[3].id)
    await stage.tell(order, "activate", activation)
    for item in range(4, 9):
        await stage.news(order, ItemState.DONE, item=item)
    await stage.until(order, Status.IN_FULFILLMENT)
    await stage.settle()
    assert (await states(stage, order))[3:8] == ["done"] * 5

    await stage.news(order, ItemState.REFUSED, item=3, identifiers=NOTHING, code="DISCONTINUED", detail="Gone.")
    await stage.news(order, ItemState.SHIPPED, ItemState.AWAITING_ACTIVATION, ItemState.DONE, item=9)
    await stage.news(order, ItemState.DONE, item=10)
    assert (await handle.result()).status is Status.PARTIALLY_FULFILLED
    assert await states(stage, order) == ["refused", "canceled", "refused", *["done"] * 7]
    assert sorted(line.status for line in await stage.lines()) == ["active"] * 7 + ["void"] * 3
    details = {item.number: item.detail for item in await stage.all(ItemRow, order)}
    assert (details[1], details[3]) == ("No coverage.", "Gone.")
