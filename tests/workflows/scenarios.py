"""The scenarios of an order for which golden histories are recorded."""

from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

from sqlmodel import col, update

from models.db.people.tables import PersonRow
from models.lifecycle import ItemState, Status
from models.order import Order
from models.order_type import Milestone, OrderType
from tests import factories
from tests.workflows.cases import has_approval
from tests.workflows.workflow_env import WorkflowEnv

HISTORIES = Path(__file__).parent / "histories"
Scenario = Callable[[WorkflowEnv, Order], Awaitable[object]]


def history_file(name: str, scenario: str) -> Path:
    """`name` is the order type's code, or that of the timer's or the task's workflow."""
    return HISTORIES / f"{name}.{scenario}.json"


async def completed(env: WorkflowEnv, order: Order) -> None:
    if await env.advance(order, until=Status.AWAITING_ACTIVATION) is Status.AWAITING_ACTIVATION:
        await env.activate(order)
        await env.carrier_update(order, ItemState.DONE)


async def signaled(env: WorkflowEnv, order: Order) -> None:
    await env.advance(order, by_signal=True)


async def rejected(env: WorkflowEnv, order: Order) -> None:
    await env.advance(order, until=Status.AWAITING_APPROVAL)
    await env.reject(order, "No.")


async def info_requested(env: WorkflowEnv, order: Order) -> None:
    await env.advance(order, until=Status.AWAITING_APPROVAL)
    await env.request_info(order, "Why?")
    await env.wait_for_status(order, Status.INFO_REQUESTED)
    await env.provide_info(order, "For a project.")
    await env.wait_for_status(order, Status.AWAITING_APPROVAL)
    await env.advance(order)


async def withdrawn(env: WorkflowEnv, order: Order) -> None:
    await env.advance(order, until=Status.AWAITING_APPROVAL)
    await env.cancel(order)


async def canceled(env: WorkflowEnv, order: Order) -> None:
    await env.advance(order, until=Status.IN_FULFILLMENT)
    await env.cancel(order)


async def retried(env: WorkflowEnv, order: Order) -> None:
    env.faults.broken = {"apply"}
    failed = await env.advance(order)
    assert failed is Status.FAILED
    env.faults.broken.clear()
    await env.retry(order)


async def compensated(env: WorkflowEnv, order: Order) -> None:
    env.faults.broken = {"apply"}
    assert await env.advance(order) is Status.FAILED
    await env.cancel(order, factories.actor(factories.ADMIN), reason="Can't be fixed.")


async def order_with_two_managers(env: WorkflowEnv, kind: OrderType) -> Order:
    """An order for a line whose current and new users have different managers, so that both must approve."""
    async with env.database.transaction() as session:
        manager = update(PersonRow).where(col(PersonRow.id) == factories.HOLDER).values(manager_id=factories.CHIEF)
        await session.exec(manager)
        roles = update(PersonRow).where(col(PersonRow.id) == factories.REQUESTER).values(roles=["desk"])
        await session.exec(roles)
    return await factories.create_order(env.database, factories.OrderSpec(type=kind))


SCENARIOS: Mapping[str, Scenario] = {
    scenario.__name__: scenario
    for scenario in (completed, signaled, rejected, info_requested, withdrawn, canceled, retried, compensated)
}
ENDS: Mapping[str, Status] = {
    "rejected": Status.REJECTED,
    "withdrawn": Status.WITHDRAWN,
    "canceled": Status.CANCELED,
    "compensated": Status.CANCELED,
    **dict.fromkeys(("completed", "signaled", "info_requested", "retried"), Status.COMPLETED),
}


def scenarios_of(kind: OrderType) -> list[str]:
    """The scenarios of an order type: not all need an approval, and some can't be canceled once they are sent."""
    ranks = list(Milestone)
    impossible: set[Scenario] = set()
    if not has_approval(kind):
        impossible |= {rejected, info_requested, withdrawn}
    if not kind.with_carrier or ranks.index(kind.cancel_window.until) <= ranks.index(Milestone.PLACED):
        impossible.add(canceled)
    return sorted(name for name, scenario in SCENARIOS.items() if scenario not in impossible)
