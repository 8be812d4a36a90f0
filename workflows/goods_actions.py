"""Actions on goods that are on their way, or that come back."""

from models.errors import ActionNotAllowed, AlreadyDecided, InvalidRequest
from models.events.returns import DEVICE_RECEIVED, PARCEL_TRACED, RECEIPT_CONFIRMED
from models.lifecycle import ItemState
from models.order import Item
from models.order_messages import OperatorAction, Receipt
from models.returns import TRACED, ReturnState
from models.step import Activate, ships
from workflows.state import OrderState


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
    _forget_task(state, message.task)
    status, items = state.recompute_status(), state.item_snapshots(item)
    chosen = {"task": message.task, "choice": message.choice, "evidence": message.evidence} if message.task else {}
    state.transition(status, RECEIPT_CONFIRMED, actor=message.actor, items=items, item_id=item.id, **chosen)


def check_receive(state: OrderState, message: OperatorAction) -> None:
    if not asked_on(state, message.task):
        raise AlreadyDecided("This task is no longer current. Open the order to see the latest one.")


def receive(state: OrderState, message: OperatorAction) -> None:
    """The choice says in which condition the device is, or what has become of it or of the parcel."""
    for item in asked_on(state, message.task):
        progress = state.progress[item.id]
        progress.fulfilled = True
        _forget_task(state, message.task)
        chosen = {"task": message.task, "choice": message.choice, "evidence": message.evidence}
        if message.choice in TRACED:
            progress.return_state = ReturnState(message.choice)
            state.record(PARCEL_TRACED, actor=message.actor, item_id=item.id, outcome=message.choice, **chosen)
        else:
            condition = None if message.choice == ReturnState.RECEIVED else message.choice
            state.record(DEVICE_RECEIVED, actor=message.actor, item_id=item.id, condition=condition, **chosen)


def asked_on(state: OrderState, task: int | None) -> list[Item]:
    """The item whose device, or parcel, the desk is asked about on a task; none if it has answered."""
    open_items = state.unfulfilled_items() if state.order.type.returns else []
    asked = [(item, state.progress[item.id].desk_task) for item in open_items if state.progress[item.id].at_desk]
    asked += [(item, running.task) for running in state.waits.values() for item in running.items if item in open_items]
    return [item for item, seq in asked if seq is not None and state.publisher.number_of(seq) == task]


def _forget_task(state: OrderState, task: int | None) -> None:
    """The event that follows closes it, so the end of its wait doesn't."""
    for running in state.waits.values():
        if running.task is not None and state.publisher.number_of(running.task) == task:
            running.task = None
