"""The courses that the lifecycle of an order can take, for every order type that they apply to."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial

from models.db.approvals.tables import ApprovalRow
from models.db.carriers.tables import CarrierOrderRow
from models.db.inventory.tables import LineRow
from models.db.locks.tables import LockRow
from models.db.orders.tables import ItemRow
from models.db.session import utc_now
from models.db.tasks.tables import TaskRow
from models.inventory import InventoryState
from models.lifecycle import ACTIONS, Action, Status
from models.order import Order
from models.order_type import Milestone
from models.step import Apply, NotifyHolder, Place, Receive, Reserve, Rule, Step
from models.task import TaskStatus
from models.tasks.carrier import SERVICE_TO_END
from models.tasks.failures import SKIPPED_STEP
from models.tasks.returns import PARCEL_TO_TRACE
from tests import factories
from tests.workflows.ahead import Course
from tests.workflows.cases import Case, is_skipped
from tests.workflows.inventory_checks import state_of
from tests.workflows.workflow_env import ADMIN, WorkflowEnv, rejects

ACTIVITY_OF: dict[type[Step], str] = {
    Rule: "rule",
    Reserve: "reserve",
    NotifyHolder: "notify_holder",
    Place: "place",
    Receive: "expect",
    Apply: "apply",
}
# The milestone an order with this status has reached.
REACHED = {
    Status.AWAITING_APPROVAL: Milestone.SUBMITTED,
    Status.SCHEDULED: Milestone.APPROVED,
    Status.IN_FULFILLMENT: Milestone.PLACED,
    Status.SHIPPED: Milestone.SHIPPED,
    Status.AWAITING_ACTIVATION: Milestone.SHIPPED,
}


@dataclass(frozen=True)
class FailingStep:
    """The step of this kind that comes after `earlier` others of its kind."""

    kind: type[Step]
    earlier: int

    def fail(self, env: WorkflowEnv, order: Order) -> None:
        faults, activity = env.faults.of(order), ACTIVITY_OF[self.kind]
        faults.broken, faults.spared = {activity}, {activity: self.earlier}


def plays_of(case: Case) -> Iterator[tuple[str, Course]]:
    """The plays that apply to a type with this variant, by name."""
    yield "signals_only", partial(with_signals_only, case=case)
    yield "restarts", partial(with_new_workers_at_every_step, case=case)
    yield "no_cache", partial(without_workflow_cache, case=case)
    if case.has_approval:
        yield "rejection", partial(rejected, case=case)
        yield "info_requests", partial(asked_repeatedly, case=case)
    for status in case.statuses:
        yield f"cancel_{status}", partial(canceled_until_milestone, case=case, status=status)
    for name, step, is_skipped_then in _failing_steps(case):
        if is_skipped_then:
            yield f"skip_{name}", partial(skipped, case=case, step=step)
        else:
            yield f"retry_{name}", partial(retried, case=case, step=step)
            yield f"compensate_{name}", partial(compensated, case=case, step=step)


def _failing_steps(case: Case) -> Iterator[tuple[str, FailingStep, bool]]:
    """With whether the order continues without the step."""
    earlier: Counter[type[Step]] = Counter()
    for step in case.kind.steps:
        if type(step) in ACTIVITY_OF:
            failing = FailingStep(type(step), earlier[type(step)])
            yield f"{step.kind}_{earlier[type(step)] + 1}", failing, is_skipped(step)
            earlier[type(step)] += 1


async def with_signals_only(env: WorkflowEnv, case: Case) -> None:
    order = await factories.create_order(env.database, case.spec)
    handle = await env.start(order)
    assert await env.advance(order, by_signal=True) is Status.COMPLETED
    assert (await handle.result()).status is Status.COMPLETED


async def with_new_workers_at_every_step(env: WorkflowEnv, case: Case) -> None:
    async with env.with_own_workers() as own:
        order = await factories.create_order(env.database, case.spec)
        await own.start(order)
        for status in case.statuses:
            if status is not Status.SCHEDULED:  # the order starts at once
                assert await own.advance(order, until=status) is status
                await own.restart_workers()
        assert await own.advance(order) is Status.COMPLETED


async def without_workflow_cache(env: WorkflowEnv, case: Case) -> None:
    async with env.with_own_workers(max_cached_workflows=0) as own:
        order = await factories.create_order(env.database, case.spec)
        await own.start(order)
        assert await own.advance(order) is Status.COMPLETED


async def rejected(env: WorkflowEnv, case: Case) -> None:
    order = await factories.create_order(env.database, case.spec)
    before = await state_of(env, order)
    env.faults.of(order).twice = True
    await env.start(order)
    assert await env.advance(order, until=Status.AWAITING_APPROVAL) is Status.AWAITING_APPROVAL
    approver = factories.actor(await env.next_approver(order))
    assert (await env.reject(order, "Not this year.", approver)).status == Status.REJECTED
    await env.wait_for_status(order, Status.REJECTED)
    assert {row.approver_id for row in await env.rows(ApprovalRow, order) if row.state == "rejected"} == {approver.id}
    await assert_nothing_is_left(env, order, before)


async def asked_repeatedly(env: WorkflowEnv, case: Case) -> None:
    order = await factories.create_order(env.database, case.spec)
    env.faults.of(order).twice = True
    await env.start(order)
    await env.advance(order, until=Status.AWAITING_APPROVAL)
    for _ in range(3):
        approver = factories.actor(await env.next_approver(order))
        assert (await env.request_info(order, "For which project?", approver)).status == Status.INFO_REQUESTED
        await env.wait_for_status(order, Status.INFO_REQUESTED)
        await env.provide_info(order, "Atlas.")
        await env.wait_for_status(order, Status.AWAITING_APPROVAL)
    asked = [(row.round, row.approver_id) for row in await env.rows(ApprovalRow, order)]
    assert {number for number, _ in asked} == {1, 2, 3, 4}
    assert len(asked) == len(set(asked))
    assert await env.advance(order) is Status.COMPLETED


async def retried(env: WorkflowEnv, case: Case, *, step: FailingStep) -> None:
    order = await factories.create_order(env.database, case.spec)
    step.fail(env, order)
    await env.start(order)
    assert await env.advance(order) is Status.FAILED
    env.faults.of(order).broken.clear()
    failed = await env.row(order)
    await env.retry(order)
    await env.wait_until_idle(order, after=failed.seq)
    assert await env.advance(order) is Status.COMPLETED


async def skipped(env: WorkflowEnv, case: Case, *, step: FailingStep) -> None:
    """It fails, becomes a task, and the order is completed without it."""
    order = await factories.create_order(env.database, case.spec)
    step.fail(env, order)
    await env.start(order)
    assert await env.advance(order) is Status.COMPLETED
    assert "failed" not in await env.events(order)
    assert {SKIPPED_STEP.code, PARCEL_TO_TRACE.code} & {row.kind for row in await env.rows(TaskRow, order)}


async def compensated(env: WorkflowEnv, case: Case, *, step: FailingStep) -> None:
    """Canceled by an operator after a step has failed."""
    order = await factories.create_order(env.database, case.spec)
    before = await state_of(env, order)
    step.fail(env, order)
    env.faults.of(order).twice = True
    handle = await env.start(order)
    assert await env.advance(order) is Status.FAILED
    await env.cancel(order, ADMIN, reason="Can't be fixed.")
    assert (await handle.result()).status in {Status.CANCELED, Status.WITHDRAWN}
    await assert_nothing_is_left(env, order, before)


async def canceled_until_milestone(env: WorkflowEnv, case: Case, *, status: Status) -> None:
    """Canceled while it has this status, if that is possible."""
    window = case.kind.cancel_window
    later = utc_now() + timedelta(days=window.days_before_start + 1) if status is Status.SCHEDULED else None
    order = await factories.create_order(env.database, replace(case.spec, effective_at=later))
    before = await state_of(env, order)
    env.faults.of(order).twice = True
    handle = await env.start(order)
    assert await env.advance(order, until=status) is status
    ranks = list(Milestone)
    if Action.CANCEL in ACTIONS[status] and ranks.index(REACHED[status]) < ranks.index(window.until):
        await env.cancel(order)
        assert (await handle.result()).status in {Status.WITHDRAWN, Status.CANCELED}
        await assert_nothing_is_left(env, order, before)
    else:
        with rejects("TOO_LATE_TO_CANCEL"):
            await env.cancel(order)


async def assert_nothing_is_left(env: WorkflowEnv, order: Order, before: InventoryState) -> None:
    """No new or changed line or device, no lock, no approval, and at the carrier nothing that no task is about."""
    made = before == InventoryState()
    assert (
        {line.status for line in await lines_of(env, order)} <= {"void"}
        if made
        else await state_of(env, order) == before
    )
    assert await env.rows(LockRow, order) == []
    sent = [row for row in await env.rows(CarrierOrderRow, order) if row.carrier_ref is not None]
    assert not any(row.open for row in sent)
    canceled = {line.split()[0] for line in env.carrier.canceled}
    open_tasks = {row.kind for row in await env.rows(TaskRow, order) if row.state == TaskStatus.OPEN}
    told = SERVICE_TO_END.code in open_tasks
    assert told or not sent or max(sent, key=lambda row: row.round).carrier_ref in canceled
    assert "pending" not in {row.state for row in await env.rows(ApprovalRow, order)}


async def lines_of(env: WorkflowEnv, order: Order) -> list[LineRow]:
    """The lines that the order is about, and those it has made."""
    line_ids = {item.line_id for item in await env.rows(ItemRow, order)}
    return [line for line in await env.lines() if line.id in line_ids]
