from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from temporalio.client import WorkflowUpdateFailedError

from models.db.approvals.tables import ApprovalRow
from models.db.catalog.tables import PriceRow, ProductRow
from models.db.inventory.tables import DeviceRow, LineRow
from models.db.notifications.tables import NotificationRow
from models.db.orders.tables import ItemRow
from models.db.session import new_id, utc_now
from models.effect import find_effect
from models.holder import NOBODY, Holder
from models.lifecycle import ItemState, Status
from models.order_messages import Rescheduling
from models.order_type import Aspect, CancelWindow, Family, FrozenType, Milestone, Subject
from models.question import Answerer, Asked, AskedAt, Source
from models.step import Apply, Approve, Rule, Schedule
from tests import factories
from tests.workflows.scenarios import order_with_two_managers
from tests.workflows.workflow_env import REQUESTER, WorkflowEnv
from workflows.order_types.line_reassign import LineReassign

TYPE = LineReassign.order_type
SPARE = {"assign_to": "nobody", "spare_device": "stock"}

# What an order keeps, as it was when its golden input was recorded.
FROZEN = FrozenType(
    code="LINE_REASSIGN",
    edition=1,
    family=Family.MODIFY,
    subject=Subject.LINE,
    questions=(
        Asked("line", by=Source.PERSON, at=AskedAt.SUBMIT, who=Answerer.REQUESTER),
        Asked("assign_to", by=Source.POLICY, at=AskedAt.SUBMIT, who=Answerer.REQUESTER),
        Asked("present_holder", by=Source.LINE, at=AskedAt.NEVER, who=Answerer.REQUESTER),
        Asked("device_moves", by=Source.POLICY, at=AskedAt.SUBMIT, who=Answerer.REQUESTER),
        Asked("spare_device", by=Source.CHECK, at=AskedAt.SUBMIT, who=Answerer.REQUESTER),
        Asked("remove_features", by=Source.LINE, at=AskedAt.NEVER, who=Answerer.REQUESTER),
        Asked("features_end", by=Source.POLICY, at=AskedAt.NEVER, who=Answerer.REQUESTER),
        Asked("charge_move", by=Source.POLICY, at=AskedAt.SUBMIT, who=Answerer.REQUESTER),
        Asked("use_policy", by=Source.PERSON, at=AskedAt.SUBMIT, who=Answerer.BENEFICIARY),
    ),
    checks=(
        "requester_may_order",
        "beneficiary_active",
        "line_in_use",
        "lines_together",
        "billed_by_carrier",
        "new_holder",
        "spare_line_settled",
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


async def test_a_spare_line_has_no_user_and_keeps_its_number_and_plan(env: WorkflowEnv) -> None:
    order = await env.start_new(TYPE, answers=SPARE, until=Status.COMPLETED)
    (line,) = await env.lines()
    async with env.database.transaction() as session:
        device = await session.get_one(DeviceRow, (factories.TENANT, line.id))
    assert (line.holder, line.status, line.device_id) == (NOBODY, "active", None)
    assert (device.holder, device.status) == (NOBODY, "in_stock")
    assert (await env.row(order)).beneficiary == NOBODY
    assert (await env.row(order)).title.endswith("to the spare pool")
    assert env.carrier.submissions == 0


async def test_the_device_can_stay_on_a_spare_line(env: WorkflowEnv) -> None:
    await env.start_new(TYPE, answers={**SPARE, "spare_device": "on_line"}, until=Status.COMPLETED)
    (line,) = await env.lines()
    async with env.database.transaction() as session:
        device = await session.get_one(DeviceRow, (factories.TENANT, line.id))
    assert (line.device_id, device.holder, device.status) == (line.id, NOBODY, "active")


async def test_the_carrier_removes_paid_features_before_the_line_is_spare(env: WorkflowEnv) -> None:
    roaming: dict[str, Any] = {"kind": "feature", "name": "Roaming", "carrier": factories.CARRIER}
    async with env.database.transaction() as session:
        price: dict[str, Any] = {
            "tenant": factories.TENANT,
            "sku": "ROAM",
            "one_time": Decimal(0),
            "monthly": Decimal(12),
        }
        await session.insert(ProductRow(**price, **roaming))
        session.add(PriceRow(account_id=factories.ACCOUNT, **price))
        line_id = await factories.create_line(session, Holder.of(person_id=factories.HOLDER), features=["ROAM"])
    answers = {**SPARE, "features_end": True}
    order = await env.start_new(TYPE, answers=answers, line_ids=(line_id,), until=Status.IN_FULFILLMENT)
    (sent,) = env.carrier.orders.values()
    assert (sent.items[0].action, sent.items[0].changes["remove_features"]) == ("change_features", ["ROAM"])
    assert [line.features for line in await env.lines()] == [["ROAM"]]
    await env.carrier_update(order, ItemState.DONE)
    await env.wait_for_status(order, Status.COMPLETED)
    (line,) = await env.lines()
    assert (line.features, line.holder, line.plan) == ([], NOBODY, factories.PRESENT_PLAN)


async def test_a_site_gets_the_line_and_its_contact_the_emails(env: WorkflowEnv) -> None:
    order = await env.start_new(TYPE, beneficiary=factories.SITE, until=Status.COMPLETED)
    (line,) = await env.lines()
    assert (line.holder, (await env.row(order)).beneficiary) == (factories.SITE, factories.SITE)
    told = {row.recipient_id for row in await env.rows(NotificationRow, order) if row.event == "completed"}
    assert factories.HOLDER in told


async def test_the_present_user_s_manager_is_asked_about_a_spare_line(env: WorkflowEnv) -> None:
    order = await env.start_new(TYPE, answers=SPARE, until=Status.AWAITING_APPROVAL)
    # The user's manager has ordered it, so the next one above is asked.
    assert await env.pending_approvers(order) == [factories.MANAGER]
