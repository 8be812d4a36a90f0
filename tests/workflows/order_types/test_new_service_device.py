"""New service and device: what only this type does."""

from models.asks import QUESTIONS, When
from models.db.inventory.tables import DeviceRow, InventoryChangeRow
from models.lifecycle import ItemState, Status
from models.order_type import Milestone
from tests import factories
from tests.workflows.workflow_env import Stage, found
from workflows.order_types.new_service_device import NewServiceDevice

TYPE = NewServiceDevice.order_type


def test_a_person_types_at_most_five_answers() -> None:
    assert sum(QUESTIONS[ask].typed for ask in TYPE.asked(When.SUBMIT)) <= 5


def test_it_locks_nothing_for_the_line_is_not_there_yet() -> None:
    assert TYPE.touches == ()


def test_it_can_be_canceled_till_it_ships() -> None:
    assert TYPE.cancellable_until is Milestone.SHIPPED


async def test_the_line_is_pending_till_the_carrier_has_activated_it(stage: Stage) -> None:
    order = await factories.place(stage.database, factories.Placing(type=TYPE))
    await stage.start(order)
    await stage.carry(order, until=Status.AWAITING_ACTIVATION)
    (line,) = await stage.lines()
    assert (line.status, line.mdn, line.person_id) == ("pending", None, factories.REQUESTER)
    await stage.news(order, ItemState.DONE)
    await stage.until(order, Status.COMPLETED)
    (line,) = await stage.lines()
    assert (line.status, line.mdn) == ("active", found(1).mdn)
    assert line.activated_on is not None
    assert line.upgrade_on is not None
    assert line.upgrade_on.year == line.activated_on.year + 2


async def test_before_and_after_of_the_inventory_are_kept(stage: Stage) -> None:
    order = await factories.place(stage.database, factories.Placing(type=TYPE))
    await stage.start(order)
    assert await stage.carry(order) is Status.COMPLETED
    effects = {row.effect: row for row in await stage.all(InventoryChangeRow, order)}
    assert effects["reserve"].before["line"] is None
    assert effects["apply"].before == effects["reserve"].after
    assert effects["apply"].after["device"]["imei"] == found(1).imei
    async with stage.database.transaction() as session:
        device = await session.get_one(DeviceRow, (factories.TENANT, effects["apply"].after["device"]["id"]))
    assert (device.status, device.imei) == ("active", found(1).imei)


async def test_ten_lines_in_one_order_are_one_order_at_the_carrier(stage: Stage) -> None:
    order = await factories.place(stage.database, factories.Placing(type=TYPE, items=10))
    await stage.start(order)
    assert await stage.carry(order) is Status.COMPLETED
    assert stage.carrier.submissions == 1
    assert {line.status for line in await stage.lines()} == {"active"}
    assert len({line.mdn for line in await stage.lines()}) == 10
