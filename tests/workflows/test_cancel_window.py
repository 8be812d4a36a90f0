"""Until when an order can be canceled, and the steps that reach the milestones; no engine runs."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from temporalio import workflow

from models.errors import TooLateToCancel
from models.holder import NOBODY
from models.lifecycle import Action, ItemState, Status
from models.order import CarrierUpdate, Item, ItemUpdate, Order
from models.order_messages import Cancellation
from models.order_type import CancelWindow, Milestone
from models.step import Activate, Apply, Fulfill, Place
from tests import factories
from tests.sample_types import sample_type
from workflows.actions import check
from workflows.carrier_updates import apply_carrier_update
from workflows.state import OrderState
from workflows.steps.functions import run_item_step

NOW = datetime(2026, 11, 25, 15, tzinfo=UTC)
ITEM = Item(id="i", number=1)
CANCELLATION = Cancellation(action_id="c", actor=factories.actor(factories.REQUESTER))
# A status in which an order has reached the milestone, and none later.
STATUS = {
    Milestone.SUBMITTED: Status.AWAITING_APPROVAL,
    Milestone.APPROVED: Status.SCHEDULED,
    Milestone.PLACED: Status.IN_FULFILLMENT,
    Milestone.SHIPPED: Status.SHIPPED,
    Milestone.ACTIVATED: Status.AWAITING_ACTIVATION,
    Milestone.APPLIED: Status.IN_FULFILLMENT,
}


@pytest.fixture(autouse=True)
def no_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    async def execute(*_: Any, **__: Any) -> None:
        """All activities succeed."""

    monkeypatch.setattr(workflow, "now", lambda: NOW)
    monkeypatch.setattr(workflow, "execute_activity_method", execute)
    monkeypatch.setattr(workflow, "set_current_details", lambda _: None)


def order_state(window: CancelWindow, status: Status, effective_at: datetime | None = None) -> OrderState:
    kind = sample_type(steps=(Place("new_line"), Fulfill(), Activate(), Apply()), cancel_window=window).resolve({})
    order = Order(
        tenant="t", id="o", number="n", type=kind, requester_id=factories.REQUESTER, beneficiary=NOBODY, items=(ITEM,),
        effective_at=effective_at,
    )  # fmt: skip
    state = OrderState(order)
    state.status = status
    return state


@pytest.mark.parametrize("until", Milestone)
@pytest.mark.parametrize("reached", Milestone)
def test_an_order_can_be_canceled_before_the_milestone_only(until: Milestone, reached: Milestone) -> None:
    state = order_state(CancelWindow(until), STATUS[reached])
    state.mark_reached(reached)
    ranks = list(Milestone)
    if ranks.index(reached) < ranks.index(until):
        check(state, Action.CANCEL, CANCELLATION)
    else:
        with pytest.raises(TooLateToCancel):
            check(state, Action.CANCEL, CANCELLATION)


@pytest.mark.parametrize(
    ("days", "left", "too_late"),
    [
        (0, timedelta(seconds=1), False),
        (0, -timedelta(days=1), False),
        (3, timedelta(days=3, seconds=1), False),
        (3, timedelta(days=3), True),
        (3, -timedelta(days=1), True),
        (3, None, False),
    ],
)
def test_it_can_be_canceled_until_some_days_before_its_start(
    days: int, left: timedelta | None, *, too_late: bool
) -> None:
    window = CancelWindow(Milestone.PLACED, days_before_start=days)
    state = order_state(window, Status.SCHEDULED, None if left is None else NOW + left)
    state.mark_reached(Milestone.APPROVED)
    if too_late:
        with pytest.raises(TooLateToCancel, match=r"less than 3 days before its start date\. Reschedule it instead"):
            check(state, Action.CANCEL, CANCELLATION)
    else:
        check(state, Action.CANCEL, CANCELLATION)


def test_an_order_that_cannot_be_canceled_promises_only_what_its_page_offers() -> None:
    state = order_state(CancelWindow(Milestone.PLACED), Status.IN_FULFILLMENT)
    state.mark_reached(Milestone.PLACED)
    with pytest.raises(TooLateToCancel, match="When it's complete, its page shows what you can order next"):
        check(state, Action.CANCEL, CANCELLATION)


def test_the_days_count_from_the_date_that_the_order_was_rescheduled_to() -> None:
    window = CancelWindow(Milestone.PLACED, days_before_start=3)
    state = order_state(window, Status.SCHEDULED, NOW + timedelta(days=2))
    state.effective_at = NOW + timedelta(days=9)
    check(state, Action.CANCEL, CANCELLATION)


@pytest.mark.parametrize(("step", "milestone"), [(Activate(), Milestone.ACTIVATED), (Apply(), Milestone.APPLIED)])
async def test_a_step_reaches_its_milestone(step: Activate | Apply, milestone: Milestone) -> None:
    state = order_state(CancelWindow(Milestone.APPLIED), Status.AWAITING_ACTIVATION)
    state.progress[ITEM.id].fulfilled = True
    assert state.milestone.rank == 0
    await run_item_step(state, ITEM, step)
    assert state.milestone is milestone


def test_a_shipment_reaches_its_milestone() -> None:
    state = order_state(CancelWindow(Milestone.SHIPPED), Status.IN_FULFILLMENT)
    state.begin_round()
    state.progress[ITEM.id].state = ItemState.PLACED
    shipped = ItemUpdate(item_id=ITEM.id, state=ItemState.SHIPPED)
    update = CarrierUpdate(event_id="e", carrier="c", client_ref="o:1", items=(shipped,))
    apply_carrier_update(state, replace(update, client_ref="o:2"))
    assert state.milestone.rank == 0
    apply_carrier_update(state, update)
    assert state.milestone is Milestone.SHIPPED
