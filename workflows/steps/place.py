"""PLACE: send the carrier one order with all items."""

from dataclasses import replace
from functools import partial

from temporalio import workflow

from activities.carrier import CarrierActivities, PlaceInput, PlaceResult
from models.errors import CarrierDeclined
from models.events.ending import VENDOR_REJECTED
from models.events.features import ALREADY_ENDED
from models.events.fulfillment import NOT_SENT, PLACED, PROGRESS, SUBMITTING
from models.events.operations import FOUND_AGAIN, LEFT_TO_DESK, STEP_SKIPPED
from models.events.preparation import HELD
from models.formatting import join_names
from models.lifecycle import ItemState, Status
from models.order import OrderEvent
from models.order_type import Milestone
from models.step import OnFailure, Place
from workflows import waits
from workflows.activity_options import carrier_activity
from workflows.carrier_cancel import begin_canceling, undo_place
from workflows.carrier_updates import apply_kept_updates
from workflows.changes import settle
from workflows.corrections import refuse, take_correction, wait_for_correction
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
        released, before = state.locks_released, state.status
        state.sending = True
        try:
            result = await _send(state, step)
        except CarrierDeclined as error:
            await _settle_refusal(state, error)
            continue
        finally:
            state.sending = False
            apply_kept_updates(state)
        if result.is_done:
            break
        state.sent = False
        if result.changes is not None:
            await settle(state, result.changes)
            continue
        state.held_by = result.held_by
        if before is Status.ON_HOLD:
            state.set_status(Status.ON_HOLD)
        else:
            state.transition(Status.ON_HOLD, HELD, by=result.held_by)
        await state.wait_until(partial(_more_locks_released, state, released))
    _note_placed(state)


async def _settle_refusal(state: OrderState, error: CarrierDeclined) -> None:
    """Wait until the order is corrected, then begin another round. Raises OrderEnded if it isn't, or can't be."""
    declined = [state.order.item(item_id) for item_id in sorted(state.rounds.pop(state.round))]
    if not state.open_rounds:
        state.sent = False
        del state.compensations[Place.kind]
    state.sending = False
    if refuse(state, declined, error.needs, error.facts["code"], error.detail) and await wait_for_correction(state):
        items = await take_correction(state)
        state.compensations[Place.kind] = partial(undo_place, state)
        state.add_round(items)
        return
    raise OrderEnded(Status.VENDOR_REJECTED, VENDOR_REJECTED, code=error.facts["code"], detail=error.detail) from error


async def place_corrected(state: OrderState) -> None:
    """Send what was corrected, after the carrier had accepted the order and then refused it, as another round."""
    state.is_corrected = False
    items = [item for item in await take_correction(state) if not state.progress[item.id].state.final]
    if not items:
        return  # it was canceled meanwhile
    state.add_round(items)
    state.sending = True
    try:
        await _send(state, state.place_step)
    except CarrierDeclined as error:
        if not refuse(state, items, error.needs, error.facts["code"], error.detail):
            _end_items(state, error)
        del state.rounds[state.round]
    finally:
        state.sending = False
        apply_kept_updates(state)
    _note_placed(state)


async def place_again(state: OrderState) -> None:
    """Send what the carrier has lost once more, as another round, unless it has that after all.

    If the carrier declines, its items end as if it had declined them later.
    """
    assert state.replacement is not None
    lost, before = state.replacement.round, {key: progress.state for key, progress in state.progress.items()}
    state.replacement = None
    if not state.unfulfilled_items():
        return  # the carrier has reported their end meanwhile
    state.add_round()
    state.sending = True
    try:
        result = await _send(state, state.place_step, replaces=lost)
        if result.is_done:
            del state.rounds[lost]
        else:
            _return_to(state, lost, before, result)
    except CarrierDeclined as error:
        del state.rounds[lost]
        _end_items(state, error)
    finally:
        state.sending = False
        apply_kept_updates(state)
    _note_placed(state)


def _return_to(state: OrderState, lost: int, before: dict[str, ItemState], result: PlaceResult) -> None:
    """The carrier has its order again."""
    for item_id in state.rounds.pop(state.round):
        state.progress[item_id].state, state.progress[item_id].round = before[item_id], lost
    state.round = lost
    state.transition(state.recompute_status(), FOUND_AGAIN, items=state.item_snapshots(), carrier_ref=result.found)


def _end_items(state: OrderState, error: CarrierDeclined) -> None:
    state.last_decline = {"code": error.facts["code"], "detail": error.detail}
    declined = [state.order.item(item_id) for item_id in sorted(state.rounds[state.round])]
    state.rounds[state.round].clear()
    for item in declined:
        state.progress[item.id].state = ItemState.DECLINED
    state.transition(state.recompute_status(), PROGRESS, items=state.item_snapshots(*declined), **state.last_decline)


def _note_placed(state: OrderState) -> None:
    """A cancellation or a correction that came while the order was sent is passed on."""
    state.placed = True
    state.is_corrected = state.correction is not None
    state.mark_reached(Milestone.PLACED)
    state.follow_waits()
    if state.cancellation is not None and state.open_items():
        begin_canceling(state, state.cancellation)


def _more_locks_released(state: OrderState, count: int) -> bool:
    return state.locks_released > count


async def _send(state: OrderState, step: Place, *, replaces: int | None = None) -> PlaceResult:
    state.set_status(Status.SUBMITTING)
    state.sent = True
    result = await run_step(
        state,
        Place.kind,
        partial(_call, state, replaces),
        complete_manually=partial(_complete_manually, state),
        skip=None if step.on_failure is OnFailure.WAIT else partial(_complete_manually, state),
        skipped=LEFT_TO_DESK if step.on_failure is OnFailure.DESK else STEP_SKIPPED,
    )
    if result.is_done:
        _note_idle(state, result)
        for progress in state.progress.values():
            progress.state = placed_state(progress.state)
        state.set_status(state.recompute_status())
        for item_id, names in result.ended:
            ended = f"{join_names([*names])} had already ended before the order was sent."
            state.record(ALREADY_ENDED, item_id=item_id, detail=ended)
    return result


def _note_idle(state: OrderState, result: PlaceResult) -> None:
    """The carrier isn't asked about items for which it has nothing to do."""
    if not result.was_sent:
        state.record(NOT_SENT)
    for item_id in result.idle:
        state.progress[item_id].fulfilled = True
        state.rounds[state.round].discard(item_id)
    state.sent = result.was_sent


async def _call(state: OrderState, replaces: int | None, earlier: tuple[OrderEvent, ...]) -> PlaceResult:
    sending = state.next_event(SUBMITTING, Status.SUBMITTING)
    items = tuple(replace(item, state=placed_state(item.state)) for item in state.item_snapshots())
    placed = state.next_event(
        PLACED,
        Status.IN_FULFILLMENT,
        items=items,
        carrier=state.order.carrier,
        due_at=waits.first_due(state, workflow.now()),
    )
    result = await workflow.execute_activity_method(
        CarrierActivities.place,
        PlaceInput(
            ref=state.order.ref,
            round=state.round,
            part=state.part,
            item_ids=tuple(sorted(state.rounds[state.round])),
            replaces=replaces,
            quoted=state.order.type.quote,
            sending=sending,
            placed=placed,
            earlier_events=earlier,
        ),
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
