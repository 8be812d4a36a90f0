import pytest

from models.db.inventory.tables import DeviceRow, InventoryChangeRow
from models.db.orders.tables import ItemRow
from models.lifecycle import ItemState, Status
from models.order import Identifiers
from models.order_type import CancelWindow, Family, FrozenType, Milestone, Subject
from models.question import Answerer, Asked, AskedAt, Source
from models.step import Activate, Apply, Approve, Fulfill, Place, Reserve, Rule, Schedule
from tests import factories
from tests.workflows.workflow_env import WorkflowEnv, item_identifiers
from workflows.order_types.new_service_device import NewServiceDevice

TYPE = NewServiceDevice.order_type

# What an order keeps, as it was when its golden input was recorded.
FROZEN = FrozenType(
    code="NEW_SERVICE_DEVICE",
    edition=1,
    family=Family.NEW,
    subject=Subject.NONE,
    questions=(
        Asked("device", by=Source.PERSON, at=AskedAt.SUBMIT, who=Answerer.REQUESTER),
        Asked("plan", by=Source.CATALOG, at=AskedAt.SUBMIT, who=Answerer.REQUESTER),
        Asked("features", by=Source.NONE, at=AskedAt.SUBMIT, who=Answerer.REQUESTER),
        Asked("accessories", by=Source.NONE, at=AskedAt.SUBMIT, who=Answerer.REQUESTER),
        Asked("sim_type", by=Source.CATALOG, at=AskedAt.SUBMIT, who=Answerer.REQUESTER),
        Asked("area_code", by=Source.EMPLOYEE, at=AskedAt.SUBMIT, who=Answerer.REQUESTER),
        Asked("service_zip", by=Source.EMPLOYEE, at=AskedAt.SUBMIT, who=Answerer.REQUESTER),
        Asked("payment_term", by=Source.POLICY, at=AskedAt.SUBMIT, who=Answerer.REQUESTER),
        Asked("ship_to", by=Source.EMPLOYEE, at=AskedAt.SUBMIT, who=Answerer.REQUESTER),
        Asked("expedite", by=Source.NONE, at=AskedAt.SUBMIT, who=Answerer.REQUESTER),
        Asked("recurring_charges", by=Source.PERSON, at=AskedAt.SUBMIT, who=Answerer.REQUESTER),
        Asked("use_policy", by=Source.PERSON, at=AskedAt.SUBMIT, who=Answerer.BENEFICIARY),
        Asked("imei", by=Source.CARRIER, at=AskedAt.LATE, who=Answerer.BENEFICIARY),
        Asked("iccid", by=Source.CARRIER, at=AskedAt.LATE, who=Answerer.BENEFICIARY),
        Asked("eid", by=Source.CARRIER, at=AskedAt.LATE, who=Answerer.BENEFICIARY),
    ),
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
    steps=(
        Rule(),
        Approve(),
        Schedule(),
        Reserve(),
        Place("new_line"),
        Fulfill(until=ItemState.AWAITING_ACTIVATION),
        Activate(),
        Apply(),
    ),
    effect="new_line",
    touches=(),
    approval="MANAGER_THEN_BUDGET",
    cancel_window=CancelWindow(Milestone.SHIPPED, days_before_start=0),
    step_up=False,
    multi_line=True,
)


@pytest.mark.row("A-03")
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


@pytest.mark.row("U-06")
async def test_ten_lines_are_one_order_at_the_carrier(env: WorkflowEnv) -> None:
    await env.start_new(TYPE, items=10, until=Status.COMPLETED)
    assert env.carrier.submissions == 1
    assert {line.status for line in await env.lines()} == {"active"}
    assert len({line.mdn for line in await env.lines()}) == 10
