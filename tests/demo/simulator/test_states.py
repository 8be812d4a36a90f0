"""The table of allowed moves."""

import pytest

from demo.simulator.errors import IllegalTransitionError
from demo.simulator.states import FINAL, ITEM_MOVES, ORDER_MOVES, State, check_move, outcome

PUBLISHED = [
    ("acknowledged", "rejected"),
    ("acknowledged", "inProgress"),
    ("acknowledged", "pending"),
    ("pending", "acknowledged"),
    ("pending", "rejected"),
    ("inProgress", "assessingCancellation"),
    ("inProgress", "held"),
    ("inProgress", "completed"),
    ("inProgress", "partial"),
    ("inProgress", "failed"),
    ("held", "inProgress"),
    ("held", "cancelled"),
    ("assessingCancellation", "pendingCancellation"),
    ("assessingCancellation", "inProgress"),
    ("assessingCancellation", "held"),
    ("assessingCancellation", "pending"),
    ("pendingCancellation", "cancelled"),
]


@pytest.mark.parametrize(("current", "wanted"), PUBLISHED)
def test_every_move_of_the_standard_lifecycle_is_allowed(current: str, wanted: str) -> None:
    check_move(ORDER_MOVES, State(current), State(wanted))


@pytest.mark.parametrize("state", sorted(FINAL))
@pytest.mark.parametrize("table", [ORDER_MOVES, ITEM_MOVES], ids=["order", "item"])
def test_nothing_leaves_a_final_state(table: dict[State, frozenset[State]], state: State) -> None:
    for wanted in State:
        with pytest.raises(IllegalTransitionError):
            check_move(table, state, wanted)


@pytest.mark.parametrize(
    ("current", "wanted"),
    [("acknowledged", "completed"), ("held", "completed"), ("pendingCancellation", "inProgress")],
)
def test_a_move_that_is_not_in_the_table_is_rejected(current: str, wanted: str) -> None:
    with pytest.raises(IllegalTransitionError, match=f"{current} cannot become {wanted}"):
        check_move(ORDER_MOVES, State(current), State(wanted))


def test_no_item_is_ever_partial() -> None:
    assert State.PARTIAL not in ITEM_MOVES
    assert all(State.PARTIAL not in wanted for wanted in ITEM_MOVES.values())


def test_an_order_ends_like_its_items_or_partial_if_they_differ() -> None:
    assert outcome([State.COMPLETED, State.COMPLETED]) is State.COMPLETED
    assert outcome([State.FAILED]) is State.FAILED
    assert outcome([State.COMPLETED, State.FAILED]) is State.PARTIAL
