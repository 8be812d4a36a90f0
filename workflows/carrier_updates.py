"""Applies a carrier's updates, which can arrive in any sequence."""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType

from models.event import Event
from models.events.fulfillment import (
    ACTIVATION_NEEDED,
    BACKORDERED,
    COMPLETION_WITHDRAWN,
    PROGRESS,
    SHIPPED,
    VENDOR_INFO_REQUIRED,
)
from models.events.operations import LEFT_TO_DESK
from models.events.returns import RETURN_ARRIVED, RETURN_IN_TRANSIT, RETURN_LABEL_READY
from models.lifecycle import NOT_DELIVERED, ItemState
from models.order import Actor, CarrierUpdate, Item, ItemUpdate
from models.order_type import Milestone
from models.returns import TRACED, ReturnState
from models.status_labels import label
from models.step import OnFailure
from workflows.carrier_cancel import cancel_declined
from workflows.corrections import refuse
from workflows.earlier_rounds import open_task
from workflows.return_waits import ask_what_became_of, send_by, was_sent
from workflows.state import EarlierUpdate, ItemProgress, OrderState

# How far along an item is. Without newer times, an update does not return it to an earlier state.
_RANK: Mapping[ItemState, int] = MappingProxyType(
    {
        ItemState.PENDING: 0,
        ItemState.RESERVED: 0,
        ItemState.PLACED: 1,
        ItemState.IN_FULFILLMENT: 2,
        ItemState.BACKORDERED: 2,
        ItemState.INFO_REQUIRED: 2,
        ItemState.SHIPPED: 3,
        ItemState.AWAITING_ACTIVATION: 4,
    }
)

# What an item waits for, however far it is; later it continues from there.
_SETBACKS = frozenset({ItemState.BACKORDERED, ItemState.INFO_REQUIRED})

_EVENTS: Mapping[ItemState, Event] = MappingProxyType(
    {
        ItemState.BACKORDERED: BACKORDERED,
        ItemState.INFO_REQUIRED: VENDOR_INFO_REQUIRED,
        ItemState.SHIPPED: SHIPPED,
        ItemState.AWAITING_ACTIVATION: ACTIVATION_NEEDED,
    }
)

# The next step of a device that goes back.
_NEXT: Mapping[ReturnState, str] = MappingProxyType(
    {
        ReturnState.LABEL_SENT: "send",
        ReturnState.IN_TRANSIT: "way_back",
        ReturnState.RECEIVED: "arrived",
        ReturnState.INSPECTED: "arrived",
    }
)
_RETURN_EVENTS: Mapping[ReturnState, Event] = MappingProxyType(
    {
        ReturnState.LABEL_SENT: RETURN_LABEL_READY,
        ReturnState.IN_TRANSIT: RETURN_IN_TRANSIT,
        ReturnState.RECEIVED: RETURN_ARRIVED,
        ReturnState.INSPECTED: RETURN_ARRIVED,
    }
)


def apply_carrier_update(state: OrderState, update: CarrierUpdate) -> None:
    """Change the items that an update names, once per update. Steps wait for these changes.

    The present round decides how far an item is. What an earlier one brings is recorded, until it is completed; what
    it declines or asks for becomes a task.
    """
    number = next((number for number in state.rounds if update.client_ref == f"{state.order.id}:{number}"), None)
    if number is None or update.event_id in state.handled_ids or state.closing or state.status.final:
        return
    if number != state.round and state.sending:
        state.updates_while_sending.append(update)
        return
    state.handled_ids.add(update.event_id)
    for item_update, reported in update.states:
        progress = state.progress.get(item_update.item_id)
        if progress is not None and _is_earlier(state, progress, number):
            _update_earlier(state, progress, EarlierUpdate(round=number, update=item_update, actor=update.actor))
        elif progress is not None and not progress.state.final:
            _update_item(state, progress, item_update, reported, update)
        if reported.final:
            state.rounds[number].discard(item_update.item_id)
    state.follow_waits()


def _is_earlier(state: OrderState, progress: ItemProgress, number: int) -> bool:
    """Whether another round than this one decides how far the item is, or has followed its end."""
    return number != progress.round or (progress.state.final and number != state.round)


def apply_kept_updates(state: OrderState) -> None:
    """What came while the order was sent: recorded before, it would undo what the carrier's answer has recorded."""
    kept, state.updates_while_sending = state.updates_while_sending, []
    for update in kept:
        with state.caused_by(update.event_id):
            apply_carrier_update(state, update)


def _update_earlier(state: OrderState, progress: ItemProgress, earlier: EarlierUpdate) -> None:
    is_open = earlier.update.item_id in state.rounds[earlier.round] and not progress.state.final
    if not open_task(state, earlier) and is_open:
        _record(state, earlier.update, earlier.actor, PROGRESS)


def _update_item(
    state: OrderState, progress: ItemProgress, item: ItemUpdate, reported: ItemState, update: CarrierUpdate
) -> None:
    is_newer = _is_newer(update.at, progress)
    goes_back = _note_return(progress, item)
    progress.reported_at = max(filter(None, (update.at, progress.reported_at)), default=None)
    _note_newest(progress, item, is_newer=is_newer)
    if reported is ItemState.DONE and (not progress.at_desk or progress.return_state in TRACED):
        progress.fulfilled = True
    if progress.fulfilled:
        if reported in NOT_DELIVERED and is_newer is not False and state.cancellation is None:
            _withdraw(state, progress, item, reported, update.actor)
        return
    if not (reported in _RANK or reported.final) or (progress.is_received and reported is ItemState.SHIPPED):
        return
    if reported.final and _continues_without(state, item, reported, update.actor):
        return
    asks = reported is ItemState.INFO_REQUIRED and _note_question(progress, item, is_newer=is_newer)
    if progress.state in {ItemState.CANCELING, ItemState.FAILED} and not reported.final:
        before = progress.resume_state or ItemState.PENDING
        progress.resume_state = _following(progress, before, reported, is_newer=is_newer)
        if asks:
            _record(state, item, update.actor, VENDOR_INFO_REQUIRED)
        if state.carrier_assessing and progress.state is ItemState.CANCELING:
            cancel_declined(state, "The carrier continued with the order.")
        return
    if _move(state, progress, item, reported, is_newer=is_newer) or asks or goes_back:
        _record(state, item, update.actor, _event_of(item, reported))


def _note_newest(progress: ItemProgress, item: ItemUpdate, *, is_newer: bool | None) -> None:
    """What counts only if no newer update of the item is known."""
    if is_newer is False:
        return
    progress.expected_at = item.expected_at or progress.expected_at
    progress.final_on = item.final_on or progress.final_on
    if item.state is ItemState.DONE:
        progress.in_part = item.in_part


def _note_return(progress: ItemProgress, item: ItemUpdate) -> bool:
    """Whether a device that goes back is further than before."""
    if item.return_state is None or (progress.return_state and item.return_state.rank <= progress.return_state.rank):
        return False
    progress.return_state = item.return_state
    return item.return_state in _RETURN_EVENTS


def _event_of(item: ItemUpdate, reported: ItemState) -> Event:
    """What goes back is shipped, too, but not to its user."""
    if item.return_state is not None and reported is not ItemState.INFO_REQUIRED:
        return _RETURN_EVENTS.get(item.return_state, PROGRESS)
    return _EVENTS.get(reported, PROGRESS)


def _continues_without(state: OrderState, item: ItemUpdate, reported: ItemState, actor: Actor) -> bool:
    """Whether the item doesn't end with what the carrier says: the desk acts, or the answers can be corrected."""
    if state.progress[item.item_id].at_desk and (reported is ItemState.DONE or state.cancellation is None):
        _record(state, item, actor, PROGRESS)  # only the desk, or what has become of the parcel, ends its wait
        return True
    if state.place_step.on_failure is OnFailure.DESK and state.cancellation is None:
        state.progress[item.item_id].fulfilled = True
        _record(state, item, actor, LEFT_TO_DESK)
        return True
    if state.order.type.returns and state.cancellation is None and was_sent(state.progress[item.item_id]):
        _keep_sent(state, item, actor)
        return True
    return reported is ItemState.DECLINED and _refuse(state, item)


def _keep_sent(state: OrderState, update: ItemUpdate, actor: Actor) -> None:
    """The carrier has the device, or lost it: it doesn't go back to its user, and the carrier asks nothing anymore."""
    progress = state.progress[update.item_id]
    if progress.state in _SETBACKS:
        progress.state = ItemState.SHIPPED
    _record(state, update, actor, PROGRESS)
    ask_what_became_of(state, state.order.item(update.item_id), update)


def _refuse(state: OrderState, update: ItemUpdate) -> bool:
    """Whether what the carrier declines can be corrected: not while the item is canceled, or its step has failed."""
    progress = state.progress[update.item_id]
    if progress.state in {ItemState.CANCELING, ItemState.FAILED}:
        return False
    if progress.state is ItemState.REFUSED:
        return True
    return refuse(state, [state.order.item(update.item_id)], update.needs, update.code, update.detail or "")


def _withdraw(state: OrderState, progress: ItemProgress, item: ItemUpdate, reported: ItemState, actor: Actor) -> None:
    """The carrier takes back that an item is completed.

    APPLY fails then, until a person confirms the item or cancels the order. If it has failed already, it is tried
    again, as the item's task is another one now.
    """
    progress.is_confirmed = False
    state.record(
        COMPLETION_WITHDRAWN,
        actor=actor,
        item_id=item.item_id,
        reported=label(reported),
        code=item.code,
        detail=item.detail,
        task=state.open_task if state.failures else None,
    )
    for failure in state.failures:
        failure.is_outdated = True


def _is_newer(at: datetime | None, progress: ItemProgress) -> bool | None:
    """Whether this is the carrier's newest update of the item; None if the times don't say."""
    if at is None or progress.reported_at is None or at == progress.reported_at:
        return None
    return at > progress.reported_at


def _note_question(progress: ItemProgress, update: ItemUpdate, *, is_newer: bool | None) -> bool:
    """Whether the carrier asks something else than before. The newest question counts, but none is left out."""
    asked = (update.needs or progress.needs, update.detail or progress.question)
    is_other = asked != (progress.needs, progress.question)
    if is_newer is not False or not progress.needs:
        progress.needs, progress.question = asked
        progress.is_answered = progress.is_answered and not is_other
    return is_other


def _move(
    state: OrderState, progress: ItemProgress, item: ItemUpdate, reported: ItemState, *, is_newer: bool | None
) -> bool:
    """Returns whether the item's state changed."""
    before = progress.state
    progress.state = reported if reported.final else _following(progress, before, reported, is_newer=is_newer)
    if reported is ItemState.DECLINED:
        state.last_decline = {"code": item.code, "detail": item.detail}
    if progress.state is ItemState.INFO_REQUIRED and before is not progress.state:
        progress.is_answered = False
    if _RANK.get(progress.state, 0) >= _RANK[ItemState.SHIPPED]:
        state.mark_reached(Milestone.SHIPPED)
    return progress.state is not before


def _following(progress: ItemProgress, before: ItemState, reported: ItemState, *, is_newer: bool | None) -> ItemState:
    """The state that follows from a report. Without times, one that is less far is older, unless it's a question."""
    furthest = progress.before_setback or before if before in _SETBACKS else before
    if reported in _SETBACKS:
        counts = _counts(furthest, reported, is_newer) or (reported is ItemState.INFO_REQUIRED and is_newer is None)
    else:
        counts = _counts(before, reported, is_newer) or before not in _SETBACKS
        furthest = reported if _RANK[reported] > _RANK.get(furthest, 0) else furthest
    progress.before_setback = furthest
    if not counts:
        return before
    return reported if reported in _SETBACKS else furthest


def _counts(before: ItemState, reported: ItemState, is_newer: bool | None) -> bool:
    return is_newer if is_newer is not None else _RANK[reported] >= _RANK.get(before, 0)


def _record(state: OrderState, update: ItemUpdate, actor: Actor, event: Event) -> None:
    item = state.order.item(update.item_id)
    state.set_status(state.recompute_status())
    to_send = {"ends_at": send_by(state, item).isoformat()} if event is RETURN_LABEL_READY else {}
    state.record(
        event,
        actor=actor,
        items=state.item_snapshots(item),
        item_id=update.item_id,
        code=update.code,
        detail=update.detail,
        needs=list(update.needs),
        answer_by=answer_by(state, item) if event is VENDOR_INFO_REQUIRED else None,
        expected_at=update.expected_at.isoformat() if update.expected_at else None,
        next=_NEXT.get(update.return_state) if update.return_state else None,
        **to_send,
    )


def answer_by(state: OrderState, item: Item) -> str | None:
    """By when the carrier's question must be answered. A question that is repeated has the end it had."""
    progress = state.progress[item.id]
    is_asked = progress.state is ItemState.INFO_REQUIRED and not progress.is_answered
    return state.ends_of_wait(item) if is_asked else None
