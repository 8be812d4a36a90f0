"""What every order type must get right. A new type is tested as soon as its file exists."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from models.db.approvals.tables import ApprovalRow
from models.db.carriers.tables import CarrierOrderRow
from models.db.inventory.tables import InventoryChangeRow
from models.db.line_locks.tables import LineLockRow
from models.db.notifications.tables import NotificationRow
from models.db.orders.tables import EventRow, ItemRow
from models.db.session import utc_now
from models.lifecycle import ACTIONS, Action, ItemState, Status
from models.order import Item, Order
from models.order_type import Milestone
from models.step import Activate, Apply, Approve, Place, Reserve, Rule, Schedule, Step
from outbox.temporal_client import data_converter
from tests import factories
from tests.workflows.workflow_env import KEYRING, WorkflowEnv, rejects
from workflows.order_type_registry import order_type, order_types_by_code

TYPES = pytest.mark.parametrize("code", sorted(order_types_by_code()))
ACTIVITY_OF = {Rule: "rule", Reserve: "reserve", Place: "place", Apply: "apply"}
# The milestone an order with this status has reached.
REACHED = {
    Status.AWAITING_APPROVAL: Milestone.SUBMITTED,
    Status.SCHEDULED: Milestone.APPROVED,
    Status.IN_FULFILLMENT: Milestone.PLACED,
    Status.AWAITING_ACTIVATION: Milestone.SHIPPED,
}
# The step in which an order has this status.
STEP_OF = {
    Status.AWAITING_APPROVAL: Approve,
    Status.SCHEDULED: Schedule,
    Status.IN_FULFILLMENT: Place,
    Status.AWAITING_ACTIVATION: Activate,
}
TYPES_AND_STEPS = pytest.mark.parametrize(
    ("code", "step"),
    [
        (code, step)
        for code, kind in sorted(order_types_by_code().items())
        for step in kind.steps
        if type(step) in ACTIVITY_OF
    ],
)


async def created(env: WorkflowEnv, code: str, **differs: Any) -> Order:
    return await factories.create_order(env.database, factories.OrderSpec(type=order_type(code), **differs))


@TYPES
async def test_it_completes(env: WorkflowEnv, code: str) -> None:
    order = await created(env, code)
    handle = await env.start(order)
    assert await env.advance(order) is Status.COMPLETED
    assert (await handle.result()).status is Status.COMPLETED
    assert {item.state for item in await env.rows(ItemRow, order)} == {ItemState.DONE}
    assert await env.rows(LineLockRow, order) == []


@TYPES
async def test_it_completes_with_signals_only(env: WorkflowEnv, code: str) -> None:
    order = await created(env, code)
    handle = await env.start(order)
    assert await env.advance(order, by_signal=True) is Status.COMPLETED
    assert (await handle.result()).status is Status.COMPLETED


@TYPES
async def test_a_rejection_ends_it(env: WorkflowEnv, code: str) -> None:
    order = await env.start_new(order_type(code), until=Status.AWAITING_APPROVAL)
    assert (await env.reject(order, "Not this year.")).status == Status.REJECTED
    await env.wait_for_status(order, Status.REJECTED)
    assert {row.state for row in await env.rows(ApprovalRow, order)} == {"rejected"}
    await _assert_nothing_is_left(env, order)


@TYPES
async def test_information_can_be_requested_and_provided_repeatedly(env: WorkflowEnv, code: str) -> None:
    order = await env.start_new(order_type(code), until=Status.AWAITING_APPROVAL)
    for _ in range(3):
        assert (await env.request_info(order, "For which project?")).status == Status.INFO_REQUESTED
        await env.wait_for_status(order, Status.INFO_REQUESTED)
        await env.provide_info(order, "Atlas.")
        await env.wait_for_status(order, Status.AWAITING_APPROVAL)
    assert sorted(row.round for row in await env.rows(ApprovalRow, order)) == [1, 2, 3, 4]
    assert await env.advance(order) is Status.COMPLETED


@TYPES_AND_STEPS
async def test_it_completes_after_an_operator_retries_a_failed_step(env: WorkflowEnv, code: str, step: Step) -> None:
    order = await created(env, code)
    env.faults.broken = {ACTIVITY_OF[type(step)]}
    await env.start(order)
    assert await env.advance(order) is Status.FAILED
    env.faults.broken.clear()
    failed = await env.row(order)
    await env.retry(order)
    await env.wait_until_idle(order, after=failed.seq)
    assert await env.advance(order) is Status.COMPLETED


@TYPES_AND_STEPS
async def test_it_is_compensated_when_an_operator_cancels_after_a_failed_step(
    env: WorkflowEnv, code: str, step: Step
) -> None:
    order = await created(env, code)
    env.faults.broken = {ACTIVITY_OF[type(step)]}
    handle = await env.start(order)
    assert await env.advance(order) is Status.FAILED
    await env.cancel(order, factories.actor(factories.ADMIN, admin=True), reason="Can't be fixed.")
    assert (await handle.result()).status in {Status.CANCELED, Status.WITHDRAWN}
    await _assert_nothing_is_left(env, order)


@TYPES
async def test_running_every_activity_twice_changes_nothing(env: WorkflowEnv, code: str) -> None:
    env.faults.twice = True
    order = await created(env, code)
    await env.start(order)
    assert await env.advance(order) is Status.COMPLETED
    events = [(row.event, row.data.get("stage")) for row in await env.rows(EventRow, order)]
    assert len(events) == len(set(events))
    effects = [(row.item_id, row.kind) for row in await env.rows(InventoryChangeRow, order)]
    assert len(effects) == len(set(effects))
    emails = [(row.seq, row.event, row.recipient_id) for row in await env.rows(NotificationRow, order)]
    assert len(emails) == len(set(emails))


@pytest.mark.parametrize(
    ("code", "status"),
    [
        (code, status)
        for code, kind in sorted(order_types_by_code().items())
        for status in REACHED
        if kind.has(STEP_OF[status])
    ],
)
async def test_it_can_be_canceled_until_its_milestone(env: WorkflowEnv, code: str, status: Status) -> None:
    later = utc_now() + timedelta(days=1) if status is Status.SCHEDULED else None
    order = await created(env, code, effective_at=later)
    handle = await env.start(order)
    assert await env.advance(order, until=status) is status
    if Action.CANCEL in ACTIONS[status] and not _is_too_late(order.type.cancel_window.until, status):
        await env.cancel(order)
        assert (await handle.result()).status in {Status.WITHDRAWN, Status.CANCELED}
        await _assert_nothing_is_left(env, order)
    else:
        with rejects("TOO_LATE_TO_CANCEL"):
            await env.cancel(order)


@TYPES
async def test_it_survives_a_restart_of_the_workers_at_every_step(env: WorkflowEnv, code: str) -> None:
    order = await created(env, code)
    await env.start(order)
    for status in (Status.AWAITING_APPROVAL, Status.IN_FULFILLMENT, Status.AWAITING_ACTIVATION):
        await env.advance(order, until=status)
        await env.restart_workers()
    assert await env.advance(order) is Status.COMPLETED


@TYPES
async def test_it_completes_without_the_workflow_cache(env: WorkflowEnv, code: str) -> None:
    await env.stop_workers()
    await env.start_workers(max_cached_workflows=0)
    order = await created(env, code)
    await env.start(order)
    assert await env.advance(order) is Status.COMPLETED


@TYPES
async def test_its_input_round_trips_through_the_encrypting_converter(code: str) -> None:
    order = Order(
        tenant="t",
        id="o",
        number="n",
        type=order_type(code).resolve({}),
        requester_id="r",
        beneficiary_id="b",
        items=(Item(id="i", number=1),),
    )
    converter = data_converter(KEYRING)
    payloads = await converter.encode([order])
    assert code.encode() not in payloads[0].data
    assert await converter.decode(payloads, [Order]) == [order]


@TYPES
def test_it_has_a_test_file_of_its_own(code: str) -> None:
    assert (Path(__file__).parent / "order_types" / f"test_{code.lower()}.py").exists()


def _is_too_late(cancellable_until: Milestone, status: Status) -> bool:
    ranks = list(Milestone)
    return ranks.index(REACHED[status]) >= ranks.index(cancellable_until)


async def _assert_nothing_is_left(env: WorkflowEnv, order: Order) -> None:
    """No new line, no changed line, no lock, nothing open at the carrier, no pending approval."""
    ordered = {item.line_id for item in order.items}
    assert {line.status for line in await env.lines() if line.id not in ordered} <= {"void"}
    assert {line.version for line in await env.lines() if line.id in ordered} <= {0}
    assert await env.rows(LineLockRow, order) == []
    assert not any(row.open for row in await env.rows(CarrierOrderRow, order))
    assert "pending" not in {row.state for row in await env.rows(ApprovalRow, order)}
