"""Compares what an order of one item did to the inventory with what its effect says."""

from dataclasses import replace

from pydantic import TypeAdapter

from models.db.inventory import change_log, inventory_values
from models.db.inventory.change_log import ChangeKind
from models.db.inventory.tables import InventoryChangeRow
from models.db.orders.tables import ItemRow
from models.effect import find_effect
from models.inventory import InventoryState
from models.order import Order
from tests.models.effects.test_every_effect import changes
from tests.workflows.workflow_env import WorkflowEnv

_STATE = TypeAdapter(InventoryState)


async def state_of(env: WorkflowEnv, order: Order) -> InventoryState:
    """The item's line, with what is on it."""
    async with env.database.transaction() as session:
        item = await session.get_one(ItemRow, (order.tenant, order.id, order.items[0].id))
        return await change_log._load_state(session, item, None)


async def assert_applied(env: WorkflowEnv, order: Order, before: InventoryState) -> None:
    """The order has made of `before` what its effect makes of it, once, and nothing else."""
    logged = {row.kind: row for row in await env.rows(InventoryChangeRow, order)}
    applied = logged[ChangeKind.APPLY]
    (params,) = env.effect_inputs.by_line[applied.line_id or order.items[0].device_id or ""]
    effect = find_effect(order.effect_of(order.items[0]))
    reserved, after = (_STATE.validate_python(one) for one in (applied.before, applied.after))
    first = _STATE.validate_python(logged.get(ChangeKind.RESERVE, applied).before)
    assert replace(first, return_case=None) == before
    assert after == effect.apply(reserved, params)
    made = changes(before, reserved, params.known_sim) | changes(reserved, after, params.known_sim)
    assert made - effect.changes == set()
    await _assert_stored(env, order, after)


async def _assert_stored(env: WorkflowEnv, order: Order, after: InventoryState) -> None:
    async with env.database.transaction() as session:
        for record in after.records:
            row = await session.get_one(inventory_values.table_of(type(record)), (order.tenant, record.id))
            assert inventory_values._VALUES[type(record)].validate_python(row.model_dump()) == record
