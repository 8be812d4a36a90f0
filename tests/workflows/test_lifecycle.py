"""The less common courses of an order, with the order type that has every step."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from temporalio.client import WorkflowFailureError, WorkflowUpdateFailedError

from models.approval_plan import Approver
from models.db.notifications.tables import NotificationRow
from models.db.orders import order_rows, order_values
from models.db.orders.tables import ItemRow
from models.db.session import new_id
from models.errors import CarrierDeclined, CarrierUnavailable
from models.lifecycle import ItemState, Status
from models.order import CancelResult, Identifiers, ItemSnapshot
from models.order_messages import Decision, Reassignment, Rescheduling
from tests import factories
from tests.fakes import Provided
from tests.workflows.workflow_env import REQUESTER, RPC_TIMEOUT, WorkflowEnv, rejects
from workflows.order_type_registry import order_type

NEW_LINE = order_type("NEW_SERVICE_DEVICE")


# --- approval ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("actor", "fields", "code"),
    [
        (factories.actor(factories.DIRECTOR), {}, "NOT_YOUR_DECISION"),
        (factories.actor(factories.ADMIN), {}, "NOT_YOUR_DECISION"),
        (factories.actor(factories.REQUESTER), {}, "NOT_YOUR_DECISION"),
        (factories.actor("X"), {}, "NOT_YOUR_DECISION"),
        (factories.actor(), {"round": 2}, "ALREADY_DECIDED"),
        (factories.actor(), {"stage": 2}, "ALREADY_DECIDED"),
    ],
)
async def test_only_a_pending_approver_of_the_current_stage_decides(
    env: WorkflowEnv, actor: Any, fields: dict[str, Any], code: str
) -> None:
    order = await env.start_new(NEW_LINE, until=Status.AWAITING_APPROVAL)
    with rejects(code):
        await env.approve(order, actor, **fields)


@pytest.mark.fault("45")
@pytest.mark.parametrize("claimed", ["on_behalf_of", "acts_as", "admin"])
async def test_nobody_decides_because_their_message_says_they_may(env: WorkflowEnv, claimed: str) -> None:
    order = await env.start_new(NEW_LINE, until=Status.AWAITING_APPROVAL)
    handle = env.client.get_workflow_handle(order.workflow_id)
    actor = {**vars(factories.actor("X")), claimed: factories.MANAGER}
    sealed = {"message_name": "approve", "action_id": new_id(), "actor": actor}
    with rejects("NOT_YOUR_DECISION"):
        await handle.execute_update("approve", sealed, rpc_timeout=RPC_TIMEOUT)
    assert await env.pending_approvers(order) == [factories.MANAGER]


@pytest.mark.fault("52")
async def test_a_rejection_needs_a_reason_that_can_be_seen(env: WorkflowEnv) -> None:
    order = await env.start_new(NEW_LINE, until=Status.AWAITING_APPROVAL)
    for comment in (" ", "\u200b \u2060"):
        with rejects("TEXT_REQUIRED"):
            await env.reject(order, comment)


async def test_a_second_message_with_the_same_id_is_ignored(env: WorkflowEnv) -> None:
    order = await env.start_new(NEW_LINE, until=Status.AWAITING_APPROVAL)
    decision = Decision(action_id=new_id(), actor=factories.actor())
    first = await env.update(order, "approve", decision)
    assert await env.update(order, "approve", decision) == first
    await env.signal(order, "approve", decision)
    await env.wait_for_status(order, Status.IN_FULFILLMENT)
    assert "message_rejected" not in await env.events(order)


async def test_a_rejected_signal_is_recorded(env: WorkflowEnv) -> None:
    order = await env.start_new(NEW_LINE, until=Status.AWAITING_APPROVAL)
    await env.signal(order, "approve", Decision(action_id=new_id(), actor=factories.actor(factories.DIRECTOR)))
    await env.approve(order)
    await env.wait_for_status(order, Status.IN_FULFILLMENT)
    assert "message_rejected" in await env.events(order)


async def test_an_approval_can_be_reassigned(env: WorkflowEnv) -> None:
    order = await env.start_new(NEW_LINE, until=Status.AWAITING_APPROVAL)
    to = Approver(person_id=factories.DIRECTOR, name="Dee")
    message = Reassignment(
        action_id=new_id(), actor=factories.actor(), from_id=factories.MANAGER, to=to, reason="On leave."
    )
    await env.update(order, "reassign", message)
    with rejects("NOT_YOUR_DECISION"):
        await env.approve(order)
    assert (await env.approve(order, factories.actor(factories.DIRECTOR))).status == Status.APPROVED


async def test_two_stages_are_asked_one_after_the_other(env: WorkflowEnv) -> None:
    order = await env.start_new(NEW_LINE, items=2, until=Status.AWAITING_APPROVAL)
    assert await env.pending_approvers(order) == [factories.MANAGER]
    assert (await env.approve(order)).status == Status.AWAITING_APPROVAL
    await env.wait_until_idle(order, after=(await env.row(order)).seq)
    assert await env.pending_approvers(order) == [factories.BUDGET]
    assert (await env.approve(order, factories.actor(factories.BUDGET))).status == Status.APPROVED


async def test_those_decide_in_the_second_stage_who_are_planned_when_it_begins(env: WorkflowEnv) -> None:
    order = await env.start_new(NEW_LINE, items=2, until=Status.AWAITING_APPROVAL)
    async with env.database.transaction() as session:
        ruling = order_values.ruling_of(await order_rows.row_of(session, order.ref))
        manager, budget = ruling.plan
        budget = replace(budget, approvers=(Approver(person_id=factories.DIRECTOR, name="Otto Lang"),))
        await order_rows.reprice(session, order.ref, replace(ruling, plan=(manager, budget)), {})
    await env.approve(order)
    await env.wait_until_idle(order, after=(await env.row(order)).seq)
    await env.request_info(order, "Which budget?", factories.actor(factories.DIRECTOR))
    await env.wait_for_status(order, Status.INFO_REQUESTED)
    await env.provide_info(order, "CC-1")
    await env.wait_for_status(order, Status.AWAITING_APPROVAL)
    assert await env.pending_approvers(order) == [factories.DIRECTOR]
    assert (await env.approve(order, factories.actor(factories.DIRECTOR))).status == Status.APPROVED


async def test_an_answer_goes_back_to_the_stage_that_asked(env: WorkflowEnv) -> None:
    order = await env.start_new(NEW_LINE, items=2, until=Status.AWAITING_APPROVAL)
    await env.approve(order)
    await env.wait_until_idle(order, after=(await env.row(order)).seq)
    await env.request_info(order, "Which budget?", factories.actor(factories.BUDGET))
    await env.wait_for_status(order, Status.INFO_REQUESTED)
    assert await env.pending_approvers(order) == []
    await env.provide_info(order, "CC-1")
    await env.wait_for_status(order, Status.AWAITING_APPROVAL)
    assert await env.pending_approvers(order) == [factories.BUDGET]


# --- the effective date ------------------------------------------------------


async def test_a_scheduled_order_can_be_rescheduled_and_canceled(env: WorkflowEnv) -> None:
    later = datetime.now(UTC) + timedelta(days=20)
    order = await env.start_new(NEW_LINE, effective_at=later, until=Status.SCHEDULED)
    sooner = Rescheduling(action_id=new_id(), actor=REQUESTER, effective_at=later - timedelta(days=9))
    await env.update(order, "reschedule", sooner)
    assert (await env.cancel(order)).seq > 0
    await env.wait_for_status(order, Status.CANCELED)
    assert env.carrier.submissions == 0


async def test_a_rescheduled_order_takes_effect_on_the_new_date(env: WorkflowEnv) -> None:
    later = datetime.now(UTC) + timedelta(days=20)
    order = await env.start_new(NEW_LINE, effective_at=later, until=Status.SCHEDULED)
    soon = Rescheduling(
        action_id=new_id(), actor=factories.actor(), effective_at=datetime.now(UTC) + timedelta(seconds=1.5)
    )
    await env.update(order, "reschedule", soon)
    await env.wait_for_status(order, Status.IN_FULFILLMENT)


async def test_people_are_told_a_day_before_an_order_starts(env: WorkflowEnv) -> None:
    later = datetime.now(UTC) + timedelta(days=20)
    order = await env.start_new(NEW_LINE, effective_at=later, until=Status.SCHEDULED)
    tomorrow = datetime.now(UTC) + timedelta(days=1, seconds=5)
    await env.update(order, "reschedule", Rescheduling(action_id=new_id(), actor=REQUESTER, effective_at=tomorrow))
    await env.until(order, lambda: env.events(order), lambda events: "starts_tomorrow" in events)
    row = await env.row(order)
    assert (row.status, row.due_at) == (Status.SCHEDULED, tomorrow)
    emails = [one.recipient_id for one in await env.rows(NotificationRow, order) if one.event == "starts_tomorrow"]
    assert emails == [factories.REQUESTER]
    assert (await env.cancel(order)).seq > 0


@pytest.mark.fault("50")
@pytest.mark.parametrize("when", [datetime.max - timedelta(days=2), datetime.now() + timedelta(days=92), datetime.min])  # noqa: DTZ005, DTZ901 - made aware below
async def test_an_order_is_not_rescheduled_beyond_what_its_policy_allows(env: WorkflowEnv, when: datetime) -> None:
    order = await env.start_new(NEW_LINE, effective_at=datetime.now(UTC) + timedelta(days=20), until=Status.SCHEDULED)
    before = await env.events(order)
    beyond = Rescheduling(action_id=new_id(), actor=REQUESTER, effective_at=when.replace(tzinfo=UTC))
    with rejects("INVALID_REQUEST", "Choose a date"):
        await env.update(order, "reschedule", beyond)
    assert await env.events(order) == before
    await env.cancel(order)
    await env.wait_for_status(order, Status.CANCELED)


# --- the carrier -------------------------------------------------------------


async def test_an_order_that_the_carrier_declines_ends_and_releases_its_reservations(env: WorkflowEnv) -> None:
    env.carrier.fails["submit"] = [CarrierDeclined("No credit.", facts={"code": "creditCheckFailed"})]
    order = await env.start_new(NEW_LINE)
    assert await env.advance(order) is Status.VENDOR_REJECTED
    assert await env.item_states(order) == ["declined"]
    assert [line.status for line in await env.lines()] == ["void"]
    assert (await env.events(order))[-1] == "vendor_rejected"


async def test_an_order_is_sent_again_to_an_unavailable_carrier(env: WorkflowEnv) -> None:
    env.carrier.fails["submit"] = [CarrierUnavailable("Maintenance.", retry_after_seconds=0.2)] * 2
    order = await env.start_new(NEW_LINE)
    assert await env.advance(order) is Status.COMPLETED
    assert env.carrier.submissions == 3
    assert len(env.carrier.orders) == 1


async def test_items_advance_independently_and_the_order_can_be_partially_completed(env: WorkflowEnv) -> None:
    order = await env.start_new(NEW_LINE, items=3, until=Status.IN_FULFILLMENT)
    await env.carrier_update(order, ItemState.DECLINED, item=3, identifiers=Identifiers(), detail="Out of area.")
    await env.carrier_update(order, ItemState.SHIPPED, ItemState.AWAITING_ACTIVATION, ItemState.DONE, item=1)
    await env.wait_for_status(order, Status.IN_FULFILLMENT)
    await env.carrier_update(order, ItemState.SHIPPED, ItemState.AWAITING_ACTIVATION, item=2)
    await env.wait_for_status(order, Status.AWAITING_ACTIVATION)
    await env.carrier_update(order, ItemState.DONE, item=2)
    await env.wait_for_status(order, Status.PARTIALLY_FULFILLED)
    assert await env.item_states(order) == ["done", "done", "declined"]
    assert sorted(line.status for line in await env.lines()) == ["active", "active", "void"]


async def test_late_and_repeated_updates_move_nothing_back(env: WorkflowEnv) -> None:
    order = await env.start_new(NEW_LINE, until=Status.IN_FULFILLMENT)
    await env.carrier_update(order, ItemState.AWAITING_ACTIVATION, ItemState.SHIPPED, ItemState.IN_FULFILLMENT)
    await env.wait_for_status(order, Status.AWAITING_ACTIVATION)
    await env.carrier_update(order, ItemState.DONE, ItemState.SHIPPED)
    await env.wait_for_status(order, Status.COMPLETED)
    assert await env.item_states(order) == ["done"]


async def test_a_backordered_item_continues(env: WorkflowEnv) -> None:
    order = await env.start_new(NEW_LINE, until=Status.IN_FULFILLMENT)
    expected = datetime(2027, 1, 15, tzinfo=UTC)
    await env.carrier_update(order, ItemState.BACKORDERED, identifiers=Identifiers(), expected_at=expected)
    await env.wait_for_status(order, Status.BACKORDERED)
    assert (await env.rows(ItemRow, order))[0].expected_at == expected
    await env.carrier_update(order, ItemState.IN_FULFILLMENT, identifiers=Identifiers())
    await env.wait_for_status(order, Status.IN_FULFILLMENT)
    assert await env.advance(order) is Status.COMPLETED


async def test_the_requesters_answer_is_sent_to_the_carrier_that_asked(env: WorkflowEnv) -> None:
    order = await env.start_new(NEW_LINE, until=Status.IN_FULFILLMENT)
    await env.carrier_update(order, ItemState.INFO_REQUIRED, identifiers=Identifiers(), needs=("service_zip",))
    await env.wait_for_status(order, Status.VENDOR_INFO_REQUIRED)
    await env.provide_info(order, fields=(("service_zip", "60602"),))
    await env.carrier_update(order, ItemState.IN_FULFILLMENT, identifiers=Identifiers())
    assert await env.advance(order) is Status.COMPLETED
    assert env.carrier.provided == [Provided((order.items[0].id,), {"service_zip": "60602"}, "")]


async def test_a_corrected_answer_is_kept_once_the_carrier_accepts_it(env: WorkflowEnv) -> None:
    """What is about the whole order is kept with it and with each item, anything else with the item that lacked it."""
    order = await env.start_new(NEW_LINE, items=2, until=Status.IN_FULFILLMENT)
    before = (await env.row(order)).answers["ship_to"]
    for item, needs in ((1, ("ship_to", "service_zip")), (2, ("area_code",))):
        await env.carrier_update(order, ItemState.INFO_REQUIRED, item=item, identifiers=Identifiers(), needs=needs)
    await env.wait_for_status(order, Status.VENDOR_INFO_REQUIRED)
    env.carrier.fails["provide"] = [CarrierDeclined("No such address.")]
    for city in ("Nowhere", "Evanston"):
        seq = (await env.row(order)).seq
        await env.provide_info(order, fields=(("service_zip", "60602"), ("ship_to", {**before, "city": city})))
        await env.wait_until_idle(order, after=seq)
        await env.let_workflow_run()
        if city == "Nowhere":
            assert (await env.row(order)).answers["ship_to"] == before
    assert [provided.item_ids for provided in env.carrier.provided] == [(order.items[0].id,)]
    first, second = sorted(await env.rows(ItemRow, order), key=lambda row: row.number)
    corrected = [(await env.row(order)).answers, first.answers, second.answers]
    assert [answers["ship_to"]["city"] for answers in corrected] == ["Evanston"] * 3
    assert (first.answers["service_zip"], second.answers.get("service_zip")) != ("60602", "60602")
    assert first.answers["service_zip"] == "60602"


async def test_an_approver_is_answered_with_a_text_only(env: WorkflowEnv) -> None:
    """What the order costs depends on its answers, and has been asked of the approver."""
    order = await env.start_new(NEW_LINE, until=Status.AWAITING_APPROVAL)
    await env.request_info(order, "Why this plan?")
    await env.wait_for_status(order, Status.INFO_REQUESTED)
    with rejects("INVALID_REQUEST", "Enter your answer as text."):
        await env.provide_info(order, "Take this one.", fields=(("plan", "PLAN-2"),))


async def test_an_activation_with_a_wrong_imei_can_be_corrected(env: WorkflowEnv) -> None:
    order = await env.start_new(NEW_LINE, until=Status.AWAITING_ACTIVATION)
    env.carrier.fails["activate"] = [CarrierDeclined("This IMEI is blocked.")]
    for imei in ("490154203237518", "353322110000007"):
        before = (await env.row(order)).seq
        await env.activate(order, imei=imei)
        await env.wait_until_idle(order, after=before)
    assert env.carrier.activated == [(order.items[0].id, {"imei": "353322110000007"})]
    await env.carrier_update(order, ItemState.DONE, identifiers=Identifiers(mdn="+13125550101"))
    await env.wait_for_status(order, Status.COMPLETED)
    (item,) = await env.rows(ItemRow, order)
    assert (item.imei, "imei" in item.answers) == ("353322110000007", False)


# --- canceling ---------------------------------------------------------------


async def test_an_order_continues_if_the_carrier_declines_to_cancel_it(env: WorkflowEnv) -> None:
    env.carrier.cancel_answer = CancelResult.DECLINED
    order = await env.start_new(NEW_LINE, until=Status.IN_FULFILLMENT)
    assert (await env.cancel(order)).status == Status.CANCEL_REQUESTED
    await env.until(order, lambda: env.events(order), lambda events: "cancel_declined" in events)
    await env.wait_for_status(order, Status.IN_FULFILLMENT)
    assert await env.advance(order) is Status.COMPLETED


@pytest.mark.parametrize(
    ("reported", "end"), [(ItemState.CANCELED, Status.CANCELED), (ItemState.SHIPPED, Status.COMPLETED)]
)
async def test_the_carrier_can_decide_on_a_cancellation_later(
    env: WorkflowEnv, reported: ItemState, end: Status
) -> None:
    env.carrier.cancel_answer = CancelResult.ASSESSING
    order = await env.start_new(NEW_LINE, until=Status.IN_FULFILLMENT)
    await env.cancel(order)
    await env.wait_for_status(order, Status.CANCEL_REQUESTED)
    while not env.carrier.canceled:
        await env.row(order)
    await env.let_workflow_run()
    await env.carrier_update(order, reported, identifiers=Identifiers())
    assert await env.advance(order) is end


async def test_a_shipped_order_cannot_be_canceled(env: WorkflowEnv) -> None:
    order = await env.start_new(NEW_LINE, until=Status.SHIPPED)
    with rejects("TOO_LATE_TO_CANCEL"):
        await env.cancel(order)


async def test_an_order_whose_workflow_is_canceled_in_temporal_is_compensated(env: WorkflowEnv) -> None:
    order = await env.start_new(NEW_LINE, until=Status.IN_FULFILLMENT)
    handle = env.client.get_workflow_handle(order.workflow_id)
    await handle.cancel()
    with pytest.raises(WorkflowFailureError):
        await handle.result()
    assert (await env.row(order)).status == Status.CANCELED
    assert [line.status for line in await env.lines()] == ["void"]
    assert len(env.carrier.canceled) == 1


# --- operators ---------------------------------------------------------------


async def test_an_operator_can_complete_the_carriers_part_manually(env: WorkflowEnv) -> None:
    env.faults.broken = {"place"}
    order = await env.start_new(NEW_LINE, until=Status.FAILED)
    identifiers = Identifiers(mdn="+13125550199")
    item = ItemSnapshot(item_id=order.items[0].id, state=ItemState.DONE, identifiers=identifiers)
    await env.complete_manually(order, "Ticket 4711", items=(item,))
    await env.wait_for_status(order, Status.COMPLETED)
    assert [line.mdn for line in await env.lines()] == ["+13125550199"]


@pytest.mark.parametrize(
    ("broken", "evidence", "code"), [("reserve", "Ticket", "ACTION_NOT_ALLOWED"), ("place", "", "TEXT_REQUIRED")]
)
async def test_manual_completion_needs_evidence_and_a_step_outside_dialtone(
    env: WorkflowEnv, broken: str, evidence: str, code: str
) -> None:
    env.faults.broken = {broken}
    order = await env.start_new(NEW_LINE, until=Status.FAILED)
    with rejects(code):
        await env.complete_manually(order, evidence)


@pytest.mark.parametrize("broken", ["undo", "cancel_at_carrier"])
@pytest.mark.parametrize("repair", ["retry", "complete_manually"])
async def test_a_failed_compensation_waits_for_an_operator(env: WorkflowEnv, broken: str, repair: str) -> None:
    order = await env.start_new(NEW_LINE, until=Status.IN_FULFILLMENT)
    env.faults.broken = {broken}
    await env.cancel(order)
    await env.wait_for_status(order, Status.FAILED)
    with pytest.raises(WorkflowUpdateFailedError):
        await env.cancel(order, factories.actor(factories.ADMIN), reason="Again.")
    env.faults.broken.clear()
    if repair == "retry":
        await env.retry(order)
    else:
        await env.complete_manually(order, "Ticket 4711")
    await env.wait_for_status(order, Status.CANCELED)
    assert await env.item_states(order) == ["canceled"]
