from datetime import UTC, datetime, timedelta

import pytest

from models.event import Event
from models.events.approval import APPROVAL_NEEDED, APPROVED, APPROVED_BY, EXPIRED, INFO_REQUESTED, REJECTED, REMINDER
from models.events.cancellation import CANCEL_REQUESTED
from models.events.ending import CANCELED, COMPLETED, PARTIALLY_FULFILLED, VENDOR_REJECTED, WITHDRAWN
from models.events.fulfillment import ACTIVATION_NEEDED, BACKORDERED, PLACED, PROGRESS, SHIPPED, SUBMITTING
from models.events.operations import FAILED
from models.events.preparation import HELD, RECEIVED, RESERVED, SCHEDULED
from models.events.protection import HOLDER_NOTIFIED
from models.events.returns import RETURN_EXPECTED
from models.lifecycle import ItemState, Status
from models.step import Activate, Apply, Approve, Fulfill, Place, Receive, Reserve, Rule, Schedule, Step
from policies.progress import PastEvent, ProgressInput, ProgressStep, StepState, progress_steps, status_since

START = datetime(2026, 12, 4, 15, tzinfo=UTC)
WITH_DEVICE = (
    *(Rule(), Approve(), Schedule(), Reserve(), Place("x"), Fulfill(until=ItemState.AWAITING_ACTIVATION)),
    *(Activate(), Apply()),
)
WITHOUT_DEVICE = (Rule(), Approve(), Place("x"), Fulfill(), Apply())
WITHOUT_CARRIER = (Rule(), Approve(), Apply())
ASKED = [(RECEIVED, Status.VALIDATING), (APPROVAL_NEEDED, Status.AWAITING_APPROVAL)]
AFTER_APPROVAL = [*ASKED, (APPROVED_BY, Status.AWAITING_APPROVAL), (APPROVED, Status.APPROVED)]
AFTER_PLACING = [
    *AFTER_APPROVAL,
    *((RESERVED, Status.APPROVED), (SUBMITTING, Status.SUBMITTING), (PLACED, Status.IN_FULFILLMENT)),
]
AFTER_SHIPPING = [*AFTER_PLACING, (SHIPPED, Status.SHIPPED)]
READY = [*AFTER_SHIPPING, (ACTIVATION_NEEDED, Status.AWAITING_ACTIVATION)]


def progress_input(
    events: list[tuple[Event, Status]],
    *items: ItemState,
    steps: tuple[Step, ...] = WITH_DEVICE,
    waiting_on: str | None = None,
) -> ProgressInput:
    """An order with one event per hour, and one pending item unless `items` are given."""
    past = tuple(
        PastEvent(event=event.code, status=status, at=START + timedelta(hours=hour))
        for hour, (event, status) in enumerate(events)
    )
    return ProgressInput(
        steps=steps,
        status=past[-1].status,
        past=past,
        items=items or (ItemState.PENDING,),
        waiting_on=waiting_on,
    )


def marks(steps: tuple[ProgressStep, ...]) -> str:
    """The steps as letters: d(one), n(ow), t(odo), x (stopped), - (skipped)."""
    letters = {StepState.DONE: "d", StepState.NOW: "n", StepState.TODO: "t", StepState.STOP: "x", StepState.SKIP: "-"}
    return "".join(letters[step.state] for step in steps)


def test_an_order_that_only_the_desk_receives_shows_that_it_waits() -> None:
    to_stock = (Rule(), Reserve(), Receive(), Apply())
    waiting = progress_input([*AFTER_APPROVAL, (RETURN_EXPECTED, Status.IN_FULFILLMENT)], steps=to_stock)
    steps = progress_steps(waiting)
    assert ([step.name for step in steps], marks(steps)) == (["Submitted", "Processing", "Complete"], "dnt")


S = ItemState


@pytest.mark.parametrize(("events", "items", "steps", "expected"), [
    (ASKED[:1], [S.PENDING], WITH_DEVICE, "nttttt"),
    (ASKED, [S.PENDING], WITH_DEVICE, "dntttt"),
    ([*ASKED, (INFO_REQUESTED, Status.INFO_REQUESTED)], [S.PENDING], WITH_DEVICE, "dntttt"),
    (AFTER_APPROVAL, [S.PENDING], WITH_DEVICE, "ddnttt"),
    ([*AFTER_APPROVAL, (SCHEDULED, Status.SCHEDULED)], [S.PENDING], WITH_DEVICE, "ddntttt"),
    (
        [*AFTER_APPROVAL, (SCHEDULED, Status.SCHEDULED), (HOLDER_NOTIFIED, Status.APPROVED)],
        [S.PENDING], WITH_DEVICE, "dddnttt",
    ),
    ([*AFTER_APPROVAL, (HELD, Status.ON_HOLD)], [S.RESERVED], WITH_DEVICE, "ddnttt"),
    (AFTER_PLACING, [S.PLACED], WITH_DEVICE, "ddnttt"),
    (AFTER_SHIPPING, [S.SHIPPED], WITH_DEVICE, "dddntt"),
    (READY, [S.AWAITING_ACTIVATION], WITH_DEVICE, "ddddnt"),
    ([*READY, (COMPLETED, Status.COMPLETED)], [S.DONE], WITH_DEVICE, "dddddd"),
    (AFTER_SHIPPING, [S.SHIPPED, S.IN_FULFILLMENT], WITH_DEVICE, "ddnttt"),
    (AFTER_SHIPPING, [S.SHIPPED, S.DECLINED], WITH_DEVICE, "dddntt"),
    ([*READY, (PARTIALLY_FULFILLED, Status.PARTIALLY_FULFILLED)], [S.DONE, S.DECLINED], WITH_DEVICE, "dddddd"),
    ([(RECEIVED, Status.VALIDATING), (REJECTED, Status.REJECTED)], [S.CANCELED], WITH_DEVICE, "x-----"),
    ([*ASKED, (REJECTED, Status.REJECTED)], [S.CANCELED], WITH_DEVICE, "dx----"),
    ([*ASKED, (EXPIRED, Status.EXPIRED)], [S.CANCELED], WITH_DEVICE, "dx----"),
    ([*ASKED, (WITHDRAWN, Status.WITHDRAWN)], [S.CANCELED], WITH_DEVICE, "dx----"),
    ([*AFTER_PLACING, (VENDOR_REJECTED, Status.VENDOR_REJECTED)], [S.DECLINED], WITH_DEVICE, "ddx---"),
    ([*AFTER_SHIPPING, (CANCELED, Status.CANCELED)], [S.CANCELED], WITH_DEVICE, "dddx--"),
    ([*AFTER_PLACING, (FAILED, Status.FAILED)], [S.FAILED], WITH_DEVICE, "ddxttt"),
    (AFTER_PLACING, [S.PLACED], WITHOUT_DEVICE, "ddnt"),
    ([*AFTER_PLACING, (COMPLETED, Status.COMPLETED)], [S.DONE], WITHOUT_DEVICE, "dddd"),
    ([*AFTER_APPROVAL, (COMPLETED, Status.COMPLETED)], [S.DONE], WITHOUT_CARRIER, "ddd"),
])  # fmt: skip
def test_progress_shows_done_current_and_future_steps(
    events: list[tuple[Event, Status]], items: list[ItemState], steps: tuple[Step, ...], expected: str
) -> None:
    assert marks(progress_steps(progress_input(events, *items, steps=steps))) == expected


def test_a_done_step_has_its_date_and_the_current_one_who_it_waits_on() -> None:
    submitted, approval, *rest = progress_steps(progress_input(ASKED, waiting_on="Dana Ortiz"))
    assert submitted == ProgressStep(name="Submitted", state=StepState.DONE, at=START + timedelta(hours=1))
    assert (approval.at, approval.note) == (START + timedelta(hours=1), "Waiting on Dana Ortiz")
    assert all(step.at is None and step.note == "" for step in rest)


def test_the_steps_of_an_order_with_a_device() -> None:
    names = [step.name for step in progress_steps(progress_input(AFTER_PLACING))]
    assert names == ["Submitted", "Approval", "Processing", "Shipping", "Activation", "Complete"]


def test_several_items_are_counted() -> None:
    steps = progress_steps(progress_input(AFTER_SHIPPING, S.DONE, S.SHIPPED, S.SHIPPED, S.PLACED))
    assert [step.note for step in steps[2:]] == ["3 of 4", "1 of 4", "1 of 4", "1 of 4"]


@pytest.mark.parametrize(("event", "status", "note"), [
    (HELD, Status.ON_HOLD, "On hold"),
    (BACKORDERED, Status.BACKORDERED, "Backordered"),
    (CANCEL_REQUESTED, Status.CANCEL_REQUESTED, "Canceling"),
    (FAILED, Status.FAILED, "We hit a problem"),
    (VENDOR_REJECTED, Status.VENDOR_REJECTED, "Declined by carrier"),
    (CANCELED, Status.CANCELED, "Canceled"),
])  # fmt: skip
def test_a_halted_or_ended_order_has_a_note(event: Event, status: Status, note: str) -> None:
    steps = progress_steps(progress_input([*AFTER_PLACING, (event, status)], waiting_on="Northwind"))
    assert [step.note for step in steps if step.state in {StepState.NOW, StepState.STOP}] == [note]


def test_an_approval_that_is_not_needed_is_skipped() -> None:
    events = [(RECEIVED, Status.VALIDATING), (APPROVED, Status.APPROVED)]
    assert progress_steps(progress_input(events, steps=WITHOUT_CARRIER))[1] == ProgressStep(
        name="Approval", state=StepState.SKIP, note="Not needed"
    )


def test_a_device_that_the_user_has_already_is_activated_without_shipping() -> None:
    steps = (Rule(), Approve(), Place("x"), Fulfill(), Activate(), Apply())
    names = [step.name for step in progress_steps(progress_input(AFTER_PLACING, steps=steps))]
    assert names == ["Submitted", "Approval", "Processing", "Activation", "Complete"]


@pytest.mark.parametrize("status", Status)
def test_every_status_has_progress_steps(status: Status) -> None:
    assert len(progress_steps(progress_input([(RECEIVED, Status.VALIDATING), (PROGRESS, status)]))) == 6


def test_since_is_when_the_order_got_its_status() -> None:
    reminded = [*ASKED, (REMINDER, Status.AWAITING_APPROVAL), (REMINDER, Status.AWAITING_APPROVAL)]
    assert status_since(progress_input(reminded).past) == START + timedelta(hours=1)
    back = [*ASKED, (INFO_REQUESTED, Status.INFO_REQUESTED), (APPROVAL_NEEDED, Status.AWAITING_APPROVAL)]
    assert status_since(progress_input(back).past) == START + timedelta(hours=3)
    assert status_since(()) is None
