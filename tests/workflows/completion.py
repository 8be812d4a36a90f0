"""The course that every order type takes with each of its variants: it is completed, and keeps to all that it must."""

from collections import Counter
from dataclasses import astuple, dataclass
from typing import Any

from temporalio.client import WorkflowHandle

from models.db.approvals.tables import ApprovalRow
from models.db.inventory.tables import InventoryChangeRow
from models.db.locks.tables import LockRow
from models.db.notifications.tables import NotificationRow
from models.db.orders.tables import EventRow, ItemRow
from models.lifecycle import ItemState, Status
from models.order import Order, Outcome
from models.step import carrier_actions
from tests import factories
from tests.workflows.cases import Case
from tests.workflows.cost import cost_allowed, statements_allowed, statements_of
from tests.workflows.history_cost import Cost, cost_of
from tests.workflows.inventory_checks import assert_applied, state_of
from tests.workflows.workflow_env import WorkflowEnv

# The events of each order that the carrier gets.
_OF_EACH_ROUND = frozenset({"submitting", "placed", "progress"})


@dataclass(frozen=True)
class Spent:
    cost: Cost
    statements: Counter[str]


async def completed(env: WorkflowEnv, case: Case) -> Spent:
    """An order is approved, fulfilled and applied, with every activity delivered twice."""
    order = await factories.create_order(env.database, case.spec)
    before = await state_of(env, order)
    env.faults.of(order).twice = True
    async with statements_of(env, order) as statements:
        handle = await env.start(order)
        await _advance(env, order)
        ended = (await handle.result()).status
    assert ended is Status.COMPLETED, (ended, await env.events(order), (await env.row(order)).ruling)
    assert {item.state for item in await env.rows(ItemRow, order)} == {ItemState.DONE}
    assert await env.rows(LockRow, order) == []
    assert bool(await env.rows(ApprovalRow, order)) is case.has_approval
    await _assert_nothing_was_done_twice(env, order)
    await assert_applied(env, order, before)
    return await _within_budget(order, handle, statements)


async def _advance(env: WorkflowEnv, order: Order) -> None:
    """The user activates what must be activated; the carrier does not do so on its own."""
    status = await env.advance(order, until=Status.AWAITING_ACTIVATION)
    if status is Status.AWAITING_ACTIVATION:
        await env.activate(order)
        await env.carrier_update(order, ItemState.DONE)
    else:
        assert status.final, (status, await env.events(order))


async def _assert_nothing_was_done_twice(env: WorkflowEnv, order: Order) -> None:
    events = [(row.event, row.data.get("stage"), row.data.get("round")) for row in await env.rows(EventRow, order)]
    effects = [(row.item_id, row.kind) for row in await env.rows(InventoryChangeRow, order)]
    emails = [(row.seq, row.event, row.recipient_id) for row in await env.rows(NotificationRow, order)]
    sent = Counter(dict.fromkeys(_OF_EACH_ROUND, len(carrier_actions(order.type.steps)) or 1))
    assert Counter(name for name, *_ in events if name in _OF_EACH_ROUND) <= sent
    for done in ([event for event in events if event[0] not in _OF_EACH_ROUND], effects, emails):
        assert [one for one, times in Counter[Any](done).items() if times > 1] == []


async def _within_budget(order: Order, handle: WorkflowHandle[Any, Outcome], statements: Counter[str]) -> Spent:
    cost = await cost_of(handle)
    allowed = cost_allowed(order.type)
    assert all(spent <= most for spent, most in zip(astuple(cost), allowed, strict=True)), (allowed, cost)
    assert statements.total() <= statements_allowed(order.type), statements
    return Spent(cost, statements)
