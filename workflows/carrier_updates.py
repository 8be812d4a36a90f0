"""Applies a carrier's updates, which can arrive in any sequence."""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType

from temporalio import workflow

from models.event import Event
from models.events.fulfillment import ACTIVATION_NEEDED, BACKORDERED, PROGRESS, SHIPPED, VENDOR_INFO_REQUIRED
from models.lifecycle import ItemState
from models.order import Actor, CarrierUpdate, ItemUpdate
from models.order_type import Milestone
from workflows.carrier_cancel import cancel_declined
from workflows.earlier_rounds import open_task
from workflows.state import EarlierNews, ItemProgress, OrderState

# How far along an item is. A late update does not return it to an earlier state.
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

_EVENTS: Mapping[ItemState, Event] = MappingProxyType(
    {
        ItemState.BACKORDERED: BACKORDERED,
        ItemState.INFO_REQUIRED: VENDOR_INFO_REQUIRED,
        ItemState.SHIPPED: SHIPPED,
        ItemState.AWAITING_ACTIVATION: ACTIVATION_NEEDED,
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
    for item_update in update.items:
        progress = state.progress.get(item_update.item_id)
        if progress is not None and number != state.round:
            _update_earlier(state, progress, EarlierNews(round=number, update=item_update, actor=update.actor))
        elif progress is not None and not progress.state.final:
            _update_item(state, progress, item_update, update.actor, update.at)
        if item_update.state.final:
            state.rounds[number].discard(item_update.item_id)


def apply_kept_updates(state: OrderState) -> None:
    """What came while the order was sent: recorded before, it would undo what the carrier's answer has recorded."""
    kept, state.updates_while_sending = state.updates_while_sending, []
    for update in kept:
        with state.caused_by(update.event_id):
            apply_carrier_update(state, update)


def _update_earlier(state: OrderState, progress: ItemProgress, news: EarlierNews) -> None:
    is_open = news.update.item_id in state.rounds[news.round] and not progress.state.final
    if not open_task(state, news) and is_open:
        _record(state, news.update, news.actor, PROGRESS)


def _update_item(
    state: OrderState, progress: ItemProgress, update: ItemUpdate, actor: Actor, at: datetime | None
) -> None:
    if update.state in _RANK and _RANK[update.state] == _RANK.get(progress.state) and _is_older(at, progress):
        return
    progress.reported_at = max(filter(None, (at, progress.reported_at)), default=None)
    if update.state is ItemState.DONE:
        progress.fulfilled = True
    if progress.fulfilled or not (update.state in _RANK or update.state.final):
        return
    if progress.state in {ItemState.CANCELING, ItemState.FAILED} and not update.state.final:
        progress.resume_state = later_state(progress.resume_state or update.state, update.state)
        if state.carrier_assessing and progress.state is ItemState.CANCELING:
            cancel_declined(state, "The carrier continued with the order.")
        return
    if _move(state, progress, update):
        _record(state, update, actor, _EVENTS.get(update.state, PROGRESS))


def _is_older(at: datetime | None, progress: ItemProgress) -> bool:
    return at is not None and progress.reported_at is not None and at < progress.reported_at


def _move(state: OrderState, progress: ItemProgress, update: ItemUpdate) -> bool:
    """Returns whether the item's state changed."""
    before = progress.state
    progress.state = update.state if update.state.final else later_state(before, update.state)
    if update.state is ItemState.INFO_REQUIRED:
        progress.needs = update.needs or progress.needs
    if update.state is ItemState.DECLINED:
        state.last_decline = {"code": update.code, "detail": update.detail}
    if _RANK.get(progress.state, 0) >= _RANK[ItemState.SHIPPED]:
        state.mark_reached(Milestone.SHIPPED)
    return progress.state is not before


def later_state(before: ItemState, reported: ItemState) -> ItemState:
    """The later of two states; of two equally late ones the reported one, so that a backordered item can continue."""
    return reported if _RANK[reported] >= _RANK.get(before, 0) else before


def _record(state: OrderState, update: ItemUpdate, actor: Actor, event: Event) -> None:
    item = state.order.item(update.item_id)
    reminders = state.activation_reminders if update.state is ItemState.AWAITING_ACTIVATION else ()
    state.transition(
        state.recompute_status(),
        event,
        actor=actor,
        items=state.item_snapshots(item),
        item_id=update.item_id,
        code=update.code,
        detail=update.detail,
        due_at=workflow.now() + reminders[0] if reminders else None,
        needs=list(update.needs),
        expected_at=update.expected_at.isoformat() if update.expected_at else None,
    )
