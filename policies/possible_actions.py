"""Whether an order allows an action, as far as its status and its items tell."""

from collections.abc import Collection
from datetime import datetime

from models.lifecycle import ACTIONS, BEFORE_APPROVAL, OPENS_ORDER, Action, ItemState, Status, has_shipped
from models.order import Order
from models.order_type import Milestone
from models.step import ships

_NOT_PLACED = frozenset({ItemState.PENDING, ItemState.RESERVED})


def is_possible(action: Action, order: Order, status: Status, states: Collection[ItemState], now: datetime) -> bool:
    """`states` are those of the order's items. The order's workflow has the last word."""
    if action not in ACTIONS[status]:
        return False
    if action is Action.PLACE_AGAIN:
        return not has_shipped(states)
    if action is Action.CONFIRM_RECEIPT:
        return ItemState.SHIPPED in states and ships(order.steps)
    if action in OPENS_ORDER:
        return False
    # What has failed can be canceled at any time.
    if action is Action.CANCEL and status is not Status.FAILED:
        return order.type.cancel_window.closed_by(_reached(status, states), order.effective_at, now) is None
    return True


def _reached(status: Status, states: Collection[ItemState]) -> Milestone:
    if status in BEFORE_APPROVAL:
        return Milestone.SUBMITTED
    if ItemState.DONE in states:
        return Milestone.APPLIED
    if has_shipped(states):
        return Milestone.SHIPPED
    return Milestone.APPROVED if _NOT_PLACED.issuperset(states) else Milestone.PLACED
