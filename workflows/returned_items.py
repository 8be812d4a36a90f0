"""What another order, which takes back or looks for a shipped item, does to the order that it came with.

An item that has ended, and an order that has ended, ignore all of it.
"""

from models.events.returns import ITEM_RETURNED, RETURN_ENDED, RETURN_OPENED
from models.lifecycle import ItemState, has_shipped
from models.order_messages import ItemReturn
from workflows.state import ItemProgress, OrderState


def note_opened(state: OrderState, message: ItemReturn) -> None:
    """Activation reminders stop. Until the return ends, the item is not activated, unless it is only looked for."""
    progress = _open_item(state, message)
    if progress is not None and progress.returned_by is None:
        progress.returned_by = message
        state.record(RETURN_OPENED, next="search" if message.is_traced else "return", **_about(message))


def note_received(state: OrderState, message: ItemReturn) -> None:
    """The item ends as returned. Its steps, which wait for it, undo its reservation.

    What its user has received is not lost, whatever the search says. A step of the item that has failed waits for no
    operator anymore.
    """
    progress = _open_item(state, message)
    if progress is None or progress.fulfilled or not has_shipped([_state_of(progress)]):
        return
    if message.is_traced and progress.is_received:
        return
    progress.returned_by, progress.state = None, ItemState.RETURNED
    for failure in state.failures:
        if failure.data["item_id"] == message.item_id:
            failure.is_outdated = True
    items = state.item_snapshots(state.order.item(message.item_id))
    state.transition(state.recompute_status(), ITEM_RETURNED, items=items, **_about(message))


def note_ended(state: OrderState, message: ItemReturn) -> None:
    """The order continues where it was."""
    progress = _open_item(state, message)
    if progress is not None and progress.returned_by is not None and progress.returned_by.number == message.number:
        progress.returned_by = None
        state.record(RETURN_ENDED, **_about(message))


def _open_item(state: OrderState, message: ItemReturn) -> ItemProgress | None:
    progress = state.progress.get(message.item_id)
    is_over = progress is None or progress.state.final or state.closing or state.status.final
    return None if is_over else progress


def _state_of(progress: ItemProgress) -> ItemState:
    """The state of the item, apart from a failure or a cancellation that is being decided."""
    is_interrupted = progress.state in {ItemState.FAILED, ItemState.CANCELING}
    return progress.resume_state or progress.state if is_interrupted else progress.state


def _about(message: ItemReturn) -> dict[str, object]:
    return {"item_id": message.item_id, "return_order": message.number, "is_traced": message.is_traced}
