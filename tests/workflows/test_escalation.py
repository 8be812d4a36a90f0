"""Orders that nobody acts on, on a time-skipping server."""

import pytest
from temporalio.testing import WorkflowEnvironment

from models.approval_plan import Approver
from models.db.approvals.tables import ApprovalRow
from models.db.notifications.tables import NotificationRow
from models.db.orders.tables import EventRow
from models.db.session import new_id
from models.lifecycle import ItemState, Status
from models.order_messages import Reassignment
from tests import factories
from tests.workflows.cases import Case, first_of_each_shape
from tests.workflows.escalation import decided_by_admin, escalated
from tests.workflows.workflow_env import ADMIN, WorkflowEnv
from workflows.order_type_registry import order_type

WITH_APPROVAL = [case for case in first_of_each_shape() if case.has_approval]
EVERY_SHAPE = pytest.mark.parametrize("case", WITH_APPROVAL, ids=lambda case: case.name)


@EVERY_SHAPE
async def test_an_order_without_a_decision_is_reminded_escalated_and_expires(
    skipping_env: WorkflowEnv, case: Case
) -> None:
    order = await factories.create_order(skipping_env.database, case.spec)
    handle = await skipping_env.start(order)
    assert (await handle.result()).status is Status.EXPIRED
    events = await skipping_env.events(order)
    assert events[:3] == ["received", "approval_needed", "reminder"]
    assert events.count("escalated") == 1
    assert events[-1] == "expired"
    stage = ((await skipping_env.row(order)).ruling or {})["plan"][0]
    asked = {approver["person_id"] for approver in (*stage["approvers"], *stage["escalates_to"])}
    approvals = await skipping_env.rows(ApprovalRow, order)
    assert {row.approver_id for row in approvals} == asked > {factories.MANAGER}
    assert {row.state for row in approvals} == {"expired"}


@EVERY_SHAPE
async def test_each_reminder_is_sent_once_to_each_pending_approver(skipping_env: WorkflowEnv, case: Case) -> None:
    order = await factories.create_order(skipping_env.database, case.spec)
    await (await skipping_env.start(order)).result()
    reminders = [row.seq for row in await skipping_env.rows(EventRow, order) if row.event == "reminder"]
    notifications = await skipping_env.rows(NotificationRow, order)
    emails = [(row.seq, row.recipient_id) for row in notifications if row.seq in reminders]
    assert len(emails) == len(set(emails))
    assert {seq for seq, recipient in emails if recipient == factories.MANAGER} == set(reminders)


@EVERY_SHAPE
async def test_an_unanswered_question_expires(
    skipping_env: WorkflowEnv, case: Case, time_skipping: WorkflowEnvironment
) -> None:
    with time_skipping.auto_time_skipping_disabled():
        order = await factories.create_order(skipping_env.database, case.spec)
        handle = await skipping_env.start(order)
        await skipping_env.wait_for_status(order, Status.AWAITING_APPROVAL)
        await skipping_env.request_info(order, "What for?")
    assert (await handle.result()).status is Status.EXPIRED


async def test_the_admin_decides_for_both_managers_after_an_escalation(
    skipping_env: WorkflowEnv, time_skipping: WorkflowEnvironment
) -> None:
    assert (await (await decided_by_admin(skipping_env, time_skipping)).result()).status is Status.COMPLETED


async def test_the_person_the_admin_reassigns_to_decides_for_both_managers(
    skipping_env: WorkflowEnv, time_skipping: WorkflowEnvironment
) -> None:
    order, handle = await escalated(skipping_env, time_skipping)
    to = Approver(person_id=factories.DIRECTOR, name="Director")
    message = Reassignment(action_id=new_id(), actor=ADMIN, from_id=factories.ADMIN, to=to)
    await skipping_env.update(order, "reassign", message)
    await skipping_env.approve(order, factories.actor(factories.DIRECTOR))
    assert (await handle.result()).status is Status.COMPLETED


async def test_a_user_who_does_not_activate_is_reminded_and_the_order_stays_open(
    skipping_env: WorkflowEnv, time_skipping: WorkflowEnvironment
) -> None:
    with time_skipping.auto_time_skipping_disabled():
        order = await skipping_env.start_new(order_type("NEW_SERVICE_DEVICE"), until=Status.AWAITING_ACTIVATION)
    await time_skipping.sleep(20 * 24 * 3600)
    assert (await skipping_env.events(order)).count("activation_needed") == 3
    await skipping_env.carrier_update(order, ItemState.DONE)
    await skipping_env.wait_for_status(order, Status.COMPLETED)
