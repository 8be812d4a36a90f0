"""Whether an order allows an action, as far as its status and its items tell."""

from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from types import MappingProxyType

from models.lifecycle import ACTIONS, BEFORE_APPROVAL, OPENS_ORDER, Action, ItemState, Status, has_shipped, is_refused
from models.order import Order
from models.order_type import Milestone
from models.step import Activate, ships

_NOT_PLACED = frozenset({ItemState.PENDING, ItemState.RESERVED})


# What the carrier waits for people to do about an item in this state.
_ABOUT_ITEMS: Mapping[Action, ItemState] = MappingProxyType(
    {Action.CORRECT: ItemState.REFUSED, Action.PROVIDE_INFO: ItemState.INFO_REQUIRED}
)


def _is_delivered(order: Order, states: Collection[ItemState]) -> bool:
    """Whether goods are on their way to their user, or have arrived."""
    return has_shipped(states) and ships(order.steps)


_OF_GOODS: Mapping[Action, Callable[[Order, Collection[ItemState]], bool]] = MappingProxyType(
    {
        Action.PLACE_AGAIN: lambda _, states: not has_shipped(states),
        Action.CONFIRM_RECEIPT: lambda order, states: ItemState.SHIPPED in states and ships(order.steps),
        Action.ACTIVATE: lambda order, states: has_shipped(states) and order.type.has(Activate),
        **dict.fromkeys(OPENS_ORDER, _is_delivered),
    }
)


def is_possible(action: Action, order: Order, status: Status, states: Collection[ItemState], now: datetime) -> bool:
    """`states` are those of the order's items, without those that another order takes back where that matters.

    The order's workflow has the last word.
    """
    if action not in ACTIONS[status]:
        return False
    if action in _OF_GOODS:
        return _OF_GOODS[action](order, states)
    if status is Status.VENDOR_INFO_REQUIRED and action in _ABOUT_ITEMS:
        return _ABOUT_ITEMS[action] in states
    # What has failed, or was refused, can be canceled at any time.
    if action is Action.CANCEL and status is not Status.FAILED and not is_refused(states):
        return order.type.cancel_window.closed_by(_reached(status, states), order.effective_at, now) is None
    return True


def _reached(status: Status, states: Collection[ItemState]) -> Milestone:
    if status in BEFORE_APPROVAL:
        return Milestone.SUBMITTED
    if any(state.is_done for state in states):
        return Milestone.APPLIED
    if has_shipped(states):
        return Milestone.SHIPPED
    return Milestone.APPROVED if _NOT_PLACED.issuperset(states) else Milestone.PLACED
