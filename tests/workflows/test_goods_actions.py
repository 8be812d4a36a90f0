"""What the telecom desk, and people who wait for a parcel, say about goods; no engine runs."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from temporalio import workflow

from models.errors import AlreadyDecided, PublicError
from models.holder import NOBODY
from models.lifecycle import Action, ItemState, Status
from models.order import Item, Order
from models.order_messages import Cancellation, ItemReturn, OperatorAction, Receipt
from models.returns import ReturnState
from tests import factories
from tests.workflows.golden_parts import WAIT_TIMES
from workflows import operator_retry, waits
from workflows.actions import apply, check
from workflows.order_type_registry import order_type
from workflows.returned_items import note_ended, note_opened, note_received
from workflows.state import FailedStep, ItemEnded, OrderState

NOW = datetime(2026, 11, 25, 15, tzinfo=UTC)
DESK = factories.actor(factories.ADMIN)


@pytest.fixture(autouse=True)
def no_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workflow, "now", lambda: NOW)
    monkeypatch.setattr(workflow, "set_current_details", lambda _: None)
    monkeypatch.setattr(workflow, "upsert_search_attributes", lambda _: None)


def received(task: int, choice: str = "working") -> OperatorAction:
    return OperatorAction(action_id=f"a{task}", actor=DESK, choice=choice, task=task)


def state_of(code: str, status: Status, *item_ids: str, **answers: Any) -> OrderState:
    kind = order_type(code).resolve(answers)
    items = tuple(Item(id=item_id, number=number) for number, item_id in enumerate(item_ids, start=1))
    order = Order(
        tenant="t", id="o", number="n", type=kind, requester_id=factories.REQUESTER, beneficiary=NOBODY, items=items
    )
    state = OrderState(order)
    state.status = status
    return state


def two_at_desk() -> OrderState:
    """The desk is asked about the first device by event 4, and about the second one by event 5."""
    state = state_of("RETURN", Status.IN_FULFILLMENT, "a", "b", return_way="stock")
    for seq, progress in enumerate(state.progress.values(), start=4):
        progress.state, progress.at_desk, progress.desk_task = ItemState.IN_FULFILLMENT, True, seq
    return state


def test_what_the_desk_says_of_a_device_counts_for_this_one_only() -> None:
    state = two_at_desk()
    for message in (received(4, "damaged"), received(5)):
        check(state, Action.RECEIVE, message)
        apply(state, Action.RECEIVE, message)
    said = [dict(event.data) for event in state.publisher._pending]
    assert [(one["item_id"], one["condition"]) for one in said] == [("a", "damaged"), ("b", "working")]
    with pytest.raises(AlreadyDecided):
        check(state, Action.RECEIVE, received(4))


def test_a_step_that_has_failed_since_leaves_the_task_of_the_desk_as_it_is() -> None:
    state = two_at_desk()
    state.failures.append(FailedStep(step="CHARGEBACK", data={}, can_complete_manually=False, compensating=False))
    state.task, state.status = 6, Status.FAILED
    check(state, Action.RECEIVE, received(4))


@pytest.mark.parametrize(("task", "answered", "allowed"), [(4, False, True), (4, True, False), (9, False, False)])
def test_the_desk_cancels_on_the_task_of_a_device_that_is_not_there(
    task: int, *, answered: bool, allowed: bool
) -> None:
    state = two_at_desk()
    if answered:
        apply(state, Action.RECEIVE, received(task))
    cancellation = Cancellation(action_id="c", actor=DESK, reason="It stays.", task=task)
    assert _error_of(state, Action.CANCEL, cancellation) is (None if allowed else AlreadyDecided)


def _error_of(state: OrderState, action: Action, message: Any) -> type[PublicError] | None:
    try:
        check(state, action, message)
    except PublicError as error:
        return type(error)
    return None


def shipped(*item_ids: str) -> OrderState:
    state = state_of("NEW_SERVICE_DEVICE", Status.SHIPPED, *item_ids)
    for progress in state.progress.values():
        progress.state = ItemState.SHIPPED
    return state


def test_what_has_arrived_is_not_looked_for_anymore() -> None:
    """The order's own waits continue, and what the search says later changes nothing."""
    state, search = shipped("a"), ItemReturn(item_id="a", number="RET-1", is_traced=True)
    note_opened(state, search)
    receipt = Receipt(action_id="r", actor=DESK, item_id="a")
    check(state, Action.CONFIRM_RECEIPT, receipt)
    apply(state, Action.CONFIRM_RECEIPT, receipt)
    assert state.progress["a"].returned_by is None
    note_received(state, search)
    note_ended(state, search)
    assert (state.status, state.progress["a"].state) == (Status.AWAITING_ACTIVATION, ItemState.AWAITING_ACTIVATION)


async def test_no_operator_is_asked_about_an_item_that_has_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    state = shipped("a", "b")
    failure = FailedStep(
        step="ACTIVATE", data={"step": "ACTIVATE", "item_id": "a"}, can_complete_manually=True, compensating=False
    )

    async def come_back(condition: Callable[[], bool]) -> None:
        assert (state.status, condition()) == (Status.FAILED, False)
        note_received(state, ItemReturn(item_id="a", number="RET-1"))
        assert condition()

    monkeypatch.setattr(workflow, "wait_condition", come_back)
    with pytest.raises(ItemEnded):
        await operator_retry.wait_for_operator(state, failure, state.order.items[0])
    assert (state.status, state.progress["a"].state) == (Status.SHIPPED, ItemState.RETURNED)


@pytest.mark.parametrize(
    ("return_state", "expected"),
    [
        (None, "return_at_carrier a"),
        (ReturnState.IN_TRANSIT, "way_back a"),
        (ReturnState.RECEIVED, "return_at_carrier a"),
    ],
)
def test_nobody_is_asked_whether_what_goes_back_has_arrived(return_state: ReturnState | None, expected: str) -> None:
    state = state_of("RETURN", Status.SHIPPED, "a", return_way="label")
    state.wait_times = WAIT_TIMES
    state.progress["a"].state, state.progress["a"].return_state = ItemState.SHIPPED, return_state
    waits.follow(state)
    assert list(state.waits) == [expected]
