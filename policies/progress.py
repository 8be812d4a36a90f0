"""The way of an order through its steps: what is done and when, what is under way, what is to come."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from models.lifecycle import Event, ItemState, Status
from models.order_type import Step


class StepState(StrEnum):
    """How far a stretch of the way is."""

    DONE = "done"
    NOW = "now"
    TODO = "todo"
    STOP = "stop"
    SKIP = "skip"


@dataclass(frozen=True, kw_only=True)
class PastEvent:
    """One thing that happened."""

    event: Event
    status: Status
    at: datetime


@dataclass(frozen=True, kw_only=True)
class ProgressInput:
    """What the way rests on: the steps the order was placed under, what happened so far, where its items stand.

    `awaited` is who acts now, `carrier` and `activates` how the carrier and whoever holds the device are called.
    """

    steps: tuple[Step, ...]
    status: Status
    past: tuple[PastEvent, ...]
    items: tuple[ItemState, ...]
    awaited: str | None = None
    carrier: str = "The carrier"
    activates: str = "The user activates"

    def last(self, events: frozenset[Event]) -> datetime | None:
        """When one of these happened for the last time."""
        return next((one.at for one in reversed(self.past) if one.event in events), None)

    @property
    def ships(self) -> bool:
        """Whether goods are sent."""
        return Step.ACTIVATE in self.steps or self.last(frozenset({Event.SHIPPED})) is not None


@dataclass(frozen=True, kw_only=True)
class ProgressStep:
    """One stretch of the way. `at` is when it was done, or since when it is under way."""

    name: str
    mark: StepState
    at: datetime | None = None
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class _StepSpec:
    """A kind of stretch: which steps make it, what ends it, and for legs items go one by one, past which states."""

    steps: frozenset[Step]
    name: Callable[[ProgressInput], str]
    ended_by: frozenset[Event] = frozenset()
    passed: frozenset[ItemState] = frozenset()
    there: Callable[[ProgressInput], bool] = lambda _: True


_DELIVERED = frozenset({ItemState.AWAITING_ACTIVATION, ItemState.DONE})
_ENDED_WELL = frozenset({Event.ITEM_DONE, Event.COMPLETED, Event.PARTIALLY_FULFILLED})

_LEGS = (
    _StepSpec(
        steps=frozenset({Step.RULE}),
        name=lambda _: "Rules checked",
        ended_by=frozenset({Event.APPROVAL_NEEDED, Event.APPROVED}),
    ),
    _StepSpec(steps=frozenset({Step.CONSENT}), name=lambda _: "Consent"),
    _StepSpec(steps=frozenset({Step.APPROVE}), name=lambda _: "Approval", ended_by=frozenset({Event.APPROVED})),
    _StepSpec(
        steps=frozenset({Step.SCHEDULE}),
        name=lambda _: "Day it takes effect",
        ended_by=frozenset({Event.RESERVED, Event.SUBMITTING}),
        there=lambda journey: journey.last(frozenset({Event.SCHEDULED})) is not None,
    ),
    _StepSpec(
        steps=frozenset({Step.PLACE, Step.FULFILL}),
        name=lambda journey: f"{journey.carrier} {'prepares' if journey.ships else 'carries it out'}",
        ended_by=frozenset({Event.SHIPPED, Event.ACTIVATION_NEEDED}) | _ENDED_WELL,
        passed=_DELIVERED | {ItemState.SHIPPED},
    ),
    _StepSpec(
        steps=frozenset({Step.FULFILL}),
        name=lambda _: "Delivery",
        ended_by=frozenset({Event.ACTIVATION_NEEDED}) | _ENDED_WELL,
        passed=_DELIVERED,
        there=lambda journey: journey.ships,
    ),
    _StepSpec(
        steps=frozenset({Step.ACTIVATE}),
        name=lambda journey: journey.activates,
        ended_by=_ENDED_WELL,
        passed=frozenset({ItemState.DONE}),
    ),
    _StepSpec(
        steps=frozenset({Step.APPLY}),
        name=lambda _: "In the inventory",
        ended_by=_ENDED_WELL,
        passed=frozenset({ItemState.DONE}),
    ),
    _StepSpec(steps=frozenset({Step.ENROLL}), name=lambda _: "Enrollment"),
)

_ENDS: Mapping[Status, str] = MappingProxyType(
    {
        Status.REJECTED: "Not approved",
        Status.WITHDRAWN: "Withdrawn",
        Status.CANCELED: "Canceled",
        Status.EXPIRED: "Nobody decided in time",
        Status.VENDOR_REJECTED: "Refused by the carrier",
    }
)
_HALTS: Mapping[Status, str] = MappingProxyType(
    {
        Status.ON_HOLD: "On hold",
        Status.BACKORDERED: "Out of stock",
        Status.CANCEL_REQUESTED: "Canceling",
        Status.FAILED: "A step failed",
    }
)
_DONE = frozenset({Status.COMPLETED, Status.PARTIALLY_FULFILLED})


def progress_steps(journey: ProgressInput) -> tuple[ProgressStep, ...]:
    """All stretches of the order's way, those behind it and those before it."""
    legs = [leg for leg in _LEGS if leg.steps & {*journey.steps} and leg.there(journey)]
    behind = _behind(journey, legs)
    return tuple(_stretch(journey, leg, place - behind) for place, leg in enumerate(legs))


def status_since(past: Sequence[PastEvent]) -> datetime | None:
    """Since when the order has stood where it stands."""
    begun: PastEvent | None = None
    for one in reversed(past):
        if begun is not None and one.status != begun.status:
            break
        begun = one
    return begun.at if begun else None


def _behind(journey: ProgressInput, legs: Sequence[_StepSpec]) -> int:
    """How many legs are done: all up to the last one that has ended."""
    if journey.status in _DONE:
        return len(legs)
    return max((place for place, leg in enumerate(legs, start=1) if _ended(journey, leg)), default=0)


def _ended(journey: ProgressInput, leg: _StepSpec) -> bool:
    """Whether a leg has ended; one that items go one by one, when the last of those still on their way has."""
    going = [state for state in journey.items if state not in {ItemState.REFUSED, ItemState.CANCELED}]
    if leg.passed and going:
        return all(state in leg.passed for state in going)
    return journey.last(leg.ended_by) is not None


def _stretch(journey: ProgressInput, leg: _StepSpec, ahead: int) -> ProgressStep:
    """`ahead`: how far the leg lies before the first that is not done; negative for those behind."""
    name, counted = leg.name(journey), _counted(journey, leg)
    if ahead < 0:
        return _behind_us(journey, leg, name, counted)
    if ahead > 0:
        mark = StepState.SKIP if journey.status.final else StepState.TODO
        return ProgressStep(name=name, mark=mark, note="" if journey.status.final else counted)
    began = status_since(journey.past)
    if journey.status.final:
        return ProgressStep(name=name, mark=StepState.STOP, at=began, note=_ENDS[journey.status])
    awaited = f"Waits for {journey.awaited}" if journey.awaited else ""
    note = ", ".join(filter(None, [_HALTS.get(journey.status, awaited), counted]))
    mark = StepState.STOP if journey.status is Status.FAILED else StepState.NOW
    return ProgressStep(name=name, mark=mark, at=began, note=note)


def _behind_us(journey: ProgressInput, leg: _StepSpec, name: str, counted: str) -> ProgressStep:
    if leg.steps == {Step.APPROVE} and journey.last(frozenset({Event.APPROVAL_NEEDED})) is None:
        return ProgressStep(name=name, mark=StepState.SKIP, note="Not needed")
    return ProgressStep(name=name, mark=StepState.DONE, at=journey.last(leg.ended_by), note=counted)


def _counted(journey: ProgressInput, leg: _StepSpec) -> str:
    """How many of several items have passed, where some have."""
    passed = sum(state in leg.passed for state in journey.items)
    return f"{passed} of {len(journey.items)}" if passed and len(journey.items) > 1 else ""
