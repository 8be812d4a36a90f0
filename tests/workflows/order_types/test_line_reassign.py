"""Line reassignment: what only this type does."""

from datetime import timedelta

import pytest
from temporalio.client import WorkflowUpdateFailedError

from models.db.approvals.tables import ApprovalRow
from models.db.inventory.tables import DeviceRow, LineRow
from models.db.orders.tables import ItemRow
from models.db.session import new_id, utc_now
from models.inventory import EFFECTS
from models.lifecycle import Status
from models.order import Rescheduling
from models.order_type import Aspect, Milestone
from tests import factories
from tests.workflows.scenarios import between_departments
from tests.workflows.workflow_env import Stage
from workflows.order_types.line_reassign import LineReassign

TYPE = LineReassign.order_type


def test_the_line_and_the_consent_must_be_typed() -> None:
    assert [ask.value for ask in TYPE.typed()] == ["line", "use_policy"]


def test_no_carrier_takes_part_and_nothing_is_reserved() -> None:
    assert TYPE.carrier_action is None
    assert TYPE.touches == (Aspect.HOLDER, Aspect.DEVICE)
    assert EFFECTS[TYPE.effect].reservation is None


def test_it_can_be_canceled_till_it_is_approved() -> None:
    assert TYPE.cancellable_until is Milestone.APPROVED


async def handed_over(stage: Stage, **answers: bool) -> tuple[LineRow, DeviceRow]:
    """A line and its device after they changed hands, with these answers."""
    order = await factories.place(stage.database, factories.Placing(type=TYPE))
    async with stage.database.transaction() as session:
        item = await session.get_one(ItemRow, (factories.TENANT, order.id, order.items[0].id))
        item.answers = {**item.answers, **answers}
    await stage.start(order)
    assert await stage.carry(order) is Status.COMPLETED
    async with stage.database.transaction() as session:
        line = await session.get_one(LineRow, (factories.TENANT, order.items[0].line_id))
        return line, await session.get_one(DeviceRow, (factories.TENANT, line.id))


async def test_approval_completes_it_and_the_device_moves_along(stage: Stage) -> None:
    line, device = await handed_over(stage)
    assert (line.person_id, line.cost_center, line.status) == (factories.REQUESTER, "CC-1", "active")
    assert (line.device_id, device.person_id, device.status) == (device.id, factories.REQUESTER, "active")
    assert stage.carrier.submissions == 0


async def test_a_device_that_does_not_move_goes_back_to_stock(stage: Stage) -> None:
    line, device = await handed_over(stage, device_moves=False)
    assert (line.person_id, line.device_id) == (factories.REQUESTER, None)
    assert (device.person_id, device.status) == (None, "in_stock")


async def test_both_managers_must_approve(stage: Stage) -> None:
    order = await between_departments(stage, TYPE)
    await stage.start(order)
    await stage.until(order, Status.AWAITING_APPROVAL)
    assert sorted(await stage.pending(order)) == sorted([factories.MANAGER, factories.CHIEF])
    await stage.approve(order, factories.person(factories.CHIEF))
    await stage.settle()
    assert (await stage.row(order)).status == Status.AWAITING_APPROVAL
    await stage.approve(order, factories.person(factories.MANAGER))
    await stage.until(order, Status.COMPLETED)
    assert {row.state for row in await stage.all(ApprovalRow, order)} == {"approved"}


async def test_once_it_is_approved_it_may_be_moved_to_another_day_and_not_be_canceled(stage: Stage) -> None:
    later = utc_now() + timedelta(days=9)
    order = await factories.place(stage.database, factories.Placing(type=TYPE, effective_at=later))
    await stage.start(order)
    await stage.carry(order, until=Status.SCHEDULED)
    with pytest.raises(WorkflowUpdateFailedError) as refused:
        await stage.cancel(order)
    assert "moved to another day" in str(refused.value.cause)
    moved = Rescheduling(
        action_id=new_id(), actor=factories.person(factories.REQUESTER), effective_at=utc_now() + timedelta(seconds=1)
    )
    await stage.tell(order, "reschedule", moved)
    await stage.until(order, Status.COMPLETED)
