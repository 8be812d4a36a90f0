"""What waits for the decision of someone who leaves is asked of their successor, unless it is an order of theirs."""

import pytest

from models.db.outbox.tables import OutboxRow
from models.db.people.tables import PersonRow
from models.holder import Holder
from models.lifecycle import Status
from models.order import Order
from outbox.approver_monitor import ApproverMonitor
from tests import factories
from tests.field.changing_company import change
from tests.workflows.workflow_env import WorkflowEnv
from workflows.order_type_registry import order_type

PHONE = order_type("NEW_SERVICE_DEVICE")


async def _leaves(env: WorkflowEnv, order: Order, successor: str) -> None:
    """The access of MANAGER has ended, and the monitor asks someone else."""
    await change(env, PersonRow, "id", factories.MANAGER, active=False, successor_id=successor)
    for _ in range(2):
        await ApproverMonitor(env.database).run_once()
    for message in await env.rows(OutboxRow, order):
        assert await env.deliver(message.id) == "done"


@pytest.mark.fault("27")
async def test_the_successor_is_asked_before_whom_the_plan_names(env: WorkflowEnv) -> None:
    order = await env.start_new(PHONE, until=Status.AWAITING_APPROVAL)
    await _leaves(env, order, factories.CHIEF)
    await env.until(order, lambda: env.pending_approvers(order), lambda who: who == [factories.CHIEF])
    await env.approve(order, factories.actor(factories.CHIEF))
    await env.wait_for_status(order, Status.IN_FULFILLMENT)


@pytest.mark.fault("45")
@pytest.mark.parametrize("successor", [factories.REQUESTER, factories.HOLDER], ids=["requester", "beneficiary"])
async def test_a_successor_is_not_asked_about_their_own_order(env: WorkflowEnv, successor: str) -> None:
    holder = Holder.of(person_id=factories.HOLDER)
    order = await env.start_new(PHONE, until=Status.AWAITING_APPROVAL, beneficiary=holder)
    assert await env.pending_approvers(order) == [factories.MANAGER]
    await _leaves(env, order, successor)
    await env.until(order, lambda: env.pending_approvers(order), lambda who: who == [factories.DIRECTOR])


@pytest.mark.fault("27")
async def test_a_successor_who_has_left_is_not_asked(env: WorkflowEnv) -> None:
    order = await env.start_new(PHONE, until=Status.AWAITING_APPROVAL)
    await change(env, PersonRow, "id", factories.CHIEF, active=False)
    await _leaves(env, order, factories.CHIEF)
    await env.until(order, lambda: env.pending_approvers(order), lambda who: who == [factories.DIRECTOR])
