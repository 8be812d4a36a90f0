"""Actions on goods that are on their way, or that come back."""

from models.errors import ActionNotAllowed, AlreadyDecided, InvalidRequest
from models.events.returns import RECEIPT_CONFIRMED
from models.lifecycle import ItemState
from models.order_messages import OperatorAction, Receipt
from models.step import Activate, ships
from workflows.state import ItemProgress, OrderState


def check_confirm_receipt(state: OrderState, message: Receipt) -> None:
    progress = state.progress.get(message.item_id)
    if progress is None:
        raise InvalidRequest("This order has no such item.", field="item_id")
    if progress.state is not ItemState.SHIPPED or progress.fulfilled or not ships(state.order.steps):
        raise ActionNotAllowed("This item isn't on its way.", field="item_id")


def confirm_receipt(state: OrderState, message: Receipt) -> None:
    """An item that is to be activated waits for that now; any other one is complete. Nobody looks for it anymore."""
    item, progress = state.order.item(message.item_id), state.progress[message.item_id]
    progress.is_received = True
    if progress.returned_by is not None and progress.returned_by.is_traced:
        progress.returned_by = None
    if any(isinstance(step, Activate) for step in state.order.steps_of(item)):
        progress.state = ItemState.AWAITING_ACTIVATION
    else:
        progress.fulfilled = True
    for running in state.waits.values():
        if running.task == message.task:
            running.task = None  # this event closes it
    status, items = state.recompute_status(), state.item_snapshots(item)
    chosen = {"task": message.task, "choice": message.choice, "evidence": message.evidence} if message.task else {}
    state.transition(status, RECEIPT_CONFIRMED, actor=message.actor, items=items, item_id=item.id, **chosen)


def check_receive(state: OrderState, message: OperatorAction) -> None:
    if not asked_on(state, message.task):
        raise AlreadyDecided("This task is no longer current. Open the order to see the latest one.")


def receive(state: OrderState, message: OperatorAction) -> None:
    for progress in asked_on(state, message.task):
        progress.received = message


def asked_on(state: OrderState, task: int | None) -> list[ItemProgress]:
    """The item whose device, or parcel, the desk is asked about on a task; none if it has answered."""
    items = [state.progress[item.id] for item in state.unfulfilled_items()]
    asked = [(one, one.desk_task) for one in items if one.at_desk and one.received is None]
    return [one for one, seq in asked if seq is not None and state.publisher.number_of(seq) == task]
