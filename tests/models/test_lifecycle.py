from collections.abc import Mapping
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.errors import ActionNotAllowed, OrderClosed
from models.lifecycle import (
    ACTIONS,
    FINAL,
    TMF622_STATES,
    TRANSITIONS,
    WAITS_FOR,
    Action,
    ItemState,
    Status,
    advance,
    check_action,
    status_from_items,
)

ITEMS = st.lists(st.sampled_from(ItemState), min_size=1, max_size=10)
RUNNING = st.sampled_from([state for state in ItemState if not state.final])


@pytest.mark.parametrize("table", [TRANSITIONS, ACTIONS, TMF622_STATES])
def test_every_status_has_a_row(table: Mapping[Status, object]) -> None:
    assert set(table) == set(Status)


@pytest.mark.parametrize("status", Status)
def test_an_order_waits_for_a_party_exactly_while_it_is_open(status: Status) -> None:
    assert bool(WAITS_FOR.get(status)) is not status.final


@pytest.mark.parametrize("status", sorted(FINAL))
def test_a_final_status_has_no_transitions_and_no_actions(status: Status) -> None:
    assert TRANSITIONS[status] == frozenset()
    assert ACTIONS[status] == frozenset()


@pytest.mark.parametrize("status", Status)
def test_an_order_can_keep_its_status(status: Status) -> None:
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
def test_an_illegal_transition_is_rejected(current: Status, target: Status) -> None:
    with pytest.raises(ActionNotAllowed, match=f"cannot go from {current} to {target}"):
        advance(current, target)


def test_every_status_is_reachable_from_draft() -> None:
    reached, frontier = {Status.DRAFT}, {Status.DRAFT}
    while frontier:
        frontier = {target for status in frontier for target in TRANSITIONS[status]} - reached
        reached |= frontier
    assert reached == set(Status)


def test_an_action_is_rejected_as_closed_or_as_illegal() -> None:
    with pytest.raises(OrderClosed):
        check_action(Action.CANCEL, Status.COMPLETED)
    with pytest.raises(ActionNotAllowed):
        check_action(Action.APPROVE, Status.SHIPPED)


@pytest.mark.parametrize(("status", "action"), [(status, action) for status in Status for action in Action])
def test_an_illegal_action_says_when_it_is_possible(status: Status, action: Action) -> None:
    if action in ACTIONS[status]:
        check_action(action, status)
        return
    with pytest.raises(OrderClosed if status.final else ActionNotAllowed) as caught:
        check_action(action, status)
    assert caught.value.detail.endswith(".")
    assert status not in caught.value.detail


@given(ITEMS)
def test_an_order_has_ended_exactly_when_all_items_have(states: list[ItemState]) -> None:
    assert status_from_items(states).final is all(state.final for state in states)


@given(ITEMS, st.randoms())
def test_the_sequence_of_items_does_not_matter(states: list[ItemState], random: Random) -> None:
    shuffled = list(states)
    random.shuffle(shuffled)
    assert status_from_items(shuffled) is status_from_items(states)


@given(ITEMS, RUNNING)
def test_a_failed_item_fails_the_order_whatever_the_others_do(states: list[ItemState], running: ItemState) -> None:
    assert status_from_items([*states, running, ItemState.FAILED]) is Status.FAILED


@given(ITEMS)
def test_a_partially_fulfilled_order_has_a_completed_item(states: list[ItemState]) -> None:
    if status_from_items(states) is Status.PARTIALLY_FULFILLED:
        assert any(state.is_done for state in states)
        assert set(states) != {ItemState.DONE}


@pytest.mark.parametrize(
    ("states", "status"),
    [
        ("done", Status.COMPLETED),
        ("canceled canceled", Status.CANCELED),
        ("declined", Status.VENDOR_REJECTED),
        ("declined canceled", Status.VENDOR_REJECTED),
        ("done canceled", Status.PARTIALLY_FULFILLED),
        ("done declined", Status.PARTIALLY_FULFILLED),
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
def test_the_status_of_an_order_follows_from_its_items(states: str, status: Status) -> None:
    assert status_from_items([ItemState(state) for state in states.split()]) is status
