from datetime import timedelta

import pytest
from temporalio.client import WorkflowUpdateFailedError

from models.db.approvals.tables import ApprovalRow
from models.db.inventory.tables import DeviceRow, LineRow
from models.db.orders.tables import ItemRow
from models.db.session import new_id, utc_now
from models.effect import find_effect
from models.lifecycle import Status
from models.order_messages import Rescheduling
from models.order_type import Aspect, CancelWindow, Family, FrozenType, Milestone, Subject
from models.question import Answerer, Asked, AskedAt, Source
from models.step import Apply, Approve, Rule, Schedule
from tests import factories
from tests.workflows.scenarios import order_with_two_managers
from tests.workflows.workflow_env import REQUESTER, WorkflowEnv
from workflows.order_types.line_reassign import LineReassign

TYPE = LineReassign.order_type

# What an order keeps, as it was when its golden input was recorded.
FROZEN = FrozenType(
    code="LINE_REASSIGN",
    edition=1,
    family=Family.MODIFY,
    subject=Subject.LINE,
    questions=(
        Asked("line", by=Source.PERSON, at=AskedAt.SUBMIT, who=Answerer.REQUESTER),
        Asked("device_moves", by=Source.POLICY, at=AskedAt.SUBMIT, who=Answerer.REQUESTER),
        Asked("charge_move", by=Source.POLICY, at=AskedAt.SUBMIT, who=Answerer.REQUESTER),
        Asked("use_policy", by=Source.PERSON, at=AskedAt.SUBMIT, who=Answerer.BENEFICIARY),
    ),
    checks=(
        "requester_may_order",
        "beneficiary_active",
        "line_in_use",
        "lines_together",
        "new_holder",
        "line_allowance",
        "cost_center_valid",
        "effective_date_in_range",
    ),
    steps=(Rule(), Approve(), Schedule(), Apply()),
    effect="reassign_line",
    touches=(Aspect.HOLDER, Aspect.DEVICE),
    approval="BOTH_MANAGERS",
    cancel_window=CancelWindow(Milestone.APPROVED, days_before_start=0),
    step_up=False,
    multi_line=True,
)


def test_the_line_and_the_consent_must_be_answered() -> None:
    assert [asked.code for asked in TYPE.required()] == ["line", "use_policy"]


@pytest.mark.row("A-34")
def test_the_carrier_is_not_involved_and_nothing_is_reserved() -> None:
    assert not TYPE.with_carrier
    assert TYPE.touches == (Aspect.HOLDER, Aspect.DEVICE)
    assert find_effect(TYPE.effect).reservation is None


def test_it_can_be_canceled_until_it_is_approved() -> None:
    assert TYPE.cancel_window.until is Milestone.APPROVED


async def reassigned(env: WorkflowEnv, **answers: bool) -> tuple[LineRow, DeviceRow]:
    """A line and its device after the line was reassigned with these answers."""
    order = await factories.create_order(env.database, factories.OrderSpec(type=TYPE))
    async with env.database.transaction() as session:
        item = await session.get_one(ItemRow, (factories.TENANT, order.id, order.items[0].id))
        item.answers = {**item.answers, **answers}
    await env.start(order)
    assert await env.advance(order) is Status.COMPLETED
    async with env.database.transaction() as session:
        line = await session.get_one(LineRow, (factories.TENANT, order.items[0].line_id))
        return line, await session.get_one(DeviceRow, (factories.TENANT, line.id))


async def test_the_device_moves_with_the_line(env: WorkflowEnv) -> None:
    line, device = await reassigned(env)
    assert (line.person_id, line.cost_center, line.status) == (factories.REQUESTER, "CC-1", "active")
    assert (line.device_id, device.person_id, device.status) == (device.id, factories.REQUESTER, "active")
    assert env.carrier.submissions == 0


async def test_a_device_that_does_not_move_returns_to_stock(env: WorkflowEnv) -> None:
    line, device = await reassigned(env, device_moves=False)
    assert (line.person_id, line.device_id) == (factories.REQUESTER, None)
    assert (device.person_id, device.status) == (None, "in_stock")


async def test_both_managers_must_approve(env: WorkflowEnv) -> None:
    order = await order_with_two_managers(env, TYPE)
    await env.start(order)
    await env.wait_for_status(order, Status.AWAITING_APPROVAL)
    assert sorted(await env.pending_approvers(order)) == sorted([factories.MANAGER, factories.CHIEF])
    await env.approve(order, factories.actor(factories.CHIEF))
    await env.let_workflow_run()
    assert (await env.row(order)).status == Status.AWAITING_APPROVAL
    await env.approve(order, factories.actor(factories.MANAGER))
    await env.wait_for_status(order, Status.COMPLETED)
    assert {row.state for row in await env.rows(ApprovalRow, order)} == {"approved"}


async def test_an_approved_order_can_be_rescheduled_but_not_canceled(env: WorkflowEnv) -> None:
    order = await env.start_new(TYPE, effective_at=utc_now() + timedelta(days=9), until=Status.SCHEDULED)
    with pytest.raises(WorkflowUpdateFailedError) as rejected:
        await env.cancel(order)
    assert "You can't cancel this order once it's approved. Reschedule it instead." in str(rejected.value.cause)
    soon = Rescheduling(action_id=new_id(), actor=REQUESTER, effective_at=utc_now() + timedelta(seconds=1))
    await env.update(order, "reschedule", soon)
    await env.wait_for_status(order, Status.COMPLETED)
