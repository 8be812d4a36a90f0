"""Effects on the inventory: each applied once, and none after an undo."""

import asyncio
from datetime import UTC, datetime

import pytest
from sqlmodel import select

from activities.inventory import CompletionInput, InventoryActivities, InventoryInput
from models.db.inventory.tables import DeviceRow, InventoryChangeRow, LineRow
from models.db.session import Database
from models.errors import ActionNotAllowed
from models.order import Order
from tests import factories
from workflows.order_type_registry import order_type

AT = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


@pytest.fixture
async def order(database: Database) -> Order:
    await factories.create_company(database)
    spec = factories.OrderSpec(type=order_type("NEW_SERVICE_DEVICE"), items=2)
    order = await factories.create_order(database, spec)
    await factories.report_numbers(database, order)
    return order


def call_of(order: Order) -> InventoryInput:
    return InventoryInput(ref=order.ref, at=AT, item_ids=tuple(item.id for item in order.items))


async def apply(inventory: InventoryActivities, order: Order) -> None:
    for item in order.items:
        await inventory.apply(CompletionInput(ref=order.ref, at=AT, item_id=item.id))


async def statuses(database: Database) -> dict[str, list[str]]:
    async with database.transaction() as session:
        lines = [line.status for line in (await session.exec(select(LineRow))).all()]
        devices = [device.status for device in (await session.exec(select(DeviceRow))).all()]
        effects = sorted(row.kind for row in (await session.exec(select(InventoryChangeRow))).all())
    return {"lines": lines, "devices": devices, "effects": effects}


async def test_concurrent_deliveries_apply_an_effect_once(database: Database, order: Order) -> None:
    inventory = InventoryActivities(database)
    await asyncio.gather(*(inventory.reserve(call_of(order)) for _ in range(5)))
    assert await statuses(database) == {
        "lines": ["pending"] * 2,
        "devices": ["unconfirmed"] * 2,
        "effects": ["reserve"] * 2,
    }


async def test_a_reservation_can_be_undone(database: Database, order: Order) -> None:
    inventory = InventoryActivities(database)
    await inventory.reserve(call_of(order))
    await inventory.undo(call_of(order))
    await inventory.undo(call_of(order))
    found = await statuses(database)
    assert (found["lines"], found["devices"]) == (["void"] * 2, ["void"] * 2)


async def test_undo_without_a_reservation_changes_nothing(database: Database, order: Order) -> None:
    await InventoryActivities(database).undo(call_of(order))
    found = await statuses(database)
    assert (found["lines"], found["devices"]) == ([], [])


async def test_a_reservation_after_the_undo_is_rejected(database: Database, order: Order) -> None:
    inventory = InventoryActivities(database)
    await inventory.undo(call_of(order))
    with pytest.raises(ActionNotAllowed, match="already released"):
        await inventory.reserve(call_of(order))
    assert (await statuses(database))["lines"] == []


async def test_an_applied_effect_is_not_undone(database: Database, order: Order) -> None:
    inventory = InventoryActivities(database)
    await inventory.reserve(call_of(order))
    await apply(inventory, order)
    await inventory.undo(call_of(order))
    assert (await statuses(database))["lines"] == ["active"] * 2


async def test_an_apply_after_the_undo_is_rejected(database: Database, order: Order) -> None:
    inventory = InventoryActivities(database)
    await inventory.reserve(call_of(order))
    await inventory.undo(call_of(order))
    with pytest.raises(ActionNotAllowed, match="already released"):
        await apply(inventory, order)
    assert (await statuses(database))["lines"] == ["void"] * 2
