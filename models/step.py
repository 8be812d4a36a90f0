"""The steps that order types are made of. `kind` is what running orders and failures call a step."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from models.lifecycle import ItemState


class OnFailure(StrEnum):
    """What happens when a step has failed for good."""

    WAIT = "wait"  # the order is FAILED until a person has settled the task
    TASK = "task"  # the order continues without the step, which becomes a task
    DESK = "desk"  # the telecom desk does it: the order continues with the RECEIVE that follows


@dataclass(frozen=True)
class Rule:
    """Follow the ruling that the order was submitted with."""

    kind: Literal["RULE"] = "RULE"


@dataclass(frozen=True)
class Approve:
    """Run the stages of the approval plan."""

    kind: Literal["APPROVE"] = "APPROVE"


@dataclass(frozen=True)
class Schedule:
    """Wait for the start date, if the order has one."""

    kind: Literal["SCHEDULE"] = "SCHEDULE"


@dataclass(frozen=True)
class Reserve:
    """Make the effect's reservation in the inventory."""

    kind: Literal["RESERVE"] = "RESERVE"


@dataclass(frozen=True)
class NotifyHolder:
    """Tell the people the lines are assigned to what is about to change, before the carrier is asked."""

    on_failure: OnFailure = OnFailure.WAIT
    kind: Literal["NOTIFY_HOLDER"] = "NOTIFY_HOLDER"


@dataclass(frozen=True)
class Place:
    """Send the carrier one order with all open items; each PLACE is a round of its own.

    `action` is the code of what the carrier is asked to do. If the order continues without it (`on_failure`), nothing
    waits for what the carrier would have done.
    """

    action: str
    on_failure: OnFailure = OnFailure.WAIT
    kind: Literal["PLACE"] = "PLACE"


@dataclass(frozen=True)
class Fulfill:
    """Wait until the carrier reports that the item is this far, or done. `goods`: whether something is on its way."""

    until: ItemState = ItemState.DONE
    goods: bool = True
    kind: Literal["FULFILL"] = "FULFILL"


@dataclass(frozen=True)
class Activate:
    """Wait until service has started: the user confirms the device, or the carrier starts it on its own."""

    kind: Literal["ACTIVATE"] = "ACTIVATE"


@dataclass(frozen=True)
class Apply:
    """Apply the effect to the inventory."""

    kind: Literal["APPLY"] = "APPLY"


@dataclass(frozen=True)
class Record:
    """Record an event of the item, which sends the emails of the event. `event` is its code."""

    event: str
    kind: Literal["RECORD"] = "RECORD"


@dataclass(frozen=True)
class Receive:
    """Wait until the telecom desk has a device, or, if the item is `traced`, has found out where its parcel is.

    It waits for nothing that is known already.
    """

    traced: bool = False
    kind: Literal["RECEIVE"] = "RECEIVE"


@dataclass(frozen=True)
class Return:
    """Open an order that returns the device that the item has taken off its line, and don't wait for it.

    `cause` says why, `way` how it goes back. It is only opened if the item's answer to `question` is `equals`.
    """

    cause: str
    question: str
    equals: str
    way: str = "label"
    kind: Literal["OPEN_RETURN"] = "OPEN_RETURN"


# Steps of the whole order run once, steps of an item run for each item, side by side with the other items.
OrderStep = Rule | Approve | Schedule | Reserve | NotifyHolder | Place
ItemStep = Fulfill | Activate | Receive | Apply | Record | Return
Step = OrderStep | ItemStep


def item_steps(steps: Iterable[Step]) -> list[list[Step]]:
    """For each step of the order, the steps of items that follow it before the next one."""
    following: list[list[Step]] = []
    for step in steps:
        if isinstance(step, OrderStep):
            following.append([])
        else:
            following[-1].append(step)
    return following


def ships(steps: Iterable[Step]) -> bool:
    """Whether goods are on their way at some point."""
    return any(isinstance(step, Fulfill) and step.until is not ItemState.DONE and step.goods for step in steps)


def recorded_events(steps: Iterable[Step]) -> tuple[str, ...]:
    """The codes of the events that the type itself records."""
    return tuple(step.event for step in steps if isinstance(step, Record))


def carrier_actions(steps: Iterable[Step]) -> tuple[str, ...]:
    """What the carrier is asked to do, by part; empty for orders without a carrier."""
    return tuple(step.action for step in steps if isinstance(step, Place))
