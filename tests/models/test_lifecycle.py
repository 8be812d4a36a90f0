import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.errors import IllegalTransition, OrderClosed
from models.lifecycle import (
    ACTIONS,
    FINAL,
    TMF622_STATES,
    TRANSITIONS,
    Action,
    ItemState,
    Status,
    actions_for,
    advance,
    fold,
    require,
    waits_for,
)

ITEMS = st.lists(st.sampled_from(ItemState), min_size=1, max_size=10)
RUNNING = st.sampled_from([state for state in ItemState if not state.final])


@pytest.mark.parametrize("table", [TRANSITIONS, ACTIONS, TMF622_STATES])
def test_every_status_has_its_row(table: object) -> None:
    assert set(table) == set(Status)  # type: ignore[call-overload]


@pytest.mark.parametrize("status", Status)
def test_an_order_waits_for_somebody_exactly_while_it_is_open(status: Status) -> None:
    assert bool(waits_for(status)) is not status.final


@pytest.mark.parametrize("status", sorted(FINAL))
def test_nothing_leads_out_of_an_end(status: Status) -> None:
    assert TRANSITIONS[status] == frozenset()
    assert actions_for(status) == frozenset()


@pytest.mark.parametrize("status", Status)
def test_an_order_may_stay_where_it_is(status: Status) -> None:
    assert advance(status, status) is status


@pytest.mark.parametrize(
    ("current", "target"),
    [
        (Status.AWAITING_APPROVAL, Status.COMPLETED),
        (Status.COMPLETED, Status.IN_FULFILLMENT),
        (Status.SHIPPED, Status.AWAITING_APPROVAL),
        (Status.INFO_REQUESTED, Status.APPROVED),
    ],
)
def test_an_order_does_not_jump(current: Status, target: Status) -> None:
    with pytest.raises(IllegalTransition, match=f"{current} cannot become {target}"):
        advance(current, target)


def test_every_status_can_be_reached_from_the_first() -> None:
    reached, frontier = {Status.DRAFT}, {Status.DRAFT}
    while frontier:
        frontier = {target for status in frontier for target in TRANSITIONS[status]} - reached
        reached |= frontier
    assert reached == set(Status)


def test_an_end_refuses_actions_as_closed_and_others_as_illegal() -> None:
    with pytest.raises(OrderClosed):
        require(Action.CANCEL, Status.COMPLETED)
    with pytest.raises(IllegalTransition):
        require(Action.APPROVE, Status.SHIPPED)


@given(ITEMS)
def test_the_fold_ends_exactly_when_all_items_have(states: list[ItemState]) -> None:
    assert fold(states).final is all(state.final for state in states)


@given(ITEMS, st.randoms())
def test_the_order_of_items_does_not_matter(states: list[ItemState], random: object) -> None:
    shuffled = list(states)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert fold(shuffled) is fold(states)


@given(ITEMS, RUNNING)
def test_a_failed_item_calls_the_operator_whatever_the_others_do(states: list[ItemState], running: ItemState) -> None:
    assert fold([*states, running, ItemState.FAILED]) is Status.FAILED


@given(ITEMS)
def test_partly_fulfilled_is_said_only_when_something_was_done(states: list[ItemState]) -> None:
    if fold(states) is Status.PARTIALLY_FULFILLED:
        assert ItemState.DONE in states
        assert set(states) != {ItemState.DONE}


@pytest.mark.parametrize(
    ("states", "status"),
    [
        ("done", Status.COMPLETED),
        ("canceled canceled", Status.CANCELED),
        ("refused", Status.VENDOR_REJECTED),
        ("refused canceled", Status.VENDOR_REJECTED),
        ("done canceled", Status.PARTIALLY_FULFILLED),
        ("done refused", Status.PARTIALLY_FULFILLED),
        ("pending", Status.SUBMITTING),
        ("placed in_fulfillment", Status.IN_FULFILLMENT),
        ("backordered backordered", Status.BACKORDERED),
        ("backordered in_fulfillment", Status.IN_FULFILLMENT),
        ("shipped done", Status.SHIPPED),
        ("shipped in_fulfillment", Status.IN_FULFILLMENT),
        ("awaiting_activation shipped", Status.AWAITING_ACTIVATION),
        ("info_required awaiting_activation", Status.VENDOR_INFO_REQUIRED),
        ("canceling shipped", Status.CANCEL_REQUESTED),
        ("failed canceling", Status.FAILED),
    ],
)
def test_items_add_up(states: str, status: Status) -> None:
    assert fold([ItemState(state) for state in states.split()]) is status
