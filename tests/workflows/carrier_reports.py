"""What a carrier reports about an item, and when."""

from collections.abc import Mapping
from types import MappingProxyType

from carriers.tmf622.action import find_action
from models.lifecycle import ItemState, Status
from models.order_type import FrozenType
from models.step import Activate, Fulfill, Place, Step
from models.step import ships as ships_goods

_REPORTED: Mapping[Status, ItemState] = MappingProxyType(
    {Status.SHIPPED: ItemState.SHIPPED, Status.AWAITING_ACTIVATION: ItemState.AWAITING_ACTIVATION}
)


def rounds_of(kind: FrozenType) -> tuple[tuple[ItemState, ...], ...]:
    """For each order that the carrier gets, what it reports until the next one, or until it is done."""
    rounds: list[list[Step]] = []
    for step in kind.steps:
        if isinstance(step, Place):
            rounds.append([])
        if rounds:
            rounds[-1].append(step)
    return tuple(_reports(steps) for steps in rounds)


def _reports(steps: list[Step]) -> tuple[ItemState, ...]:
    if any(isinstance(step, Activate) for step in steps):
        shipped = (ItemState.SHIPPED,) if ships_goods(steps) else ()
        return (*shipped, ItemState.AWAITING_ACTIVATION, ItemState.DONE)
    if any(isinstance(step, Fulfill) and step.until is not ItemState.DONE for step in steps):
        return (ItemState.SHIPPED,)
    ships = any(isinstance(step, Place) and find_action(step.action).ships for step in steps)
    return (ItemState.SHIPPED, ItemState.DONE) if ships else (ItemState.DONE,)


def next_report(kind: FrozenType, number: int, status: Status) -> ItemState:
    """What the carrier reports next about its order with this number (from 1) while the order has this status."""
    reports = rounds_of(kind)[number - 1]
    if status is Status.IN_FULFILLMENT:
        return reports[0]
    reported = _REPORTED.get(status)
    return reports[reports.index(reported) + 1] if reported in reports[:-1] else ItemState.DONE
