"""Ten lines in one order: each advances independently, and the order's status follows from all of them."""

from models.db.orders.tables import ItemRow
from models.lifecycle import ItemState, Status
from models.order import Identifiers, Outcome
from tests.workflows.workflow_env import WorkflowEnv
from workflows.order_type_registry import order_type

NONE = Identifiers()


async def test_ten_items_end_differently(env: WorkflowEnv) -> None:
    order = await env.start_new(order_type("NEW_SERVICE_DEVICE"), items=10, until=Status.IN_FULFILLMENT)

    await env.carrier_update(
        order, ItemState.DECLINED, item=1, identifiers=NONE, code="NO_COVERAGE", detail="No coverage."
    )
    await env.carrier_update(order, ItemState.CANCELED, item=2, identifiers=NONE)
    await env.carrier_update(order, ItemState.BACKORDERED, item=3, identifiers=NONE)
    for item in range(4, 9):
        await env.carrier_update(order, ItemState.SHIPPED, ItemState.AWAITING_ACTIVATION, item=item)
    await env.carrier_update(order, ItemState.SHIPPED, item=9)
    await env.wait_for_item_states(
        order, "declined", "canceled", "backordered", *["awaiting_activation"] * 5, "shipped", "placed"
    )
    assert (await env.row(order)).status == Status.AWAITING_ACTIVATION
    await env.wait_for_line_statuses(*["pending"] * 8, *["void"] * 2)

    await env.activate(order, item=4)
    for item in range(4, 9):
        await env.carrier_update(order, ItemState.DONE, item=item)
    await env.wait_for_item_states(order, "declined", "canceled", "backordered", *["done"] * 5, "shipped", "placed")
    assert (await env.row(order)).status == Status.IN_FULFILLMENT

    await env.carrier_update(order, ItemState.DECLINED, item=3, identifiers=NONE, code="DISCONTINUED", detail="Gone.")
    await env.carrier_update(order, ItemState.SHIPPED, ItemState.AWAITING_ACTIVATION, ItemState.DONE, item=9)
    await env.carrier_update(order, ItemState.DONE, item=10)
    handle = env.client.get_workflow_handle(order.workflow_id, result_type=Outcome)
    assert (await handle.result()).status is Status.PARTIALLY_FULFILLED
    assert await env.item_states(order) == ["declined", "canceled", "declined", *["done"] * 7]
    assert sorted(line.status for line in await env.lines()) == ["active"] * 7 + ["void"] * 3
    details = {item.number: item.detail for item in await env.rows(ItemRow, order)}
    assert (details[1], details[3]) == ("No coverage.", "Gone.")
