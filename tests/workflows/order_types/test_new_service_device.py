from models.db.inventory.tables import DeviceRow, InventoryChangeRow
from models.db.orders.tables import ItemRow
from models.lifecycle import ItemState, Status
from models.order import Identifiers
from models.order_type import Milestone
from tests import factories
from tests.workflows.workflow_env import WorkflowEnv, item_identifiers
from workflows.order_types.new_service_device import NewServiceDevice

TYPE = NewServiceDevice.order_type


def test_at_most_five_answers_must_be_given() -> None:
    assert len(TYPE.required()) <= 5


def test_it_locks_nothing_because_the_line_does_not_exist_yet() -> None:
    assert TYPE.touches == ()


def test_it_can_be_canceled_until_it_ships() -> None:
    assert TYPE.cancel_window.until is Milestone.SHIPPED


async def test_the_line_is_pending_until_the_carrier_has_activated_it(env: WorkflowEnv) -> None:
    order = await env.start_new(TYPE, until=Status.AWAITING_ACTIVATION)
    (line,) = await env.lines()
    assert (line.status, line.mdn, line.person_id) == ("pending", None, factories.REQUESTER)
    await env.carrier_update(order, ItemState.DONE)
    await env.wait_for_status(order, Status.COMPLETED)
    (line,) = await env.lines()
    assert (line.status, line.mdn) == ("active", item_identifiers(1).mdn)
    assert line.activated_on is not None
    assert line.upgrade_on is not None
    assert line.upgrade_on.year == line.activated_on.year + 2


async def test_the_inventory_before_and_after_each_change_is_kept(env: WorkflowEnv) -> None:
    order = await env.start_new(TYPE, until=Status.COMPLETED)
    changes = {row.kind: row for row in await env.rows(InventoryChangeRow, order)}
    assert changes["reserve"].before["line"] is None
    assert changes["apply"].before == changes["reserve"].after
    assert changes["apply"].after["device"]["imei"] == item_identifiers(1).imei
    async with env.database.transaction() as session:
        device = await session.get_one(DeviceRow, (factories.TENANT, changes["apply"].after["device"]["id"]))
    assert (device.status, device.imei) == ("active", item_identifiers(1).imei)


async def test_the_carrier_receives_the_answers_and_no_existing_line(env: WorkflowEnv) -> None:
    order = await env.start_new(TYPE, until=Status.IN_FULFILLMENT)
    (sent,) = env.carrier.orders.values()
    (item,) = sent.items
    (row,) = await env.rows(ItemRow, order)
    assert (item.action, item.subject) == ("new_line", Identifiers())
    assert item.changes.items() >= {"device": row.answers["device"], "plan": row.answers["plan"]}.items()
    assert [code for code, value in item.changes.items() if value in (None, "", [])] == []


async def test_ten_lines_are_one_order_at_the_carrier(env: WorkflowEnv) -> None:
    await env.start_new(TYPE, items=10, until=Status.COMPLETED)
    assert env.carrier.submissions == 1
    assert {line.status for line in await env.lines()} == {"active"}
    assert len({line.mdn for line in await env.lines()}) == 10
