"""PLACE: send the carrier one order with all items."""

from dataclasses import replace
from functools import partial

from temporalio import workflow

from activities.carrier import CarrierActivities, PlaceInput, PlaceResult
from models.errors import CarrierDeclined
from models.events.ending import VENDOR_REJECTED
from models.events.fulfillment import PLACED, SUBMITTING
from models.events.preparation import HELD
from models.lifecycle import ItemState, Status
from models.order import OrderEvent
from models.order_type import Milestone
from models.step import OnFailure, Place
from workflows.activity_options import carrier_activity
from workflows.carrier_cancel import begin_canceling, undo_place
from workflows.carrier_updates import apply_kept_updates
from workflows.changes import settle
from workflows.operator_retry import run_step
from workflows.state import OrderEnded, OrderState


async def place(state: OrderState, step: Place) -> None:
    """Submit the order to the carrier, once no earlier order holds one of its lines.

    Before the order is first sent, what has changed since its approval is settled. Raises OrderEnded if it was
    canceled since the carrier did what the previous PLACE asked for.
    """
    if state.cancellation is not None:
        state.raise_canceled()
    state.compensations[Place.kind] = partial(undo_place, state)
    state.begin_round()
    while True:
        released, before = state.lines_released, state.status
        state.sending = True
        try:
            result = await _send(state, step)
        finally:
            state.sending = False
            apply_kept_updates(state)
        if result.was_sent:
            break
        state.sent = False
        if result.changes is not None:
            await settle(state, result.changes)
            continue
        if before is Status.ON_HOLD:
            state.set_status(Status.ON_HOLD)
        else:
            state.transition(Status.ON_HOLD, HELD, by=result.held_by)
        await state.wait_until(partial(_more_lines_released, state, released), summary=f"order {result.held_by}")
    state.placed = True
    state.mark_reached(Milestone.PLACED)
    if state.cancellation is not None:
        begin_canceling(state, state.cancellation)


def _more_lines_released(state: OrderState, count: int) -> bool:
    return state.lines_released > count


async def _send(state: OrderState, step: Place) -> PlaceResult:
    state.set_status(Status.SUBMITTING)
    state.sent = True
    try:
        result = await run_step(
            state,
            Place.kind,
            partial(_call, state),
            complete_manually=partial(_complete_manually, state),
            skip=partial(_complete_manually, state) if step.on_failure is OnFailure.TASK else None,
        )
    except CarrierDeclined as error:
        del state.rounds[state.round]
        if not state.open_rounds:
            del state.compensations[Place.kind]
        raise OrderEnded(
            Status.VENDOR_REJECTED, VENDOR_REJECTED, code=error.facts["code"], detail=error.detail
        ) from error
    if result.was_sent:
        for progress in state.progress.values():
            progress.state = placed_state(progress.state)
        state.set_status(state.recompute_status())
    return result


async def _call(state: OrderState, earlier: tuple[OrderEvent, ...]) -> PlaceResult:
    sending = state.next_event(SUBMITTING, Status.SUBMITTING)
    items = tuple(replace(item, state=placed_state(item.state)) for item in state.item_snapshots())
    placed = state.next_event(PLACED, Status.IN_FULFILLMENT, items=items, carrier=state.order.carrier)
    result = await workflow.execute_activity_method(
        CarrierActivities.place,
        PlaceInput(ref=state.order.ref, round=state.round, sending=sending, placed=placed, earlier_events=earlier),
        **carrier_activity(state.order.carrier, f"place with {state.order.carrier}"),
    )
    if not result.was_sent:
        state.publisher.release(sending, placed)
    return result


def placed_state(state: ItemState) -> ItemState:
    """Keeps states from carrier updates, which may arrive before we know that the carrier accepted the order."""
    return ItemState.PLACED if state in {ItemState.PENDING, ItemState.RESERVED} else state


def _complete_manually(state: OrderState) -> PlaceResult:
    """The carrier's part is done outside Dialtone: nothing waits for it."""
    for item in state.open_items():
        state.progress[item.id].fulfilled = True
    return PlaceResult()
