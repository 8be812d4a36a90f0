"""An order about a device, of a throw-away type, from its start to the changed inventory."""

from dataclasses import replace

import pytest

from activities import inventory
from models.db.inventory.tables import DeviceRow
from models.db.locks.tables import LockRow
from models.effect import Effect, EffectInput
from models.holder import NOBODY
from models.inventory import DeviceStatus, InventoryState
from models.lifecycle import ItemState, Status
from models.order import Identifiers, Order
from models.order_type import Aspect, Subject
from models.question import Asked
from models.step import Apply, Fulfill, Place, Rule
from tests import factories
from tests.workflows.workflow_env import WorkflowEnv
from workflows.order_type_registry import order_type


def _take_back(state: InventoryState, _: EffectInput) -> InventoryState:
    device = replace(state.required_device, status=DeviceStatus.IN_STOCK).held_by(NOBODY)
    return replace(state, device=device)


TAKE_BACK = Effect(code="take_back", apply=_take_back, changes=frozenset({"device.status", "device.person_id"}))
RETURN = replace(
    order_type("SERVICE_SUSPEND"),
    subject=Subject.DEVICE,
    questions=(Asked("device_held"),),
    checks=("requester_may_order", "device_known", "devices_together", "billed_by_carrier"),
    steps=(Rule(), Place("suspend"), Fulfill(), Apply()),
    touches=(Aspect.USE, Aspect.GOING_BACK),
    approval="NONE",
    effect=TAKE_BACK.code,
)


@pytest.fixture
async def returning(env: WorkflowEnv, monkeypatch: pytest.MonkeyPatch) -> Order:
    """The order of a device that is on a line of the same id; it has been placed."""
    monkeypatch.setattr(inventory, "find_effect", {TAKE_BACK.code: TAKE_BACK}.__getitem__)
    async with env.database.transaction() as session:
        device_id = await factories.create_line(session)
    return await env.start_new(RETURN, device_ids=(device_id,), until=Status.IN_FULFILLMENT)


async def test_an_order_about_a_device_changes_the_device_and_releases_it(env: WorkflowEnv, returning: Order) -> None:
    device_id = returning.items[0].device_id
    async with env.database.transaction() as session:
        before = await session.get_one(DeviceRow, (factories.TENANT, device_id))
    held = await env.rows(LockRow, returning)
    assert {(one.kind, one.id, one.aspect) for one in held} == {
        ("device", device_id, aspect) for aspect in ("use", "return", "hold")
    }
    (sent,) = env.carrier.orders.values()
    (item,) = sent.items
    assert (item.subject.imei, item.subject.mdn is None) == (before.imei, False)
    assert item.billing_account == factories.CARRIER_ACCOUNT
    await env.carrier_update(returning, ItemState.DONE, identifiers=Identifiers())
    await env.wait_for_status(returning, Status.COMPLETED)
    async with env.database.transaction() as session:
        after = await session.get_one(DeviceRow, (factories.TENANT, device_id), populate_existing=True)
    assert (after.status, after.person_id) == ("in_stock", None)
    assert await env.rows(LockRow, returning) == []
