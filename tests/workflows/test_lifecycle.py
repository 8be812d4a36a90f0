"""What the lifecycle does on the less trodden ways, played with the type that has every step."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from temporalio.client import WorkflowFailureError, WorkflowUpdateFailedError
from temporalio.exceptions import ApplicationError

from models.db.approvals.tables import ApprovalRow
from models.db.orders.tables import ItemRow
from models.db.session import new_id
from models.errors import CarrierRefused, CarrierUnavailable
from models.lifecycle import ItemState, Status
from models.order import (
    Activation,
    Approver,
    CancelAnswer,
    Decision,
    Identifiers,
    InfoRequest,
    InfoResponse,
    ItemSnapshot,
    OperatorAction,
    Order,
    Reassignment,
    Rescheduling,
)
from tests import factories
from tests.workflows.workflow_env import Stage
from workflows.order_type_registry import order_type

NEW_LINE = order_type("NEW_SERVICE_DEVICE")


async def placed(stage: Stage, *, until: Status | None = None, **differs: Any) -> Order:
    order = await factories.place(stage.database, factories.Placing(type=NEW_LINE, **differs))
    await stage.start(order)
    if until is not None:
        assert await stage.carry(order, until=until) is until
    return order


def code_of(refused: pytest.ExceptionInfo[WorkflowUpdateFailedError]) -> str | None:
    cause = refused.value.cause
    assert isinstance(cause, ApplicationError)
    return cause.type


async def states(stage: Stage, order: Order) -> list[str]:
    rows = await stage.all(ItemRow, order)
    return [row.state for row in sorted(rows, key=lambda row: row.number)]


# --- deciding ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("actor", "said", "code"),
    [
        (factories.person(factories.DIRECTOR), {}, "NOT_YOUR_DECISION"),
        (factories.person(factories.REQUESTER), {}, "NOT_YOUR_DECISION"),
        (factories.person(factories.REQUESTER, on_behalf_of=factories.MANAGER), {}, "NOT_YOUR_DECISION"),
        (factories.person(), {"round": 2}, "ALREADY_DECIDED"),
        (factories.person(), {"stage": 2}, "ALREADY_DECIDED"),
    ],
)
async def test_only_who_is_asked_decides(stage: Stage, actor: Any, said: dict[str, Any], code: str) -> None:
    order = await placed(stage, until=Status.AWAITING_APPROVAL)
    with pytest.raises(WorkflowUpdateFailedError) as refused:
        await stage.approve(order, actor, **said)
    assert code_of(refused) == code


@pytest.mark.parametrize(
    "actor", [factories.person(factories.ADMIN, admin=True), factories.person("X", on_behalf_of=factories.MANAGER)]
)
async def test_admins_and_delegates_may_step_in(stage: Stage, actor: Any) -> None:
    order = await placed(stage, until=Status.AWAITING_APPROVAL)
    assert (await stage.approve(order, actor)).status is Status.APPROVED
    await stage.until(order, Status.IN_FULFILLMENT)
    (approval,) = await stage.all(ApprovalRow, order)
    assert (approval.approver_id, approval.decided_by) == (factories.MANAGER, actor.id)


async def test_a_rejection_needs_a_reason(stage: Stage) -> None:
    order = await placed(stage, until=Status.AWAITING_APPROVAL)
    with pytest.raises(WorkflowUpdateFailedError) as refused:
        await stage.tell(order, "reject", Decision(action_id=new_id(), actor=factories.person(), comment=" "))
    assert code_of(refused) == "REASON_REQUIRED"


async def test_a_message_said_twice_counts_once(stage: Stage) -> None:
    order = await placed(stage, until=Status.AWAITING_APPROVAL)
    decision = Decision(action_id=new_id(), actor=factories.person())
    first = await stage.tell(order, "approve", decision)
    assert await stage.tell(order, "approve", decision) == first
    await stage.signal(order, "approve", decision)
    await stage.until(order, Status.IN_FULFILLMENT)
    assert "message_refused" not in await stage.events(order)


async def test_a_refused_signal_is_noted_with_its_reason(stage: Stage) -> None:
    order = await placed(stage, until=Status.AWAITING_APPROVAL)
    await stage.signal(order, "approve", Decision(action_id=new_id(), actor=factories.person(factories.DIRECTOR)))
    await stage.approve(order)
    await stage.until(order, Status.IN_FULFILLMENT)
    assert "message_refused" in await stage.events(order)


async def test_a_request_can_be_handed_to_somebody_else(stage: Stage) -> None:
    order = await placed(stage, until=Status.AWAITING_APPROVAL)
    to = Approver(person_id=factories.DIRECTOR, name="Dee")
    handing = Reassignment(
        action_id=new_id(), actor=factories.person(), from_id=factories.MANAGER, to=to, reason="On leave."
    )
    await stage.tell(order, "reassign", handing)
    with pytest.raises(WorkflowUpdateFailedError) as refused:
        await stage.approve(order)
    assert code_of(refused) == "NOT_YOUR_DECISION"
    assert (await stage.approve(order, factories.person(factories.DIRECTOR))).status is Status.APPROVED


async def test_two_stages_are_asked_one_after_the_other(stage: Stage) -> None:
    order = await placed(stage, items=2, until=Status.AWAITING_APPROVAL)
    assert await stage.pending(order) == [factories.MANAGER]
    assert (await stage.approve(order)).status is Status.AWAITING_APPROVAL
    await stage.settled(order, seen=(await stage.row(order)).seq)
    assert await stage.pending(order) == [factories.BUDGET]
    assert (await stage.approve(order, factories.person(factories.BUDGET))).status is Status.APPROVED


async def test_a_question_goes_back_to_who_asked_it(stage: Stage) -> None:
    order = await placed(stage, items=2, until=Status.AWAITING_APPROVAL)
    await stage.approve(order)
    await stage.settled(order, seen=(await stage.row(order)).seq)
    question = InfoRequest(action_id=new_id(), actor=factories.person(factories.BUDGET), text="Which budget?")
    await stage.tell(order, "request_info", question)
    await stage.until(order, Status.INFO_REQUESTED)
    assert await stage.pending(order) == []
    await stage.tell(
        order,
        "provide_info",
        InfoResponse(action_id=new_id(), actor=factories.person(factories.REQUESTER), text="CC-1"),
    )
    await stage.until(order, Status.AWAITING_APPROVAL)
    assert await stage.pending(order) == [factories.BUDGET]


# --- waiting for a date ------------------------------------------------------


async def test_an_order_for_later_waits_and_can_be_moved_and_canceled(stage: Stage) -> None:
    later = datetime.now(UTC) + timedelta(days=20)
    order = await placed(stage, effective_at=later, until=Status.SCHEDULED)
    sooner = Rescheduling(
        action_id=new_id(), actor=factories.person(factories.REQUESTER), effective_at=later - timedelta(days=9)
    )
    await stage.tell(order, "reschedule", sooner)
    assert (await stage.cancel(order)).seq > 0
    await stage.until(order, Status.CANCELED)
    assert stage.carrier.submissions == 0


async def test_the_moved_date_is_the_one_that_counts(stage: Stage) -> None:
    order = await placed(stage, effective_at=datetime.now(UTC) + timedelta(days=20), until=Status.SCHEDULED)
    soon = Rescheduling(
        action_id=new_id(), actor=factories.person(), effective_at=datetime.now(UTC) + timedelta(seconds=1.5)
    )
    await stage.tell(order, "reschedule", soon)
    await stage.until(order, Status.IN_FULFILLMENT)


# --- the carrier -------------------------------------------------------------


async def test_a_carrier_that_refuses_ends_the_order_and_frees_what_was_reserved(stage: Stage) -> None:
    stage.carrier.fails["submit"] = [CarrierRefused("No credit.", facts={"code": "creditCheckFailed"})]
    order = await placed(stage)
    assert await stage.carry(order) is Status.VENDOR_REJECTED
    assert await states(stage, order) == ["refused"]
    assert [line.status for line in await stage.lines()] == ["void"]
    assert (await stage.events(order))[-1] == "vendor_rejected"


async def test_a_carrier_that_is_away_is_asked_again(stage: Stage) -> None:
    stage.carrier.fails["submit"] = [CarrierUnavailable("Maintenance.", retry_after_seconds=0.2)] * 2
    order = await placed(stage)
    assert await stage.carry(order) is Status.COMPLETED
    assert stage.carrier.submissions == 3
    assert len(stage.carrier.orders) == 1


async def test_items_go_at_their_own_pace_and_partial_success_is_said(stage: Stage) -> None:
    order = await placed(stage, items=3, until=Status.IN_FULFILLMENT)
    await stage.news(order, ItemState.REFUSED, item=3, identifiers=Identifiers(), detail="Out of area.")
    await stage.news(order, ItemState.SHIPPED, ItemState.AWAITING_ACTIVATION, ItemState.DONE, item=1)
    await stage.until(order, Status.IN_FULFILLMENT)
    await stage.news(order, ItemState.SHIPPED, ItemState.AWAITING_ACTIVATION, item=2)
    await stage.until(order, Status.AWAITING_ACTIVATION)
    await stage.news(order, ItemState.DONE, item=2)
    await stage.until(order, Status.PARTIALLY_FULFILLED)
    assert await states(stage, order) == ["done", "done", "refused"]
    assert sorted(line.status for line in await stage.lines()) == ["active", "active", "void"]


async def test_late_and_repeated_news_moves_nothing_back(stage: Stage) -> None:
    order = await placed(stage, until=Status.IN_FULFILLMENT)
    await stage.news(order, ItemState.AWAITING_ACTIVATION, ItemState.SHIPPED, ItemState.IN_FULFILLMENT)
    await stage.until(order, Status.AWAITING_ACTIVATION)
    await stage.news(order, ItemState.DONE, ItemState.SHIPPED)
    await stage.until(order, Status.COMPLETED)
    assert await states(stage, order) == ["done"]


async def test_a_backorder_is_shown_and_goes_on(stage: Stage) -> None:
    order = await placed(stage, until=Status.IN_FULFILLMENT)
    expected = datetime(2027, 1, 15, tzinfo=UTC)
    await stage.news(order, ItemState.BACKORDERED, identifiers=Identifiers(), expected_at=expected)
    await stage.until(order, Status.BACKORDERED)
    assert (await stage.all(ItemRow, order))[0].expected_at == expected
    await stage.news(order, ItemState.IN_FULFILLMENT, identifiers=Identifiers())
    await stage.until(order, Status.IN_FULFILLMENT)
    assert await stage.carry(order) is Status.COMPLETED


async def test_what_the_carrier_asks_for_is_passed_on(stage: Stage) -> None:
    order = await placed(stage, until=Status.IN_FULFILLMENT)
    await stage.news(order, ItemState.INFO_REQUIRED, identifiers=Identifiers(), needs=("serviceZip",))
    await stage.until(order, Status.VENDOR_INFO_REQUIRED)
    reply = InfoResponse(
        action_id=new_id(), actor=factories.person(factories.REQUESTER), fields=(("serviceZip", "60602"),)
    )
    await stage.tell(order, "provide_info", reply)
    await stage.news(order, ItemState.IN_FULFILLMENT, identifiers=Identifiers())
    assert await stage.carry(order) is Status.COMPLETED
    assert stage.carrier.provided == [{"serviceZip": "60602"}]


async def test_a_person_activates_and_a_wrong_imei_can_be_corrected(stage: Stage) -> None:
    order = await placed(stage, until=Status.AWAITING_ACTIVATION)
    stage.carrier.fails["activate"] = [CarrierRefused("This IMEI is blocked.")]
    item = order.items[0].id
    for imei in ("490154203237518", "353322110000007"):
        said = Activation(action_id=new_id(), actor=factories.person(factories.REQUESTER), item_id=item, imei=imei)
        seen = (await stage.row(order)).seq
        await stage.tell(order, "activate", said)
        await stage.settled(order, seen=seen)
    assert [found.imei for _, found in stage.carrier.activated] == ["353322110000007"]
    await stage.news(order, ItemState.DONE, identifiers=Identifiers(mdn="+13125550101"))
    await stage.until(order, Status.COMPLETED)
    assert (await stage.all(ItemRow, order))[0].imei == "353322110000007"


# --- canceling --------------------------------------------------------------


async def test_a_carrier_that_declines_to_cancel_goes_on(stage: Stage) -> None:
    stage.carrier.cancel_answer = CancelAnswer.DECLINED
    order = await placed(stage, until=Status.IN_FULFILLMENT)
    assert (await stage.cancel(order)).status is Status.CANCEL_REQUESTED
    await stage.settle()
    await stage.until(order, Status.IN_FULFILLMENT)
    assert "cancel_declined" in await stage.events(order)
    assert await stage.carry(order) is Status.COMPLETED


@pytest.mark.parametrize(
    ("answer", "end"), [(ItemState.CANCELED, Status.CANCELED), (ItemState.SHIPPED, Status.COMPLETED)]
)
async def test_a_carrier_may_take_its_time_to_decide(stage: Stage, answer: ItemState, end: Status) -> None:
    stage.carrier.cancel_answer = CancelAnswer.ASSESSING
    order = await placed(stage, until=Status.IN_FULFILLMENT)
    await stage.cancel(order)
    await stage.until(order, Status.CANCEL_REQUESTED)
    while not stage.carrier.canceled:
        await stage.row(order)
    await stage.settle()
    await stage.news(order, answer, identifiers=Identifiers())
    assert await stage.carry(order) is end


async def test_it_is_too_late_to_cancel_once_shipped(stage: Stage) -> None:
    order = await placed(stage, until=Status.SHIPPED)
    with pytest.raises(WorkflowUpdateFailedError) as refused:
        await stage.cancel(order)
    assert code_of(refused) == "TOO_LATE_TO_CANCEL"


async def test_stopping_the_workflow_itself_unwinds_too(stage: Stage) -> None:
    order = await placed(stage, until=Status.IN_FULFILLMENT)
    handle = stage.client.get_workflow_handle(order.workflow_id)
    await handle.cancel()
    with pytest.raises(WorkflowFailureError):
        await handle.result()
    assert (await stage.row(order)).status == Status.CANCELED
    assert [line.status for line in await stage.lines()] == ["void"]
    assert len(stage.carrier.canceled) == 1


# --- operators ---------------------------------------------------------------


async def test_the_carriers_part_can_be_done_by_hand_with_evidence(stage: Stage) -> None:
    stage.saboteur.broken = {"place"}
    order = await placed(stage, until=Status.FAILED)
    known = (
        ItemSnapshot(item_id=order.items[0].id, state=ItemState.DONE, identifiers=Identifiers(mdn="+13125550199")),
    )
    by_hand = OperatorAction(
        action_id=new_id(), actor=factories.person(factories.ADMIN), evidence="Ticket 4711", items=known
    )
    await stage.tell(order, "complete_manually", by_hand)
    await stage.until(order, Status.COMPLETED)
    assert [line.mdn for line in await stage.lines()] == ["+13125550199"]


@pytest.mark.parametrize(
    ("broken", "evidence", "code"), [("reserve", "Ticket", "ILLEGAL_TRANSITION"), ("place", "", "REASON_REQUIRED")]
)
async def test_not_everything_can_be_done_by_hand(stage: Stage, broken: str, evidence: str, code: str) -> None:
    stage.saboteur.broken = {broken}
    order = await placed(stage, until=Status.FAILED)
    message = OperatorAction(action_id=new_id(), actor=factories.person(factories.ADMIN), evidence=evidence)
    with pytest.raises(WorkflowUpdateFailedError) as refused:
        await stage.tell(order, "complete_manually", message)
    assert code_of(refused) == code


@pytest.mark.parametrize(("broken", "end"), [("undo", Status.CANCELED), ("cancel_at_carrier", Status.CANCELED)])
@pytest.mark.parametrize("way", ["retry", "complete_manually"])
async def test_an_undo_that_fails_waits_for_an_operator_too(stage: Stage, broken: str, end: Status, way: str) -> None:
    order = await placed(stage, until=Status.IN_FULFILLMENT)
    stage.saboteur.broken = {broken}
    await stage.cancel(order)
    await stage.until(order, Status.FAILED)
    with pytest.raises(WorkflowUpdateFailedError):
        await stage.cancel(order, factories.person(factories.ADMIN), reason="Again.")
    stage.saboteur.broken.clear()
    await stage.tell(
        order, way, OperatorAction(action_id=new_id(), actor=factories.person(factories.ADMIN), evidence="Seen to it.")
    )
    await stage.until(order, end)
    assert await states(stage, order) == ["canceled"]
