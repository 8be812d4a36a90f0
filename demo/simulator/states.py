"""The states of orders and items, and the moves between them."""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from types import MappingProxyType

from demo.simulator.errors import IllegalTransitionError


class State(StrEnum):
    """The states of TMF622 v4.0.0; items have all of them but `partial`."""

    ACKNOWLEDGED = "acknowledged"
    REJECTED = "rejected"
    PENDING = "pending"
    HELD = "held"
    IN_PROGRESS = "inProgress"
    CANCELLED = "cancelled"
    COMPLETED = "completed"
    FAILED = "failed"
    PARTIAL = "partial"
    ASSESSING_CANCELLATION = "assessingCancellation"
    PENDING_CANCELLATION = "pendingCancellation"


class TaskState(StrEnum):
    """Of a cancelProductOrder task."""

    ACKNOWLEDGED = "acknowledged"
    DONE = "done"


class Phase(StrEnum):
    BEGIN = "begin"
    HOLD = "hold"
    RELEASE = "release"
    ASSIGN = "assign"
    SHIP = "ship"
    DELIVER = "deliver"
    ACTIVATE = "activate"
    ASSESS = "assess"
    CANCEL = "cancel"


Moves = Mapping[State, frozenset[State]]

ORDER_MOVES: Moves = MappingProxyType(
    {
        State.ACKNOWLEDGED: frozenset({State.PENDING, State.IN_PROGRESS, State.REJECTED, State.ASSESSING_CANCELLATION}),
        State.PENDING: frozenset(
            {
                State.ACKNOWLEDGED,
                State.IN_PROGRESS,
                State.REJECTED,
                State.ASSESSING_CANCELLATION,
                State.CANCELLED,
            }
        ),
        State.IN_PROGRESS: frozenset(
            {
                State.PENDING,
                State.HELD,
                State.COMPLETED,
                State.PARTIAL,
                State.FAILED,
                State.ASSESSING_CANCELLATION,
                State.PENDING_CANCELLATION,
            }
        ),
        State.HELD: frozenset(
            {State.IN_PROGRESS, State.ASSESSING_CANCELLATION, State.CANCELLED, State.PARTIAL, State.FAILED}
        ),
        State.ASSESSING_CANCELLATION: frozenset(
            {
                State.ACKNOWLEDGED,
                State.PENDING,
                State.IN_PROGRESS,
                State.HELD,
                State.PENDING_CANCELLATION,
            }
        ),
        State.PENDING_CANCELLATION: frozenset({State.CANCELLED}),
    }
)

ITEM_MOVES: Moves = MappingProxyType(
    {
        State.ACKNOWLEDGED: frozenset(
            {State.PENDING, State.IN_PROGRESS, State.REJECTED, State.CANCELLED},
        ),
        State.PENDING: frozenset({State.IN_PROGRESS, State.REJECTED, State.FAILED, State.CANCELLED}),
        State.IN_PROGRESS: frozenset({State.PENDING, State.HELD, State.COMPLETED, State.FAILED, State.CANCELLED}),
        State.HELD: frozenset({State.IN_PROGRESS, State.FAILED, State.CANCELLED}),
    }
)

FINAL = frozenset({State.REJECTED, State.CANCELLED, State.COMPLETED, State.FAILED, State.PARTIAL})


def check_move(moves: Moves, current: State, wanted: State) -> None:
    """Raises IllegalTransitionError unless the table has the move."""
    if wanted not in moves.get(current, frozenset()):
        raise IllegalTransitionError(f"{current} cannot become {wanted}")


def outcome(items: Iterable[State]) -> State:
    """The final state of an order, from those of its items."""
    states = set(items)
    return states.pop() if len(states) == 1 else State.PARTIAL
