"""The progress of an order: its steps, which of them are done and when, and the current one."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from models.event import Event
from models.events.approval import APPROVAL_NEEDED, APPROVED
from models.events.ending import COMPLETED, ITEM_DONE, PARTIALLY_FULFILLED
from models.events.fulfillment import ACTIVATION_NEEDED, SHIPPED, SUBMITTING
from models.events.preparation import RESERVED, SCHEDULED
from models.events.protection import HOLDER_NOTIFIED
from models.lifecycle import NOT_DELIVERED, ItemState, Status
from models.step import Activate, Apply, Approve, Fulfill, Place, Receive, Rule, Schedule, Step, ships


class StepState(StrEnum):
    DONE = "done"
    NOW = "now"
    TODO = "todo"
    STOP = "stop"  # failed, or where the order ended
    SKIP = "skip"


@dataclass(frozen=True, kw_only=True)
class PastEvent:
    """An event of the order, by its code; `status` is the status after it."""

    event: str
    status: Status
    at: datetime


@dataclass(frozen=True, kw_only=True)
class ProgressInput:
    """What progress depends on. `past` is sorted by time; `waiting_on` names who acts next."""

    steps: tuple[Step, ...]
    status: Status
    past: tuple[PastEvent, ...]
    items: tuple[ItemState, ...]
    waiting_on: str | None = None

    def last(self, events: frozenset[Event]) -> datetime | None:
        """The time of the last of these events."""
        codes = {event.code for event in events}
        return next((past.at for past in reversed(self.past) if past.event in codes), None)

    def takes(self, *kinds: type[Step]) -> bool:
        """Whether the order takes a step of one of these kinds."""
        return any(isinstance(step, kinds) for step in self.steps)

    def has(self, event: Event) -> bool:
        return self.last(frozenset({event})) is not None


@dataclass(frozen=True, kw_only=True)
class ProgressStep:
    """`at` is when the step was done, or when the current one started."""

    name: str
    state: StepState
    at: datetime | None = None
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class _StepSpec:
    """A step people see: shown if the order has one of `steps` and `shown` is true, done after one of `done_by`.

    A step that items take one by one is done when all items that are still open are in `item_states`.
    """

    name: str
    steps: tuple[type[Step], ...]
    done_by: frozenset[Event] = frozenset()
    item_states: frozenset[ItemState] = frozenset()
    shown: Callable[[ProgressInput], bool] = lambda _: True


def _ships(order: ProgressInput) -> bool:
    return ships(order.steps) or order.has(SHIPPED)


_DONE = frozenset({ItemState.DONE, ItemState.PARTLY_DONE})
_DELIVERED = _DONE | {ItemState.AWAITING_ACTIVATION}
_COMPLETED = frozenset({ITEM_DONE, COMPLETED, PARTIALLY_FULFILLED})

_STEPS = (
    _StepSpec(
        name="Submitted",
        steps=(Rule,),
        done_by=frozenset({APPROVAL_NEEDED, APPROVED}),
    ),
    _StepSpec(name="Approval", steps=(Approve,), done_by=frozenset({APPROVED})),
    _StepSpec(
        name="Start date",
        steps=(Schedule,),
        done_by=frozenset({RESERVED, HOLDER_NOTIFIED, SUBMITTING}),
        shown=lambda order: order.has(SCHEDULED),
    ),
    _StepSpec(
        name="Processing",
        steps=(Place, Fulfill, Receive),
        done_by=frozenset({SHIPPED, ACTIVATION_NEEDED}) | _COMPLETED,
        item_states=_DELIVERED | {ItemState.SHIPPED},
    ),
    _StepSpec(
        name="Shipping",
        steps=(Fulfill,),
        done_by=frozenset({ACTIVATION_NEEDED}) | _COMPLETED,
        item_states=_DELIVERED,
        shown=_ships,
    ),
    _StepSpec(
        name="Activation",
        steps=(Activate,),
        done_by=_COMPLETED,
        item_states=_DONE,
    ),
    _StepSpec(
        name="Complete",
        steps=(Apply,),
        done_by=_COMPLETED,
        item_states=_DONE,
    ),
)

_END_NOTES: Mapping[Status, str] = MappingProxyType(
    {
        Status.REJECTED: "Not approved",
        Status.WITHDRAWN: "Canceled",
        Status.CANCELED: "Canceled",
        Status.EXPIRED: "Expired",
        Status.VENDOR_REJECTED: "Declined by carrier",
    }
)
_HALT_NOTES: Mapping[Status, str] = MappingProxyType(
    {
        Status.ON_HOLD: "On hold",
        Status.BACKORDERED: "Backordered",
        Status.CANCEL_REQUESTED: "Canceling",
        Status.FAILED: "We hit a problem",
    }
)
_COMPLETED_STATUSES = frozenset({Status.COMPLETED, Status.PARTIALLY_FULFILLED})


def progress_steps(order: ProgressInput) -> tuple[ProgressStep, ...]:
    """Return all steps of the order, done or not, in order."""
    specs = [spec for spec in _STEPS if order.takes(*spec.steps) and spec.shown(order)]
    done = _count_done(order, specs)
    return (
        *(_done_step(order, spec) for spec in specs[:done]),
        *(_current_step(order, spec) for spec in specs[done : done + 1]),
        *(_future_step(order, spec) for spec in specs[done + 1 :]),
    )


def status_since(past: Sequence[PastEvent]) -> datetime | None:
    """Return when the order got its current status."""
    since: PastEvent | None = None
    for event in reversed(past):
        if since is not None and event.status != since.status:
            break
        since = event
    return since.at if since else None


def _count_done(order: ProgressInput, specs: Sequence[_StepSpec]) -> int:
    """Count the done steps: all up to the last one that is done."""
    if order.status in _COMPLETED_STATUSES:
        return len(specs)
    return max((place for place, spec in enumerate(specs, start=1) if _is_done(order, spec)), default=0)


def _is_done(order: ProgressInput, spec: _StepSpec) -> bool:
    open_items = [state for state in order.items if state not in NOT_DELIVERED]
    if spec.item_states and open_items:
        return all(state in spec.item_states for state in open_items)
    return order.last(spec.done_by) is not None


def _done_step(order: ProgressInput, spec: _StepSpec) -> ProgressStep:
    if spec.steps == (Approve,) and not order.has(APPROVAL_NEEDED):
        return ProgressStep(name=spec.name, state=StepState.SKIP, note="Not needed")
    return ProgressStep(
        name=spec.name, state=StepState.DONE, at=order.last(spec.done_by), note=_item_count(order, spec)
    )


def _current_step(order: ProgressInput, spec: _StepSpec) -> ProgressStep:
    since = status_since(order.past)
    if order.status.final:
        return ProgressStep(name=spec.name, state=StepState.STOP, at=since, note=_END_NOTES[order.status])
    waiting = f"Waiting on {order.waiting_on}" if order.waiting_on else ""
    notes = [_HALT_NOTES.get(order.status, waiting), _item_count(order, spec)]
    state = StepState.STOP if order.status is Status.FAILED else StepState.NOW
    return ProgressStep(name=spec.name, state=state, at=since, note=", ".join(filter(None, notes)))


def _future_step(order: ProgressInput, spec: _StepSpec) -> ProgressStep:
    if order.status.final:
        return ProgressStep(name=spec.name, state=StepState.SKIP)
    return ProgressStep(name=spec.name, state=StepState.TODO, note=_item_count(order, spec))


def _item_count(order: ProgressInput, spec: _StepSpec) -> str:
    """How many of several items have passed the step, if any."""
    passed = sum(state in spec.item_states for state in order.items)
    return f"{passed} of {len(order.items)}" if passed and len(order.items) > 1 else ""
