"""Writing again what a database that was restored to an older moment no longer knows of an order."""

from dataclasses import replace
from functools import partial

from temporalio import workflow

from activities.approvals import approval_needed
from activities.carrier import CarrierActivities, RestoreInput
from activities.inventory import InventoryActivities, InventoryInput
from models.events.approval import APPROVAL_NEEDED
from models.events.fulfillment import VENDOR_INFO_REQUIRED
from models.events.operations import STATE_RESTORED
from models.events.waiting import WAIT_OVER
from models.lifecycle import ItemState
from models.order import Item
from models.order_messages import OperatorAction
from models.step import Receive, Reserve
from workflows import new_numbers, waits
from workflows.activity_options import carrier_activity, db_activity
from workflows.carrier_updates import answer_by
from workflows.changes import record_hold
from workflows.corrections import ask_to_correct
from workflows.open_stage import OpenStage
from workflows.operator_retry import record_failure
from workflows.state import OrderState
from workflows.steps.receive import ask_desk


async def restore_state(state: OrderState, message: OperatorAction) -> None:
    """Record where the order stands, with all that someone must act on: approvals, questions, a hold, failures.

    The events that the database has lost stay lost; what they have led to is in the new ones.
    """
    if Reserve.kind in state.compensations:
        await _reserve(state)
    if state.sent_rounds:
        request = RestoreInput(ref=state.order.ref, rounds=state.sent_rounds, at=workflow.now())
        await workflow.execute_activity_method(
            CarrierActivities.restore_submissions,
            request,
            **carrier_activity(state.order.carrier, "look for the order at the carrier"),
        )
    with state.caused_by(message.action_id):
        _record(state, message)
    for item in state.unfulfilled_items():
        await _ask_desk(state, item)


def _record(state: OrderState, message: OperatorAction) -> None:
    """What has a task gets another one: the database may have lost it."""
    told = {"evidence": message.evidence, "items": state.item_snapshots(), "task": state.open_task}
    state.record(STATE_RESTORED, actor=message.actor, **told)
    if state.approval is not None and not state.approval.decided:
        _ask_again(state, state.approval)
    for item in state.open_items():
        _ask_about(state, item)
    waits.ask_again(state)
    if state.hold is not None:
        record_hold(state, state.hold)
    for failure in state.failures:
        record_failure(state, failure)


def _ask_about(state: OrderState, item: Item) -> None:
    """What the carrier asks about an item, what it has refused of it, or whether its new number will do."""
    progress = state.progress[item.id]
    if progress.state is ItemState.REFUSED:
        ask_to_correct(state, [item])
    elif progress.is_number_open:
        new_numbers.ask(state, item)
    elif progress.state is ItemState.INFO_REQUIRED:
        asked = {"needs": list(progress.needs), "detail": progress.question}
        state.record(VENDOR_INFO_REQUIRED, item_id=item.id, **asked, answer_by=answer_by(state, item))


async def _ask_desk(state: OrderState, item: Item) -> None:
    """Have the desk asked again about a device, or a parcel, that it still has to say something about."""
    task = state.progress[item.id].desk_task if state.progress[item.id].at_desk else None
    step = next((step for step in state.order.steps_of(item) if isinstance(step, Receive)), None)
    if task is not None and step is not None:
        state.record(WAIT_OVER, task=task)
        await state.publisher.write(partial(ask_desk, state, item, step))


async def _reserve(state: OrderState) -> None:
    """Reserve for the items that still need it; what is reserved already stays as it is."""
    ids = tuple(item.id for item in state.open_items() if item.id not in state.released)
    request = InventoryInput(ref=state.order.ref, at=workflow.now(), item_ids=ids, events=())
    await workflow.execute_activity_method(InventoryActivities.reserve, request, **db_activity("reserve again"))


def _ask_again(state: OrderState, approval: OpenStage) -> None:
    """Ask the question, or the approvers who have not decided, with new links."""
    if approval.question is not None:
        state.publisher.add(replace(approval.question, seq=state.publisher.next_seq()))
    else:
        stage = replace(approval.stage, approvers=tuple(approval.pending.values()))
        asked = state.next_event(APPROVAL_NEEDED, state.status)
        state.publisher.add(approval_needed(asked, stage, approval.deadlines, approval.round))
