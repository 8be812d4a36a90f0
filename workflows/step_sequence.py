"""The sequences of steps that the lifecycle can run."""

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType

from models.lifecycle import ItemState
from models.step import Activate, Apply, Approve, Fulfill, NotifyHolder, Place, Reserve, Return, Rule, Schedule, Step

_ONCE = (Rule, Approve, Schedule, Reserve, NotifyHolder, Apply)
# How far the carrier is with an item when a step no longer waits for it.
_DELIVERED_UNTIL: Mapping[ItemState, int] = MappingProxyType(
    {ItemState.SHIPPED: 1, ItemState.AWAITING_ACTIVATION: 2, ItemState.DONE: 3}
)
_DONE = _DELIVERED_UNTIL[ItemState.DONE]


def problems(steps: Sequence[Step]) -> Iterator[str]:
    """What is wrong with a sequence, as sentences without a period."""
    if not steps or not isinstance(steps[0], Rule):
        yield "RULE must be the first step, because all others follow its ruling"
    own = [step for step in steps if not isinstance(step, Return)]
    if not own or not isinstance(own[-1], Apply):
        yield "APPLY must be the last step, because it ends the item"
    if _stands_before(steps, Return, Apply):
        yield "OPEN_RETURN must stand after APPLY, which takes the device off the line"
    for kind in _ONCE:
        if _count(steps, kind) > 1:
            yield f"{kind.kind} can stand only once"
    before, *rounds = _rounds(steps)
    yield from _before_the_carrier(before)
    yield from _order_of_preparation(steps)
    for one in rounds:
        yield from _round(one)


def _rounds(steps: Sequence[Step]) -> list[list[Step]]:
    """What comes before the first PLACE, then each PLACE with what follows it before the next one."""
    rounds: list[list[Step]] = [[]]
    for step in steps:
        if isinstance(step, Place):
            rounds.append([])
        rounds[-1].append(step)
    return rounds


def _before_the_carrier(steps: Sequence[Step]) -> Iterator[str]:
    for step in steps:
        if isinstance(step, Fulfill | Activate):
            yield f"{step.kind} waits for the carrier, so a PLACE must stand before it"


def _order_of_preparation(steps: Sequence[Step]) -> Iterator[str]:
    if _count(steps, Approve) and not any(isinstance(step, Approve) for step in steps[1:2]):
        yield "APPROVE must come right after RULE, which asks the first approvers"
    for kind in (Reserve, NotifyHolder, Place):
        if _stands_before(steps, kind, Schedule):
            yield f"{kind.kind} can't stand before SCHEDULE, because nothing begins before the start date"
    if _stands_before(steps, Place, Reserve):
        yield "RESERVE must stand before the first PLACE, because it returns all items to the start"
    if _stands_before(steps, Place, NotifyHolder) and not _stands_before(steps, NotifyHolder, Place):
        yield "NOTIFY_HOLDER must stand before a PLACE, because it says what is about to change"


def _round(steps: Sequence[Step]) -> Iterator[str]:
    """A round begins with its PLACE. Each wait is for more than the one before it."""
    place, *_ = steps
    assert isinstance(place, Place)
    waits = [step for step in steps if isinstance(step, Fulfill | Activate)]
    if not any(isinstance(step, Fulfill) for step in waits):
        yield f"PLACE of {place.action!r} needs a FULFILL after it, which waits for the carrier"
    reached = 0
    for step in waits:
        if isinstance(step, Activate) and reached == 0:
            yield "ACTIVATE must stand after a FULFILL, which waits for the delivery"
        if isinstance(step, Fulfill) and step.until not in _DELIVERED_UNTIL:
            yield f"FULFILL can't wait until an item is {step.until}, only until one of {', '.join(_DELIVERED_UNTIL)}"
            return
        until = _DELIVERED_UNTIL[step.until] if isinstance(step, Fulfill) else _DONE
        if until <= reached:
            yield f"{step.kind} waits for nothing, because the carrier has come that far in an earlier step"
        reached = until


def _count(steps: Sequence[Step], kind: type[Step]) -> int:
    return sum(isinstance(step, kind) for step in steps)


def _stands_before(steps: Sequence[Step], first: type[Step], second: type[Step]) -> bool:
    """Whether a step of the one kind has a step of the other kind somewhere after it."""
    kinds = [type(step) for step in steps]
    return first in kinds and second in kinds[kinds.index(first) :]
