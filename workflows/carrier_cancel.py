"""Canceling an order that the carrier already has."""

from functools import partial

from temporalio import workflow

from activities.carrier import CancelInput, CarrierActivities
from models.events.cancellation import CANCEL_DECLINED, CANCEL_REQUESTED, EARLIER_PART_COMPLETED, SERVICE_TO_END
from models.lifecycle import ItemState, Status
from models.order import Actor, ActorKind, CancelResult, Channel, Item
from models.order_messages import Cancellation
from models.step import Place
from workflows.activity_options import carrier_activity
from workflows.earlier_rounds import open_kept_tasks
from workflows.operator_retry import run_step
from workflows.state import ItemProgress, OrderState


async def undo_place(state: OrderState) -> None:
    """Ask the carrier to cancel the order. Unless it cancels all of it, open the task to end the service there."""
    if not state.sent_rounds:
        return
    references = ", ".join(f"{state.order.id}:{number}" for number in sorted(state.rounds))
    answer = await _ask_to_cancel(state, "The order was stopped.")
    if answer is not CancelResult.CANCELED:
        state.record(SERVICE_TO_END, variant=answer.value, references=references)


async def end_returned(state: OrderState, item: Item) -> None:
    """Have the carrier cancel what it still has of an item that went back, or open the task to end the service there.

    A carrier cancels whole orders, so it is not asked while other items of the order are open.
    """
    variant = "others_open"
    if not state.open_items():
        answer = await _ask_to_cancel(state, "Everything that was delivered has been returned.")
        if answer is CancelResult.CANCELED:
            return
        variant = f"returned_{answer.value}"
    references = ", ".join(f"{state.order.id}:{number}" for number in sorted(state.rounds))
    thing = f"{state.order.id}:{item.id}"
    state.record(SERVICE_TO_END, variant=variant, item=item.number, references=references, thing=thing)


def begin_canceling(state: OrderState, message: Cancellation) -> None:
    """Ask the carrier to cancel the items it has not fulfilled; they are CANCELING until it answers.

    What it has refused, it no longer has: that ends at once, and so does the order if nothing else is open.
    """
    for item in state.unfulfilled_items():
        progress = state.progress[item.id]
        if progress.state is ItemState.REFUSED:
            progress.state, state.correction, state.is_corrected = ItemState.CANCELED, None, False
        else:
            progress.resume_state, progress.state = progress.state, ItemState.CANCELING
    if not state.open_items():
        return
    state.transition(
        Status.CANCEL_REQUESTED,
        CANCEL_REQUESTED,
        actor=message.actor,
        reason=message.reason,
        items=state.item_snapshots(),
    )
    state.carrier_cancel = state.run_beside(_cancel(state, message.reason))


def stop_asking_carrier(state: OrderState) -> None:
    """The order ends now and does not wait for the carrier's answer."""
    if state.carrier_cancel is not None:
        state.carrier_cancel.cancel()
        state.carrier_cancel = None


async def _cancel(state: OrderState, reason: str) -> None:
    """Ask the carrier and act on its answer.

    While the carrier assesses the request, its next update decides, or a person who knows that it has canceled the
    order. If none comes, it is asked again.
    """
    answer = await _ask_to_cancel(state, reason)
    state.carrier_assessing = answer is CancelResult.ASSESSING
    while answer is CancelResult.ASSESSING:
        asks = state.cancel_asks
        await workflow.wait_condition(partial(_is_settled, state, asks))
        if state.is_cancel_confirmed:
            answer = CancelResult.CANCELED
        elif _canceling_items(state):
            answer = await _ask_to_cancel(state, reason)
        else:
            return
    if answer is CancelResult.DECLINED:
        cancel_declined(state, "The carrier is too far along to cancel.")
        return
    if answer is CancelResult.IN_PART:
        carrier = state.order.carrier or ""
        actor = Actor(kind=ActorKind.CARRIER, id=carrier, name=carrier, channel=Channel.SYSTEM)
        state.record(EARLIER_PART_COMPLETED, actor=actor)
    for progress in _canceling_items(state):
        progress.state = ItemState.CANCELED


def _is_settled(state: OrderState, asks: int) -> bool:
    """Whether there is something to do: no item waits for the answer, or the carrier is to be asked again."""
    return not _canceling_items(state) or state.cancel_asks > asks or state.is_cancel_confirmed


def _canceling_items(state: OrderState) -> list[ItemProgress]:
    return [progress for progress in state.progress.values() if progress.state is ItemState.CANCELING]


def cancel_declined(state: OrderState, reason: str) -> None:
    """The carrier continues: the items return to their previous states."""
    state.cancellation, state.carrier_cancel, state.carrier_assessing = None, None, False
    for progress in _canceling_items(state):
        progress.state = progress.resume_state or progress.state
    state.transition(state.recompute_status(), CANCEL_DECLINED, reason=reason, items=state.item_snapshots())
    open_kept_tasks(state)


async def _ask_to_cancel(state: OrderState, reason: str) -> CancelResult:
    answer = await run_step(
        state,
        f"UNDO_{Place.kind}",
        lambda earlier: workflow.execute_activity_method(
            CarrierActivities.cancel_at_carrier,
            CancelInput(ref=state.order.ref, rounds=state.open_rounds, reason=reason, earlier_events=earlier),
            **carrier_activity(state.order.carrier, "ask the carrier to cancel"),
        ),
        complete_manually=lambda: CancelResult.CANCELED,
        compensating=True,
    )
    has_completed = len(state.open_rounds) < len(state.rounds)
    return CancelResult.IN_PART if answer is CancelResult.CANCELED and has_completed else answer
