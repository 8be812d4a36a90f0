"""What a carrier reports about an earlier order, while its latest one decides how far an item is."""

from typing import Any

from models.events.operations import EARLIER_QUESTION, UNEXPECTED_UPDATE
from models.formatting import join_names
from models.lifecycle import NOT_DELIVERED, ItemState
from models.order import ItemUpdate
from models.questions import label_for
from models.status_labels import label
from workflows.state import EarlierUpdate, OrderState


def open_task(state: OrderState, earlier: EarlierUpdate) -> bool:
    """Open a task for what only a person can settle, the same report once; False if there is nothing to settle.

    While the order is being canceled, the end of an earlier order is what was asked for. It becomes a task if the
    carrier continues with the latest one.
    """
    update, progress = earlier.update, state.progress[earlier.update.item_id]
    asks = update.state is ItemState.INFO_REQUIRED and update.item_id in state.rounds[earlier.round]
    if progress.state in NOT_DELIVERED or not (asks or update.state in NOT_DELIVERED):
        return False
    if progress.state is ItemState.CANCELING and not asks:
        state.earlier_updates.append(earlier)
        return False
    thing = _thing(earlier)
    if thing not in state.earlier_tasks:
        state.earlier_tasks.add(thing)
        state.record(
            EARLIER_QUESTION if asks else UNEXPECTED_UPDATE,
            actor=earlier.actor,
            thing=thing,
            **_evidence(state, update),
            references=f"{state.order.id}:{earlier.round}",
        )
    return True


def open_kept_tasks(state: OrderState) -> None:
    """The order continues: what was reported while it was being canceled is to be settled after all."""
    kept, state.earlier_updates = state.earlier_updates, []
    for earlier in kept:
        open_task(state, earlier)


def _thing(earlier: EarlierUpdate) -> str:
    """Each question of a carrier is a thing of its own."""
    update = earlier.update
    asked = (*update.needs, update.detail or "") if update.state is ItemState.INFO_REQUIRED else ()
    return ":".join((update.item_id, str(earlier.round), str(update.state), *asked))


def _evidence(state: OrderState, update: ItemUpdate) -> dict[str, Any]:
    return {
        "variant": "earlier",
        "item_id": update.item_id,
        "item": state.order.item(update.item_id).number,
        "reported": label(update.state),
        "recorded": label(state.progress[update.item_id].state),
        "code": update.code,
        "detail": update.detail,
        "asked": join_names(map(label_for, update.needs)) if update.needs else None,
    }
