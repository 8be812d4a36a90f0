"""What happens when nobody does anything, on a server whose clock runs ahead."""

import pytest
from temporalio.testing import WorkflowEnvironment

from models.db.approvals.tables import ApprovalRow
from models.db.notifications.tables import NotificationRow
from models.db.orders.tables import EventRow
from models.db.session import new_id
from models.lifecycle import ItemState, Status
from models.order import Approver, InfoRequest, Reassignment
from tests import factories
from tests.workflows.no_response import spoken_for, taken_further
from tests.workflows.workflow_env import Stage
from workflows.order_type_registry import order_types_by_code

TYPES = pytest.mark.parametrize("code", sorted(order_types_by_code()))


@TYPES
async def test_silence_reminds_escalates_and_expires(hasty: Stage, code: str) -> None:
    order = await factories.place(hasty.database, factories.Placing(type=order_types_by_code()[code]))
    handle = await hasty.start(order)
    assert (await handle.result()).status is Status.EXPIRED
    events = await hasty.events(order)
    assert events[:3] == ["received", "approval_needed", "reminder"]
    assert events.count("escalated") == 1
    assert events[-1] == "expired"
    stage = ((await hasty.row(order)).ruling or {})["plan"][0]
    asked = {one["person_id"] for one in (*stage["approvers"], *stage["escalates_to"])}
    assert {row.approver_id for row in await hasty.all(ApprovalRow, order)} == asked > {factories.MANAGER}
    assert {row.state for row in await hasty.all(ApprovalRow, order)} == {"expired"}


@TYPES
async def test_each_rung_is_told_once_to_each_who_waits(hasty: Stage, code: str) -> None:
    order = await factories.place(hasty.database, factories.Placing(type=order_types_by_code()[code]))
    await (await hasty.start(order)).result()
    reminders = [row.seq for row in await hasty.all(EventRow, order) if row.event == "reminder"]
    mails = [(row.seq, row.recipient_id) for row in await hasty.all(NotificationRow, order) if row.seq in reminders]
    assert len(mails) == len(set(mails))
    assert {seq for seq, recipient in mails if recipient == factories.MANAGER} == set(reminders)


@TYPES
async def test_an_unanswered_question_expires(hasty: Stage, code: str, ahead: WorkflowEnvironment) -> None:
    with ahead.auto_time_skipping_disabled():
        order = await factories.place(hasty.database, factories.Placing(type=order_types_by_code()[code]))
        handle = await hasty.start(order)
        await hasty.until(order, Status.AWAITING_APPROVAL)
        question = InfoRequest(action_id=new_id(), actor=factories.person(), text="What for?")
        await hasty.tell(order, "request_info", question)
    assert (await handle.result()).status is Status.EXPIRED


async def test_where_both_managers_are_silent_a_telecom_admin_decides_for_them(
    hasty: Stage, ahead: WorkflowEnvironment
) -> None:
    assert (await (await spoken_for(hasty, ahead)).result()).status is Status.COMPLETED


async def test_to_whom_the_admin_hands_it_over_decides_for_both_too(hasty: Stage, ahead: WorkflowEnvironment) -> None:
    order, handle = await taken_further(hasty, ahead)
    to = Approver(person_id=factories.DIRECTOR, name="Director")
    handing = Reassignment(action_id=new_id(), actor=factories.person(factories.ADMIN), from_id=factories.ADMIN, to=to)
    await hasty.tell(order, "reassign", handing)
    await hasty.approve(order, factories.person(factories.DIRECTOR))
    assert (await handle.result()).status is Status.COMPLETED


async def test_who_does_not_activate_is_reminded_and_the_order_stays_open(
    hasty: Stage, ahead: WorkflowEnvironment
) -> None:
    order = await factories.place(hasty.database, factories.Placing(type=order_types_by_code()["NEW_SERVICE_DEVICE"]))
    await hasty.start(order)
    with ahead.auto_time_skipping_disabled():
        assert await hasty.carry(order, until=Status.AWAITING_ACTIVATION) is Status.AWAITING_ACTIVATION
    await ahead.sleep(20 * 24 * 3600)
    assert (await hasty.events(order)).count("activation_needed") == 3
    await hasty.news(order, ItemState.DONE)
    await hasty.until(order, Status.COMPLETED)
