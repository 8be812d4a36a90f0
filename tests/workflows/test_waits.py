"""What happens while an order waits, and when; no engine runs, and a test sets the time."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from temporalio import workflow

from models.errors import ActionNotAllowed
from models.event import event_of
from models.holder import NOBODY
from models.lifecycle import Action, ItemState, Status
from models.order import CarrierUpdate, Item, ItemUpdate, Order, OrderEvent
from models.order_messages import Activation, Cancellation, Extension, OperatorAction, Receipt
from models.order_type import FrozenType
from models.returns import ReturnState
from models.step import Activate, Apply, Fulfill, Place
from policies.deadlines import wait_times
from tests import factories
from tests.policies.sample_facts import policy
from tests.sample_types import sample_type
from workflows import waits
from workflows.actions import apply, check
from workflows.carrier_updates import apply_carrier_update
from workflows.state import OrderState

# A Monday with Thanksgiving and the holidays of winter ahead, eleven in the morning in Chicago.
MONDAY = datetime(2026, 11, 23, 17, tzinfo=UTC)
BEFORE = {ItemState.PENDING, ItemState.RESERVED, ItemState.CANCELING}
ADMIN = factories.actor(factories.ADMIN)


class Waiting(OrderState):
    def follow_waits(self) -> None:
        waits.follow(self)


@dataclass
class Sample:
    """An order at the carrier, with the time of its workflow and the events that it has recorded."""

    now: datetime = MONDAY
    asked: int = 0
    state: OrderState = field(init=False)
    updates: int = 0

    def place(self, *states: ItemState, ships: bool = True, kind: FrozenType | None = None) -> None:
        """An order of this type, or of one with one PLACE."""
        items = tuple(Item(id=f"i{number}", number=number) for number, _ in enumerate(states, start=1))
        until = ItemState.AWAITING_ACTIVATION if ships else ItemState.DONE
        steps = (Place("new_line"), Fulfill(until=until), *((Activate(),) if ships else ()), Apply())
        kind = kind or sample_type(steps=steps).resolve({})
        order = Order(
            tenant="t", id="o", number="n", type=kind, requester_id="r", beneficiary=NOBODY, items=items, carrier="C"
        )
        self.state = Waiting(order)
        self.state.wait_times = wait_times(policy(), self.now, ships=ships)
        self.state.begin_round()
        self.state.placed = self.state.sent = True
        for item in items:
            self.state.progress[item.id].state = ItemState.PLACED
        self.state.set_status(Status.APPROVED)
        self.state.set_status(Status.SUBMITTING)
        self.state.set_status(Status.IN_FULFILLMENT)
        for item, state in zip(items, states, strict=True):
            self.state.progress[item.id].state = state if state in BEFORE else ItemState.PLACED
            if state not in BEFORE:
                self.report(item, state)
        self.state.follow_waits()
        self.events()

    def report(self, item: Item, state: ItemState, **more: Any) -> None:
        self.updates += 1
        update = ItemUpdate(item_id=item.id, state=state, **more)
        apply_carrier_update(
            self.state, CarrierUpdate(event_id=f"e{self.updates}", carrier="C", client_ref="o:1", items=(update,))
        )

    def events(self) -> list[OrderEvent]:
        """Those since the last call."""
        events, self.state.publisher._pending = self.state.publisher._pending, []
        return events

    def pass_time(self, days: int = 90) -> list[tuple[str, datetime]]:
        """What happens in this time, and when."""
        end, happened = self.now + timedelta(days=days), list[tuple[str, datetime]]()
        while (due := self.state.clock.next_at) is not None and due <= end:
            self.now = due
            self.state.clock._ring()
            happened += [(event.event, event.at) for event in self.events()]
        self.now = end
        return happened

    def days(self, happened: list[tuple[str, datetime]]) -> list[tuple[str, str]]:
        return [(event, at.strftime("%m-%d %H:%M")) for event, at in happened]

    def act(self, action: Action, message: Any) -> None:
        check(self.state, action, message)
        apply(self.state, action, message)


@pytest.fixture
def sample(monkeypatch: pytest.MonkeyPatch) -> Sample:
    one = Sample()

    async def execute(*_: Any, **__: Any) -> None:
        """All activities succeed."""

    def run_beside(_: OrderState, work: Any) -> None:
        one.asked += 1
        work.close()

    monkeypatch.setattr(workflow, "now", lambda: one.now)
    monkeypatch.setattr(workflow, "execute_activity_method", execute)
    monkeypatch.setattr(workflow, "set_current_details", lambda _: None)
    monkeypatch.setattr(OrderState, "run_beside", run_beside)
    return one


@pytest.mark.fault("8")
@pytest.mark.parametrize(("ships", "day"), [(False, "11-24 17:15"), (True, "12-01 17:15")])
def test_a_carrier_without_a_date_is_asked_and_then_an_operator_is(sample: Sample, day: str, *, ships: bool) -> None:
    """A change is due after one business day, a shipment after five, without Thanksgiving."""
    sample.place(ItemState.IN_FULFILLMENT, ships=ships)
    assert sample.state.clock.next_at is not None
    assert sample.days(sample.pass_time()) == [("silent_carrier", day)]
    assert sample.asked == 1


def test_a_carrier_with_a_date_has_time_until_after_it(sample: Sample) -> None:
    sample.place(ItemState.PLACED, ships=False)
    (item,) = sample.state.order.items
    sample.report(item, ItemState.IN_FULFILLMENT, expected_at=datetime(2026, 12, 24, 17, tzinfo=UTC))
    sample.events()
    assert sample.days(sample.pass_time()) == [("silent_carrier", "12-28 17:15")]  # Christmas is a Friday


def test_what_the_carrier_reports_begins_the_wait_anew_and_ends_its_task(sample: Sample) -> None:
    sample.place(ItemState.PLACED, ships=False)
    assert len(sample.pass_time(days=2)) == 1
    (item,) = sample.state.order.items
    sample.report(item, ItemState.IN_FULFILLMENT)
    assert [(event.event, dict(event.data).get("task")) for event in sample.events()] == [
        ("wait_over", 2), ("progress", None),
    ]  # fmt: skip
    assert [event for event, _ in sample.pass_time()] == ["silent_carrier"]


@pytest.mark.fault("34")
def test_a_question_without_an_answer_is_canceled_at_the_carrier(sample: Sample) -> None:
    sample.place(ItemState.INFO_REQUIRED)
    assert sample.days(sample.pass_time(days=20)) == [
        ("question_reminder", "11-24 17:00"),
        ("question_reminder", "11-27 17:00"),
        ("cancel_requested", "12-08 17:00"),
        ("cancellation_unanswered", "12-10 17:00"),
    ]
    cancellation = sample.state.cancellation
    assert cancellation is not None
    assert cancellation.reason == "The carrier needed information, and no one answered within 10 business days."


def test_if_the_carrier_declines_to_cancel_an_operator_gets_the_question(sample: Sample) -> None:
    sample.place(ItemState.INFO_REQUIRED)
    sample.pass_time(days=16)
    sample.state.carrier_assessing = True
    sample.report(sample.state.order.items[0], ItemState.INFO_REQUIRED)
    assert sample.state.status is Status.VENDOR_INFO_REQUIRED
    sample.events()
    assert [event for event, _ in sample.pass_time(days=30)][-1] == "question_unanswered"


def test_after_an_answer_the_carrier_is_waited_for(sample: Sample) -> None:
    sample.place(ItemState.INFO_REQUIRED)
    sample.state.progress["i1"].is_answered = True
    sample.state.follow_waits()
    assert sample.days(sample.pass_time()) == [("silent_carrier", "12-01 17:15")]


@pytest.mark.fault("34")
def test_a_backorder_is_reported_until_the_requester_decides(sample: Sample) -> None:
    sample.place(ItemState.BACKORDERED)
    happened = sample.days(sample.pass_time())
    assert happened == [
        *(("backorder_reminder", f"{day} 17:00") for day in ("12-01", "12-08", "12-15", "12-22", "12-30")),
        ("backorder_decision", "01-07 17:00"),
        ("backorder_decision", "01-11 17:00"),
        ("backorder_decision", "01-13 17:00"),
        ("backorder_undecided", "01-14 17:00"),
    ]


def test_a_carrier_that_keeps_moving_its_date_does_not_put_off_the_decision(sample: Sample) -> None:
    sample.place(ItemState.BACKORDERED)
    (item,) = sample.state.order.items
    happened = []
    for _ in range(9):
        happened += [event for event, _ in sample.pass_time(days=7)]
        sample.report(item, ItemState.BACKORDERED, expected_at=sample.now + timedelta(days=30))
    assert "backorder_undecided" in happened


def test_another_wording_does_not_put_off_the_end_of_a_question(sample: Sample) -> None:
    sample.place(ItemState.INFO_REQUIRED)
    (item,) = sample.state.order.items
    sample.report(item, ItemState.INFO_REQUIRED, needs=("service_zip",), detail="Which ZIP code?")
    sample.pass_time(days=10)
    sample.events()
    sample.report(item, ItemState.INFO_REQUIRED, needs=("service_zip",), detail="The ZIP code, please.")
    (asked,) = sample.events()
    happened = dict(sample.pass_time(days=6))
    assert dict(asked.data)["answer_by"] == happened["cancel_requested"].isoformat()


def test_the_waits_of_all_items_end_when_the_order_is_canceled(sample: Sample) -> None:
    sample.place(ItemState.IN_FULFILLMENT, ItemState.BACKORDERED)
    assert "silent_carrier" in [event for event, _ in sample.pass_time(days=14)]
    sample.act(Action.CANCEL, Cancellation(action_id="a", actor=ADMIN, reason="No longer needed."))
    assert [event.event for event in sample.events()] == ["wait_over", "cancel_requested"]
    assert [*sample.state.waits] == ["cancellation"]


def test_an_operator_decides_on_a_question_if_something_has_shipped(sample: Sample) -> None:
    sample.place(ItemState.INFO_REQUIRED, ItemState.SHIPPED)
    happened = [event for event, _ in sample.pass_time(days=20)]
    assert ("question_unanswered" in happened, "cancel_requested" in happened) == (True, False)


def test_the_operator_who_learns_that_it_arrived_says_so_on_the_task(sample: Sample) -> None:
    sample.place(ItemState.SHIPPED)
    assert "arrival_unknown" in [event for event, _ in sample.pass_time(days=30)]
    (task,) = [running.task for running in sample.state.waits.values()]
    receipt = Receipt(action_id="a", actor=ADMIN, item_id="i1", task=task, choice="confirm_receipt", evidence="Ann")
    sample.act(Action.CONFIRM_RECEIPT, receipt)
    confirmed, *_ = sample.events()
    assert (confirmed.event, event_of(confirmed.event).settles) == ("receipt_confirmed", True)
    assert {"task": task, "choice": "confirm_receipt", "evidence": "Ann"}.items() <= dict(confirmed.data).items()
    assert [*sample.state.waits] == ["activation i1"]


@pytest.mark.parametrize(
    ("state", "device", "wait"),
    [
        (ItemState.IN_FULFILLMENT, None, "carrier"),
        (ItemState.IN_FULFILLMENT, ReturnState.LABEL_SENT, "sending i1"),
        (ItemState.SHIPPED, ReturnState.IN_TRANSIT, "way_back i1"),
        (ItemState.SHIPPED, ReturnState.RECEIVED, "return_at_carrier i1"),
        (ItemState.SHIPPED, ReturnState.INSPECTED, "return_at_carrier i1"),
    ],
)
def test_a_device_that_goes_back_has_one_clock(
    sample: Sample, state: ItemState, device: ReturnState | None, wait: str
) -> None:
    sample.place(state)
    sample.state.progress["i1"].return_state = device
    waits.follow(sample.state)
    assert [*sample.state.waits] == [wait]


def test_who_is_asked_can_keep_waiting_once(sample: Sample) -> None:
    sample.place(ItemState.BACKORDERED)
    message = Extension(action_id="a", actor=ADMIN, reason="No hurry.")
    with pytest.raises(ActionNotAllowed):
        sample.act(Action.KEEP_WAITING, message)
    sample.pass_time(days=55)
    sample.act(Action.KEEP_WAITING, message)
    (kept,) = sample.events()
    assert (kept.event, dict(kept.data)["evidence"]) == ("kept_waiting", "No hurry.")
    assert dict(kept.data)["item_id"] == "i1"
    anew = sample.state.waits["backorder"]
    assert dict(kept.data)["until"] == anew.ends_at.isoformat()
    with pytest.raises(ActionNotAllowed):
        sample.act(Action.KEEP_WAITING, message)
    assert sample.pass_time()[0][0] == "backorder_reminder"


def test_a_parcel_that_is_late_is_asked_for(sample: Sample) -> None:
    """Five days of transit, and three business days more."""
    sample.place(ItemState.SHIPPED)
    assert sample.days(sample.pass_time()) == [
        *(("arrival_asked", f"{day} 23:00") for day in ("12-02", "12-04", "12-09")),
        ("arrival_unknown", "12-14 23:00"),
    ]


@pytest.mark.fault("20")
def test_what_is_not_activated_is_asked_for_in_office_hours(sample: Sample) -> None:
    sample.place(ItemState.AWAITING_ACTIVATION)
    assert sample.days(sample.pass_time()) == [
        ("activation_needed", "11-27 15:00"),  # the third day is Thanksgiving
        ("activation_needed", "11-30 17:00"),
        ("activation_overdue", "12-07 17:00"),
    ]


def test_an_activation_that_was_sent_is_the_carriers(sample: Sample) -> None:
    sample.place(ItemState.AWAITING_ACTIVATION)
    sample.state.progress["i1"].activation = Activation(action_id="a", actor=ADMIN, item_id="i1")
    sample.state.follow_waits()
    assert [event for event, _ in sample.pass_time()] == ["silent_carrier"]


def test_each_item_waits_for_its_own_activation(sample: Sample) -> None:
    sample.place(ItemState.AWAITING_ACTIVATION, ItemState.AWAITING_ACTIVATION, ItemState.BACKORDERED)
    happened = [event for event, _ in sample.pass_time(days=60)]
    assert (happened.count("activation_overdue"), happened.count("backorder_decision")) == (2, 3)


def test_a_cancellation_without_an_answer_can_be_confirmed(sample: Sample) -> None:
    sample.place(ItemState.INFO_REQUIRED)
    sample.pass_time(days=16)
    confirm = OperatorAction(action_id="a", actor=ADMIN, evidence="Case 7.")
    sample.state.carrier_assessing = True
    with pytest.raises(ActionNotAllowed):
        sample.act(Action.COMPLETE_MANUALLY, confirm)
    assert sample.state.cancel_asks == 3
    assert [event for event, _ in sample.pass_time(days=3)] == ["cancellation_unanswered"]
    sample.act(Action.COMPLETE_MANUALLY, confirm)
    assert sample.state.is_cancel_confirmed


def test_an_order_behind_another_one_becomes_a_task(sample: Sample) -> None:
    sample.place(ItemState.PENDING)
    sample.state.status, sample.state.held_by = Status.ON_HOLD, "8K8-5KT"
    sample.state.follow_waits()
    assert sample.days(sample.pass_time()) == [("still_held", "12-01 17:00")]


# Items that the carrier doesn't have yet: the order works on them itself.
_WITHOUT_WAIT = frozenset({ItemState.PENDING, ItemState.RESERVED})


@pytest.mark.parametrize("state", [state for state in ItemState if not state.final])
def test_every_wait_says_when_it_is_due_until_it_is_a_task(sample: Sample, state: ItemState) -> None:
    """Every event but the one that opens the task, which is due itself, says when the next thing happens."""
    sample.place(state)
    assert (sample.state.clock.next_at is not None) is (state not in _WITHOUT_WAIT)
    seen = 0
    while (due := sample.state.clock.next_at) is not None:
        sample.now = due
        sample.state.clock._ring()
        for event in sample.events():
            assert event.due_at is not None or event_of(event.event).opens, event.event
            seen += 1
    assert (seen > 0) is (state not in _WITHOUT_WAIT)


@pytest.mark.parametrize(
    ("state", "happens"),
    [
        (ItemState.INFO_REQUIRED, "question_reminder"),
        (ItemState.CANCELING, "cancellation_unanswered"),
        (ItemState.IN_FULFILLMENT, "return_reminder"),
    ],
)
def test_a_device_is_waited_for_only_while_nothing_else_is(sample: Sample, state: ItemState, happens: str) -> None:
    sample.place(ItemState.IN_FULFILLMENT, ships=False)
    progress = sample.state.progress["i1"]
    progress.return_state, progress.state = ReturnState.LABEL_SENT, state
    sample.state.follow_waits()
    assert sample.pass_time(days=9)[0][0] == happens


def test_a_return_that_is_on_its_way_too_long_is_waited_for_anew(sample: Sample) -> None:
    sample.place(ItemState.SHIPPED, ships=False)
    sample.state.progress["i1"].return_state = ReturnState.IN_TRANSIT
    sample.state.follow_waits()
    assert [event for event, _ in sample.pass_time(days=15)] == ["return_stuck"]
    waits.wait_longer(sample.state, Extension(action_id="a", actor=ADMIN, reason="They look for it."))
    sample.state.follow_waits()
    (kept,) = sample.events()
    assert (kept.event, dict(kept.data)["choice"]) == ("kept_waiting", "keep_waiting")
    assert [event for event, _ in sample.pass_time(days=15)] == ["return_stuck"]
