"""Messages, carrier updates and failures that happen at the same time, or in an unexpected order."""

import asyncio
from typing import Any

import pytest
from temporalio.client import WorkflowFailureError, WorkflowUpdateFailedError
from temporalio.exceptions import ApplicationError

from carriers.base import CarrierOrder
from models.approval_plan import Approver
from models.db.locks.tables import LockRow
from models.db.session import new_id
from models.errors import CarrierUnavailable
from models.lifecycle import ItemState, Status
from models.order import CancelResult, Identifiers, Order
from models.order_messages import Cancellation, Decision, InfoRequest, OperatorAction, Reassignment
from tests import factories
from tests.workflows.scenarios import order_with_two_managers
from tests.workflows.workflow_env import ADMIN, REQUESTER, WorkflowEnv, rejects
from workflows.order_type_registry import order_type

NEW_LINE = order_type("NEW_SERVICE_DEVICE")
MESSAGES: dict[str, Any] = {
    "approve": Decision(action_id="a", actor=factories.actor()),
    "reject": Decision(action_id="r", actor=factories.actor(), comment="No."),
    "request_info": InfoRequest(action_id="q", actor=factories.actor(), text="Why?"),
    "cancel": Cancellation(action_id="c", actor=REQUESTER),
}


async def apply_started(env: WorkflowEnv) -> None:
    while not env.faults.runs["apply"]:
        await asyncio.sleep(0.02)


@pytest.mark.parametrize(
    ("first", "second", "end"),
    [
        ("approve", "cancel", Status.CANCELED),
        ("cancel", "approve", Status.WITHDRAWN),
        ("cancel", "reject", Status.WITHDRAWN),
        ("cancel", "request_info", Status.WITHDRAWN),
        ("reject", "cancel", Status.REJECTED),
    ],
)
async def test_a_decision_and_a_cancellation_can_arrive_together(
    env: WorkflowEnv, first: str, second: str, end: Status
) -> None:
    order = await env.start_new(NEW_LINE, until=Status.AWAITING_APPROVAL)
    await env.stop_workers()
    for name in (first, second):
        await env.signal(order, name, MESSAGES[name])
    await env.start_workers()
    assert (await env.wait_until_idle(order, after=(await env.row(order)).seq)) is not None
    await env.wait_for_status(order, end)
    assert await env.lines() == []


@pytest.mark.parametrize("status", [Status.AWAITING_APPROVAL, Status.INFO_REQUESTED])
async def test_stopping_the_workflow_before_approval_withdraws_the_order(env: WorkflowEnv, status: Status) -> None:
    order = await env.start_new(NEW_LINE, until=Status.AWAITING_APPROVAL)
    if status is Status.INFO_REQUESTED:
        await env.update(order, "request_info", MESSAGES["request_info"])
        await env.wait_for_status(order, status)
    handle = env.client.get_workflow_handle(order.workflow_id)
    await handle.cancel()
    async with asyncio.timeout(20):
        with pytest.raises(WorkflowFailureError):
            await handle.result()
    assert (await env.row(order)).status == Status.WITHDRAWN


@pytest.fixture
def slow_carrier(env: WorkflowEnv, monkeypatch: pytest.MonkeyPatch) -> tuple[asyncio.Event, asyncio.Event]:
    """Two events: the carrier is being sent an order; the test lets it accept the order."""
    sending, accepted = asyncio.Event(), asyncio.Event()
    submit = env.carrier.submit

    async def submit_slowly(work: CarrierOrder) -> str:
        sending.set()
        await accepted.wait()
        return await submit(work)

    monkeypatch.setattr(env.carrier, "submit", submit_slowly)
    return sending, accepted


@pytest.mark.parametrize("by_temporal", [False, True])
async def test_a_cancellation_during_sending_waits_for_the_carriers_answer(
    env: WorkflowEnv, slow_carrier: tuple[asyncio.Event, asyncio.Event], by_temporal: bool
) -> None:
    sending, accepted = slow_carrier
    order = await env.start_new(NEW_LINE, until=Status.AWAITING_APPROVAL)
    await env.approve(order)
    await sending.wait()
    if by_temporal:
        await env.client.get_workflow_handle(order.workflow_id).cancel()
    else:
        await env.cancel(order)
    await env.let_workflow_run()
    accepted.set()
    await env.wait_for_status(order, Status.CANCELED)
    assert len(env.carrier.canceled) == 1
    assert {line.status for line in await env.lines()} == {"void"}


async def test_an_item_that_is_declined_before_the_acceptance_is_known_is_released(
    env: WorkflowEnv, slow_carrier: tuple[asyncio.Event, asyncio.Event]
) -> None:
    sending, accepted = slow_carrier
    order = await env.start_new(NEW_LINE, until=Status.AWAITING_APPROVAL)
    await env.approve(order)
    await sending.wait()
    await env.carrier_update(order, ItemState.DECLINED, identifiers=Identifiers())
    await env.let_workflow_run()
    accepted.set()
    await env.wait_for_status(order, Status.VENDOR_REJECTED)
    assert {line.status for line in await env.lines()} == {"void"}


@pytest.mark.parametrize(("arrived", "canceled"), [(True, 1), (False, 0)])
async def test_an_order_whose_acceptance_was_lost_is_canceled_at_the_carrier(
    env: WorkflowEnv, monkeypatch: pytest.MonkeyPatch, arrived: bool, canceled: int
) -> None:
    submit = env.carrier.submit

    async def lose_answer(work: CarrierOrder) -> str:
        if arrived:
            await submit(work)
        raise ApplicationError("No answer.", type="UNKNOWN", non_retryable=True)

    monkeypatch.setattr(env.carrier, "submit", lose_answer)
    order = await env.start_new(NEW_LINE, until=Status.FAILED)
    await env.cancel(order)
    await env.wait_for_status(order, Status.CANCELED)
    assert len(env.carrier.canceled) == canceled


async def test_an_answer_is_sent_once_per_question_whatever_other_items_do(env: WorkflowEnv) -> None:
    order = await env.start_new(NEW_LINE, items=2, until=Status.IN_FULFILLMENT)
    for item in (1, 2):
        await env.carrier_update(
            order, ItemState.INFO_REQUIRED, item=item, identifiers=Identifiers(), needs=("serviceZip",)
        )
    await env.wait_for_status(order, Status.VENDOR_INFO_REQUIRED)
    for text in ("one", "two"):
        before = (await env.row(order)).seq
        await env.provide_info(order, text)
        await env.wait_until_idle(order, after=before)
        await env.let_workflow_run()
        await env.carrier_update(order, ItemState.SHIPPED, ItemState.AWAITING_ACTIVATION, item=1)
    await env.let_workflow_run()
    assert [provided.note for provided in env.carrier.provided] == ["one", "two"]


async def test_completing_a_failed_activation_manually_affects_that_item_only(env: WorkflowEnv) -> None:
    order = await env.start_new(NEW_LINE, items=2, until=Status.IN_FULFILLMENT)
    await env.carrier_update(order, ItemState.SHIPPED, ItemState.AWAITING_ACTIVATION, item=1)
    await env.wait_for_status(order, Status.AWAITING_ACTIVATION)
    env.faults.broken = {"activate"}
    await env.activate(order)
    await env.wait_for_status(order, Status.FAILED)
    await env.complete_manually(order, "4711")
    await env.wait_for_status(order, Status.IN_FULFILLMENT)
    await env.wait_for_line_statuses("active", "pending")


async def test_updates_with_a_state_that_carriers_do_not_report_are_ignored(env: WorkflowEnv) -> None:
    order = await env.start_new(NEW_LINE, until=Status.IN_FULFILLMENT)
    for state in (ItemState.FAILED, ItemState.PENDING):
        await env.carrier_update(order, state, identifiers=Identifiers())
    assert await env.advance(order) is Status.COMPLETED


async def test_an_approval_can_be_reassigned_and_reassigned_back(env: WorkflowEnv) -> None:
    order = await env.start_new(NEW_LINE, until=Status.AWAITING_APPROVAL)
    for giver, taker in ((factories.MANAGER, factories.DIRECTOR), (factories.DIRECTOR, factories.MANAGER)):
        to = Approver(person_id=taker, name="T")
        before = (await env.row(order)).seq
        await env.update(
            order, "reassign", Reassignment(action_id=new_id(), actor=factories.actor(giver), from_id=giver, to=to)
        )
        await env.wait_until_idle(order, after=before)
    assert await env.pending_approvers(order) == [factories.MANAGER]


@pytest.mark.fault("12")
async def test_an_approval_is_not_reassigned_to_who_has_it_or_has_approved(env: WorkflowEnv) -> None:
    order = await order_with_two_managers(env, order_type("LINE_REASSIGN"))
    await env.start(order)
    await env.wait_for_status(order, Status.AWAITING_APPROVAL)
    first, second = await env.pending_approvers(order)
    before = (await env.row(order)).seq
    await env.approve(order, factories.actor(first))
    await env.wait_until_idle(order, after=before)
    for to, says in ((second, "already has the request"), (first, "already approved")):
        approver = Approver(person_id=to, name="T")
        message = Reassignment(action_id=new_id(), actor=ADMIN, from_id=second, to=approver, reason="Away.")
        with rejects("INVALID_REQUEST", says):
            await env.update(order, "reassign", message)
    assert await env.pending_approvers(order) == [second]


async def test_a_late_message_does_not_reopen_the_order(env: WorkflowEnv) -> None:
    order = await env.start_new(NEW_LINE, until=Status.AWAITING_ACTIVATION)
    env.faults.slow = {"apply": 1.0}
    await env.carrier_update(order, ItemState.DONE)
    await apply_started(env)
    await env.signal(order, "approve", MESSAGES["approve"])
    await env.client.get_workflow_handle(order.workflow_id).result()
    row = await env.row(order)
    assert (row.status, row.closed_at is not None) == (Status.COMPLETED, True)


async def test_a_cancellation_while_the_order_completes_is_rejected(env: WorkflowEnv) -> None:
    order = await env.start_new(NEW_LINE, until=Status.IN_FULFILLMENT)
    env.faults.slow = {"apply": 1.0}
    await env.carrier_update(order, ItemState.DONE)
    await apply_started(env)
    with pytest.raises(WorkflowUpdateFailedError):
        await env.cancel(order)
    await env.client.get_workflow_handle(order.workflow_id).result()
    assert (await env.row(order)).status == Status.COMPLETED


async def test_one_retry_repairs_several_failures(env: WorkflowEnv) -> None:
    order = await env.start_new(NEW_LINE, items=2, until=Status.IN_FULFILLMENT)
    env.faults.broken, env.faults.slow = {"apply", "provide_info"}, {"provide_info": 1.0}
    await env.carrier_update(order, ItemState.INFO_REQUIRED, item=1, identifiers=Identifiers())
    await env.wait_for_status(order, Status.VENDOR_INFO_REQUIRED)
    await env.provide_info(order, "Here it is.")
    await env.carrier_update(order, ItemState.DONE, item=2)
    while (await env.events(order)).count("failed") < 2:
        await asyncio.sleep(0.02)
    env.faults.broken.clear()
    env.faults.slow = {"apply": 1.0}
    await env.retry(order)
    await env.wait_for_status(order, Status.VENDOR_INFO_REQUIRED)
    await env.carrier_update(order, ItemState.DONE, item=1)
    await env.wait_for_status(order, Status.COMPLETED)


@pytest.mark.parametrize("action", ["retry", "cancel"])
async def test_a_choice_on_a_task_that_is_settled_is_rejected(env: WorkflowEnv, action: str) -> None:
    """The step has failed again meanwhile, which is another task: the first one was not settled by someone else."""
    env.faults.broken = {"place"}
    order = await env.start_new(NEW_LINE, until=Status.FAILED)
    first = (await env.row(order)).seq
    retry = OperatorAction(action_id=new_id(), actor=factories.actor(factories.ADMIN), task=first)
    await env.update(order, "retry", retry)
    while (await env.events(order)).count("failed") < 2:
        await asyncio.sleep(0.02)
    stale: Any = Cancellation if action == "cancel" else OperatorAction
    with rejects("ALREADY_DECIDED", "This task is no longer current."):
        await env.update(order, action, stale(action_id=new_id(), actor=REQUESTER, task=first))
    await env.update(order, action, stale(action_id=new_id(), actor=REQUESTER, task=(await env.row(order)).seq))


async def failed_activation(env: WorkflowEnv) -> Order:
    """An order whose activation failed, and would succeed now."""
    order = await env.start_new(NEW_LINE, until=Status.AWAITING_ACTIVATION)
    env.faults.broken = {"activate"}
    await env.activate(order)
    await env.wait_for_status(order, Status.FAILED)
    env.faults.broken.clear()
    return order


async def test_carrier_updates_reach_a_failed_item(env: WorkflowEnv) -> None:
    order = await failed_activation(env)
    await env.carrier_update(order, ItemState.DECLINED, identifiers=Identifiers(), detail="No such device.")
    await env.let_workflow_run()
    await env.retry(order)
    await env.wait_for_status(order, Status.VENDOR_REJECTED)


async def test_a_failed_item_does_not_end_a_cancellation_at_the_carrier(env: WorkflowEnv) -> None:
    env.carrier.cancel_answer = CancelResult.ASSESSING
    order = await env.start_new(NEW_LINE, items=2, until=Status.IN_FULFILLMENT)
    env.faults.broken = {"apply"}
    await env.cancel(order)
    await env.wait_for_status(order, Status.CANCEL_REQUESTED)
    await env.carrier_update(order, ItemState.DONE, item=1)
    await env.wait_for_status(order, Status.FAILED)
    env.faults.broken.clear()
    await env.retry(order)
    await env.wait_for_status(order, Status.CANCEL_REQUESTED)
    await env.carrier_update(order, ItemState.CANCELED, item=2, identifiers=Identifiers())
    await env.wait_for_status(order, Status.PARTIALLY_FULFILLED)
    assert sorted(line.status for line in await env.lines()) == ["active", "void"]
    assert await env.rows(LockRow, order) == []


async def test_an_order_whose_compensation_failed_cannot_be_canceled(env: WorkflowEnv) -> None:
    order = await env.start_new(NEW_LINE, items=2, until=Status.IN_FULFILLMENT)
    env.faults.broken = {"undo"}
    await env.carrier_update(order, ItemState.DECLINED, item=1, identifiers=Identifiers())
    await env.wait_for_status(order, Status.FAILED)
    with pytest.raises(WorkflowUpdateFailedError):
        await env.cancel(order)


async def test_canceling_releases_a_rejected_item_whose_compensation_had_failed(env: WorkflowEnv) -> None:
    order = await env.start_new(NEW_LINE, items=2, until=Status.IN_FULFILLMENT)
    env.faults.broken = {"undo", "apply"}
    await env.carrier_update(order, ItemState.DECLINED, item=1, identifiers=Identifiers())
    await env.wait_for_status(order, Status.FAILED)
    await env.carrier_update(order, ItemState.DONE, item=2)
    await env.let_workflow_run()
    env.faults.broken.clear()
    await env.cancel(order)
    await env.wait_for_status(order, Status.CANCELED)
    assert {line.status for line in await env.lines()} == {"void"}


async def test_a_ruling_whose_result_was_lost_is_read_again_on_retry(env: WorkflowEnv) -> None:
    env.faults.lost = {"rule"}
    order = await env.start_new(NEW_LINE)
    await env.wait_for_status(order, Status.FAILED)
    env.faults.lost.clear()
    await env.retry(order)
    await env.wait_for_status(order, Status.AWAITING_APPROVAL)
    assert await env.pending_approvers(order) == [factories.MANAGER]
    assert await env.advance(order) is Status.COMPLETED


async def test_a_retry_is_recorded_before_the_carrier_answers(env: WorkflowEnv) -> None:
    order = await failed_activation(env)
    env.carrier.fails["activate"] = [CarrierUnavailable("Maintenance.", retry_after_seconds=30)]
    await env.retry(order)
    await env.wait_for_status(order, Status.AWAITING_ACTIVATION)
