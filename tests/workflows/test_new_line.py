"""A new line with a new device, from submit to inventory."""

from models.db.tables import EffectRow, ItemRow, LineLockRow
from models.lifecycle import ItemState, Status
from tests import cast
from tests.workflows.stage import FOUND, Stage
from workflows.catalog import order_type

NEW_LINE = order_type("NEW_SERVICE_DEVICE")


async def test_a_new_line_goes_from_approval_to_inventory(stage: Stage) -> None:
    order = await cast.place(stage.database, cast.Placing(type=NEW_LINE))
    handle = await stage.start(order)
    await stage.until(order, Status.AWAITING_APPROVAL)
    assert (await stage.approve(order)).status is Status.APPROVED
    await stage.until(order, Status.IN_FULFILMENT)
    await stage.news(order, ItemState.IN_FULFILMENT, ItemState.SHIPPED, ItemState.AWAITING_ACTIVATION)
    await stage.until(order, Status.AWAITING_ACTIVATION)
    await stage.news(order, ItemState.DONE)
    assert (await handle.result()).status is Status.COMPLETED
    assert (await stage.row(order)).status == Status.COMPLETED
    (line,) = await stage.lines()
    assert (line.status, line.mdn, line.person_id) == ("active", FOUND.mdn, cast.REQUESTER)
    (item,) = await stage.all(ItemRow, order)
    assert (item.state, item.imei) == ("done", FOUND.imei)
    assert {row.effect for row in await stage.all(EffectRow, order)} == {"reserve", "apply"}
    assert await stage.all(LineLockRow, order) == []
    print(await stage.events(order))
