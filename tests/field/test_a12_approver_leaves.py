"""Someone can no longer decide while an order waits for them: the request goes to someone who can, or is a task."""

from collections.abc import Sequence
from typing import Any

import pytest
from sqlmodel import col, update

from models.db.facts.base import for_order
from models.db.inventory.tables import LineRow
from models.db.orders.tables import ItemRow, OrderRow
from models.db.outbox.tables import OutboxRow
from models.db.people.tables import PersonRow
from models.db.session import Session
from models.db.sites.tables import SiteRow
from models.db.tasks.tables import TaskRow
from models.facts import Facts
from models.holder import Holder
from models.lifecycle import Status
from models.order import Order
from outbox.approver_monitor import ApproverMonitor
from tests import factories
from tests.clock_ahead import HourAhead
from tests.field.changing_company import change
from tests.workflows.workflow_env import WorkflowEnv
from workflows.order_type_registry import order_type

PHONE, REASSIGN = order_type("NEW_SERVICE_DEVICE"), order_type("LINE_REASSIGN")
LEAVES, AUDITS = {"active": False}, {"roles": ["auditor"]}


async def watch(env: WorkflowEnv, order: Order) -> None:
    """Run the monitor twice, and deliver what it sends."""
    for _ in range(2):
        await ApproverMonitor(env.database).run_once()
    for message in await env.rows(OutboxRow, order):
        assert await env.deliver(message.id) == "done"


@pytest.mark.fault("27")
@pytest.mark.parametrize("how", [LEAVES, AUDITS])
async def test_the_request_goes_to_whom_the_plan_names_today(env: WorkflowEnv, how: dict[str, object]) -> None:
    order = await env.start_new(PHONE, until=Status.AWAITING_APPROVAL)
    assert await env.pending_approvers(order) == [factories.MANAGER]
    await change(env, PersonRow, "id", factories.MANAGER, **how)
    await watch(env, order)
    await env.until(order, lambda: env.pending_approvers(order), lambda who: who == [factories.DIRECTOR])
    await env.approve(order, factories.actor(factories.DIRECTOR))
    await env.wait_for_status(order, Status.IN_FULFILLMENT)


@pytest.mark.fault("27")
@pytest.mark.parametrize(
    "how", ["gets the line", "becomes the contact of its site", "becomes the beneficiary's contact"]
)
async def test_the_request_leaves_someone_whose_own_order_it_becomes(env: WorkflowEnv, how: str) -> None:
    to = factories.SITE if how == "becomes the beneficiary's contact" else Holder.of(person_id=factories.CHIEF)
    order = await env.start_new(REASSIGN, until=Status.AWAITING_APPROVAL, beneficiary=to)
    asked = await env.pending_approvers(order)
    tied = asked[0]
    if how == "gets the line":
        await change(env, LineRow, "person_id", factories.HOLDER, person_id=tied)
    else:
        await change(env, SiteRow, "id", factories.SITE_ID, contact_id=tied)
    if how == "becomes the contact of its site":
        await change(env, LineRow, "person_id", factories.HOLDER, person_id=None, site_id=factories.SITE_ID)
    await watch(env, order)
    now = await env.until(order, lambda: env.pending_approvers(order), lambda who: tied not in who)
    assert now
    assert not {factories.REQUESTER, factories.HOLDER, factories.CHIEF} & set(now)
    assert {row.payload["from_id"] for row in await env.rows(OutboxRow, order) if row.name == "reassign"} == {tied}


@pytest.mark.fault("27")
async def test_one_request_that_cannot_be_passed_on_keeps_no_other_waiting(
    env: WorkflowEnv, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad, good = [await env.start_new(PHONE, until=Status.AWAITING_APPROVAL) for _ in range(2)]
    await change(env, PersonRow, "id", factories.MANAGER, **LEAVES)

    async def fails_for_one(session: Session, row: OrderRow, items: Sequence[ItemRow], **needs: Any) -> Facts:
        if row.id == bad.id:
            raise RuntimeError("unreadable")
        return await for_order(session, row, items, **needs)

    monkeypatch.setattr("outbox.approver_monitor.for_order", fails_for_one)
    with pytest.raises(RuntimeError, match="unreadable"):
        await ApproverMonitor(env.database).run_once()
    assert [row.name for row in await env.rows(OutboxRow, good)] == ["reassign"]
    assert await env.rows(OutboxRow, bad) == []


@pytest.mark.fault("27")
async def test_without_any_manager_an_admin_is_asked(env: WorkflowEnv) -> None:
    order = await env.start_new(PHONE, until=Status.AWAITING_APPROVAL)
    for person in (factories.MANAGER, factories.DIRECTOR):
        await change(env, PersonRow, "id", person, **LEAVES)
    await watch(env, order)
    await env.until(order, lambda: env.pending_approvers(order), lambda who: who == [factories.ADMIN])


@pytest.mark.fault("27")
async def test_if_no_one_can_approve_it_is_a_task_once(env: WorkflowEnv) -> None:
    order = await env.start_new(PHONE, until=Status.AWAITING_APPROVAL)
    async with env.database.transaction() as session:
        others = col(PersonRow.id) != factories.REQUESTER
        await session.exec(update(PersonRow).where(others).values(active=False))
    await watch(env, order)
    (task,) = await env.rows(TaskRow, order)
    assert (task.kind, task.state, task.role) == ("approver_missing", "open", "admin")


@pytest.mark.fault("27")
async def test_nobody_is_told_of_a_reassignment_that_comes_too_late(env: WorkflowEnv) -> None:
    order = await env.start_new(PHONE, until=Status.AWAITING_APPROVAL)
    await change(env, PersonRow, "id", factories.MANAGER, **LEAVES)
    await ApproverMonitor(env.database).run_once()
    (message,) = await env.rows(OutboxRow, order)
    await env.cancel(order)
    await env.client.get_workflow_handle(order.workflow_id).result()
    assert await env.deliver(message.id, caller_waits=False) == "rejected"
    assert "message_rejected" not in await env.events(order)


@pytest.mark.fault("18")
async def test_a_monitor_whose_clock_is_ahead_does_not_repeat_the_request_at_once(
    env: WorkflowEnv, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = await env.start_new(PHONE, until=Status.AWAITING_APPROVAL)
    await change(env, PersonRow, "id", factories.MANAGER, **LEAVES)
    await ApproverMonitor(env.database).run_once()
    monkeypatch.setattr("models.db.session.datetime", HourAhead)
    await ApproverMonitor(env.database).run_once()
    assert len(await env.rows(OutboxRow, order)) == 1
