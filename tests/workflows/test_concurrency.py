"""What happens when several things happen to an order at once, or in an order nobody expected."""

import asyncio
from typing import Any

import pytest
from temporalio.client import WorkflowFailureError, WorkflowUpdateFailedError
from temporalio.exceptions import ApplicationError

from carriers.base import CarrierOrder, SubmitResult
from models.db.inventory.tables import LineLockRow
from models.db.session import new_id
from models.errors import CarrierUnavailable
from models.lifecycle import ItemState, Status
from models.order import (
    Activation,
    Approver,
    CancelAnswer,
    Cancellation,
    Decision,
    Identifiers,
    InfoRequest,
    InfoResponse,
    OperatorAction,
    Order,
    Reassignment,
)
from tests import factories
from tests.workflows.workflow_env import Stage
from workflows.order_type_registry import order_type

NEW_LINE = order_type("NEW_SERVICE_DEVICE")
SAID: dict[str, Any] = {
    "approve": Decision(action_id="a", actor=factories.person()),
    "reject": Decision(action_id="r", actor=factories.person(), comment="No."),
    "request_info": InfoRequest(action_id="q", actor=factories.person(), text="Why?"),
    "cancel": Cancellation(action_id="c", actor=factories.person(factories.REQUESTER)),
}


async def placed(stage: Stage, *, until: Status | None = None, **differs: Any) -> Order:
    order = await factories.place(stage.database, factories.Placing(type=NEW_LINE, **differs))
    await stage.start(order)
    if until is not None:
        assert await stage.carry(order, until=until) is until
    return order


@pytest.mark.parametrize(
    ("first", "then", "end"),
    [
        ("approve", "cancel", Status.CANCELED),
        ("cancel", "approve", Status.WITHDRAWN),
        ("cancel", "reject", Status.WITHDRAWN),
        ("cancel", "request_info", Status.WITHDRAWN),
        ("reject", "cancel", Status.REJECTED),
    ],
)
async def test_a_decision_and_a_cancellation_may_meet(stage: Stage, first: str, then: str, end: Status) -> None:
    order = await placed(stage, until=Status.AWAITING_APPROVAL)
    await stage.stack.aclose()
    for name in (first, then):
        await stage.signal(order, name, SAID[name])
    await stage.hire()
    assert (await stage.settled(order, seen=(await stage.row(order)).seq)) is not None
    await stage.until(order, end)
    assert await stage.lines() == []


@pytest.mark.parametrize("status", [Status.AWAITING_APPROVAL, Status.INFO_REQUESTED])
async def test_stopping_the_workflow_before_approval_withdraws(stage: Stage, status: Status) -> None:
    order = await placed(stage, until=Status.AWAITING_APPROVAL)
    if status is Status.INFO_REQUESTED:
        await stage.tell(order, "request_info", SAID["request_info"])
        await stage.until(order, status)
    handle = stage.client.get_workflow_handle(order.workflow_id)
    await handle.cancel()
    async with asyncio.timeout(20):
        with pytest.raises(WorkflowFailureError):
            await handle.result()
    assert (await stage.row(order)).status == Status.WITHDRAWN


@pytest.fixture
def slowly(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> tuple[asyncio.Event, asyncio.Event]:
    """Two moments: the carrier is being sent an order; it may take it."""
    sending, answered = asyncio.Event(), asyncio.Event()
    submit = stage.carrier.submit

    async def wait(work: CarrierOrder) -> SubmitResult:
        sending.set()
        await answered.wait()
        return await submit(work)

    monkeypatch.setattr(stage.carrier, "submit", wait)
    return sending, answered


@pytest.mark.parametrize("natively", [False, True])
async def test_a_cancellation_while_sending_waits_for_the_carriers_word(
    stage: Stage, slowly: tuple[asyncio.Event, asyncio.Event], natively: bool
) -> None:
    sending, answered = slowly
    order = await placed(stage, until=Status.AWAITING_APPROVAL)
    await stage.approve(order)
    await sending.wait()
    if natively:
        await stage.client.get_workflow_handle(order.workflow_id).cancel()
    else:
        await stage.cancel(order)
    await stage.settle()
    answered.set()
    await stage.until(order, Status.CANCELED)
    assert len(stage.carrier.canceled) == 1
    assert {line.status for line in await stage.lines()} == {"void"}


@pytest.mark.parametrize(("arrived", "canceled"), [(True, 1), (False, 0)])
async def test_what_a_carrier_took_without_our_hearing_of_it_is_cancelled(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, arrived: bool, canceled: int
) -> None:
    submit = stage.carrier.submit

    async def silently(work: CarrierOrder) -> SubmitResult:
        if arrived:
            await submit(work)
        raise ApplicationError("No answer.", type="UNKNOWN", non_retryable=True)

    monkeypatch.setattr(stage.carrier, "submit", silently)
    order = await placed(stage, until=Status.FAILED)
    await stage.cancel(order)
    await stage.until(order, Status.CANCELED)
    assert len(stage.carrier.canceled) == canceled


async def test_an_answer_for_one_item_leaves_the_others_where_they_are(stage: Stage) -> None:
    order = await placed(stage, items=2, until=Status.IN_FULFILLMENT)
    nothing = Identifiers()
    for item in (1, 2):
        await stage.news(order, ItemState.INFO_REQUIRED, item=item, identifiers=nothing, needs=("serviceZip",))
    await stage.until(order, Status.VENDOR_INFO_REQUIRED)
    for text in ("one", "two"):
        seen = (await stage.row(order)).seq
        await stage.tell(
            order,
            "provide_info",
            InfoResponse(action_id=new_id(), actor=factories.person(factories.REQUESTER), text=text),
        )
        await stage.settled(order, seen=seen)
        await stage.settle()
        await stage.news(order, ItemState.SHIPPED, ItemState.AWAITING_ACTIVATION, item=1)
    await stage.settle()
    assert stage.carrier.provided == [{"note": "one"}, {"note": "two"}]


async def test_what_one_item_needs_done_by_hand_is_done_for_that_item_only(stage: Stage) -> None:
    order = await placed(stage, items=2, until=Status.IN_FULFILLMENT)
    await stage.news(order, ItemState.SHIPPED, ItemState.AWAITING_ACTIVATION, item=1)
    await stage.until(order, Status.AWAITING_ACTIVATION)
    stage.saboteur.broken = {"activate"}
    activation = Activation(action_id=new_id(), actor=factories.person(factories.REQUESTER), item_id=order.items[0].id)
    await stage.tell(order, "activate", activation)
    await stage.until(order, Status.FAILED)
    await stage.tell(
        order,
        "complete_manually",
        OperatorAction(action_id="h", actor=factories.person(factories.ADMIN), evidence="4711"),
    )
    await stage.until(order, Status.IN_FULFILLMENT)
    await stage.settle()
    assert sorted(line.status for line in await stage.lines()) == ["active", "pending"]


async def test_news_of_a_state_we_do_not_use_is_no_news(stage: Stage) -> None:
    order = await placed(stage, until=Status.IN_FULFILLMENT)
    for state in (ItemState.FAILED, ItemState.PENDING):
        await stage.news(order, state, identifiers=Identifiers())
    assert await stage.carry(order) is Status.COMPLETED


async def test_a_request_can_be_handed_over_and_back(stage: Stage) -> None:
    order = await placed(stage, until=Status.AWAITING_APPROVAL)
    for giver, taker in ((factories.MANAGER, factories.DIRECTOR), (factories.DIRECTOR, factories.MANAGER)):
        to = Approver(person_id=taker, name="T")
        seen = (await stage.row(order)).seq
        await stage.tell(
            order, "reassign", Reassignment(action_id=new_id(), actor=factories.person(giver), from_id=giver, to=to)
        )
        await stage.settled(order, seen=seen)
    assert await stage.pending(order) == [factories.MANAGER]


async def test_a_word_too_late_does_not_reopen_the_order(stage: Stage) -> None:
    order = await placed(stage, until=Status.AWAITING_ACTIVATION)
    stage.saboteur.slow = {"apply": 1.0}
    await stage.news(order, ItemState.DONE)
    while not stage.saboteur.runs["apply"]:
        await asyncio.sleep(0.02)
    await stage.signal(order, "approve", SAID["approve"])
    handle = stage.client.get_workflow_handle(order.workflow_id)
    await handle.result()
    row = await stage.row(order)
    assert (row.status, row.closed_at is not None) == (Status.COMPLETED, True)


async def test_a_cancellation_that_meets_the_end_is_refused(stage: Stage) -> None:
    order = await placed(stage, until=Status.IN_FULFILLMENT)
    stage.saboteur.slow = {"apply": 1.0}
    await stage.news(order, ItemState.DONE)
    while not stage.saboteur.runs["apply"]:
        await asyncio.sleep(0.02)
    with pytest.raises(WorkflowUpdateFailedError):
        await stage.cancel(order)
    handle = stage.client.get_workflow_handle(order.workflow_id)
    await handle.result()
    assert (await stage.row(order)).status == Status.COMPLETED


async def test_each_of_several_failures_is_repaired(stage: Stage) -> None:
    order = await placed(stage, items=2, until=Status.IN_FULFILLMENT)
    stage.saboteur.broken, stage.saboteur.slow = {"apply", "correct"}, {"correct": 1.0}
    await stage.news(order, ItemState.INFO_REQUIRED, item=1, identifiers=Identifiers())
    await stage.until(order, Status.VENDOR_INFO_REQUIRED)
    await stage.tell(
        order, "provide_info", InfoResponse(action_id="i", actor=factories.person(factories.REQUESTER), text="So.")
    )
    await stage.news(order, ItemState.DONE, item=2)
    while (await stage.events(order)).count("failed") < 2:
        await asyncio.sleep(0.02)
    stage.saboteur.broken.clear()
    stage.saboteur.slow = {"apply": 1.0}
    await stage.tell(order, "retry", OperatorAction(action_id=new_id(), actor=factories.person(factories.ADMIN)))
    await stage.until(order, Status.VENDOR_INFO_REQUIRED)
    await stage.news(order, ItemState.DONE, item=1)
    await stage.until(order, Status.COMPLETED)


async def test_a_failed_item_still_hears_the_carrier(stage: Stage) -> None:
    order = await placed(stage, until=Status.AWAITING_ACTIVATION)
    stage.saboteur.broken = {"activate"}
    activation = Activation(action_id=new_id(), actor=factories.person(factories.REQUESTER), item_id=order.items[0].id)
    await stage.tell(order, "activate", activation)
    await stage.until(order, Status.FAILED)
    await stage.news(order, ItemState.REFUSED, identifiers=Identifiers(), detail="No such device.")
    await stage.settle()
    stage.saboteur.broken.clear()
    await stage.tell(order, "retry", OperatorAction(action_id=new_id(), actor=factories.person(factories.ADMIN)))
    await stage.until(order, Status.VENDOR_REJECTED)


async def test_a_failure_of_one_item_does_not_end_what_the_carrier_is_asked_to_cancel(stage: Stage) -> None:
    stage.carrier.cancel_answer = CancelAnswer.ASSESSING
    order = await placed(stage, items=2, until=Status.IN_FULFILLMENT)
    stage.saboteur.broken = {"apply"}
    await stage.cancel(order)
    await stage.until(order, Status.CANCEL_REQUESTED)
    await stage.news(order, ItemState.DONE, item=1)
    await stage.until(order, Status.FAILED)
    stage.saboteur.broken.clear()
    await stage.tell(order, "retry", OperatorAction(action_id=new_id(), actor=factories.person(factories.ADMIN)))
    await stage.until(order, Status.CANCEL_REQUESTED)
    await stage.news(order, ItemState.CANCELED, item=2, identifiers=Identifiers())
    await stage.until(order, Status.PARTIALLY_FULFILLED)
    assert sorted(line.status for line in await stage.lines()) == ["active", "void"]
    assert await stage.all(LineLockRow, order) == []


async def test_canceling_is_no_way_out_of_a_failed_undo(stage: Stage) -> None:
    order = await placed(stage, items=2, until=Status.IN_FULFILLMENT)
    stage.saboteur.broken = {"undo"}
    await stage.news(order, ItemState.REFUSED, item=1, identifiers=Identifiers())
    await stage.until(order, Status.FAILED)
    with pytest.raises(WorkflowUpdateFailedError):
        await stage.cancel(order)


async def test_canceling_takes_back_a_refused_item_whose_undo_had_failed(stage: Stage) -> None:
    order = await placed(stage, items=2, until=Status.IN_FULFILLMENT)
    stage.saboteur.broken = {"undo", "apply"}
    await stage.news(order, ItemState.REFUSED, item=1, identifiers=Identifiers())
    await stage.until(order, Status.FAILED)
    await stage.news(order, ItemState.DONE, item=2)
    await stage.settle()
    stage.saboteur.broken.clear()
    await stage.cancel(order)
    await stage.until(order, Status.CANCELED)
    assert {line.status for line in await stage.lines()} == {"void"}


async def test_a_ruling_whose_answer_was_lost_is_taken_up_by_a_retry(stage: Stage) -> None:
    stage.saboteur.lost = {"rule"}
    order = await placed(stage)
    await stage.until(order, Status.FAILED)
    stage.saboteur.lost.clear()
    await stage.tell(order, "retry", OperatorAction(action_id=new_id(), actor=factories.person(factories.ADMIN)))
    await stage.until(order, Status.AWAITING_APPROVAL)
    assert await stage.pending(order) == [factories.MANAGER]
    assert await stage.carry(order) is Status.COMPLETED


async def test_what_an_operator_repairs_is_said_before_the_carrier_answers(stage: Stage) -> None:
    order = await placed(stage, until=Status.AWAITING_ACTIVATION)
    stage.saboteur.broken = {"activate"}
    activation = Activation(action_id=new_id(), actor=factories.person(factories.REQUESTER), item_id=order.items[0].id)
    await stage.tell(order, "activate", activation)
    await stage.until(order, Status.FAILED)
    stage.saboteur.broken.clear()
    stage.carrier.fails["activate"] = [CarrierUnavailable("Maintenance.", retry_after_seconds=30)]
    await stage.tell(order, "retry", OperatorAction(action_id=new_id(), actor=factories.person(factories.ADMIN)))
    await stage.until(order, Status.AWAITING_ACTIVATION)
