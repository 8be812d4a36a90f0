"""What the telecom desk, and people who wait for a parcel, say about goods; no engine runs."""

from datetime import UTC, datetime
from typing import Any

import pytest
from temporalio import workflow

from models.errors import AlreadyDecided, PublicError
from models.holder import NOBODY
from models.lifecycle import Action, ItemState, Status
from models.order import Item, Order
from models.order_messages import Cancellation, OperatorAction
from tests import factories
from workflows.actions import apply, check
from workflows.order_type_registry import order_type
from workflows.state import FailedStep, OrderState

NOW = datetime(2026, 11, 25, 15, tzinfo=UTC)
DESK = factories.actor(factories.ADMIN)


@pytest.fixture(autouse=True)
def no_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workflow, "now", lambda: NOW)
    monkeypatch.setattr(workflow, "set_current_details", lambda _: None)


def received(task: int, choice: str = "working") -> OperatorAction:
    return OperatorAction(action_id=f"a{task}", actor=DESK, choice=choice, task=task)


def two_at_desk() -> OrderState:
    """The desk is asked about the first device by event 4, and about the second one by event 5."""
    kind = order_type("RETURN").resolve({"return_way": "stock"})
    items = (Item(id="a", number=1), Item(id="b", number=2))
    order = Order(
        tenant="t", id="o", number="n", type=kind, requester_id=factories.REQUESTER, beneficiary=NOBODY, items=items
    )
    state = OrderState(order)
    state.status = Status.IN_FULFILLMENT
    for seq, progress in enumerate(state.progress.values(), start=4):
        progress.state, progress.at_desk, progress.desk_task = ItemState.IN_FULFILLMENT, True, seq
    return state


def test_what_the_desk_says_of_a_device_counts_for_this_one_only() -> None:
    state = two_at_desk()
    for message in (received(4, "damaged"), received(5)):
        check(state, Action.RECEIVE, message)
        apply(state, Action.RECEIVE, message)
    assert [progress.received.choice for progress in state.progress.values() if progress.received] == [
        "damaged",
        "working",
    ]
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
