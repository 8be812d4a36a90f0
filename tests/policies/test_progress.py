from datetime import UTC, datetime, timedelta

import pytest

from models.lifecycle import Event, ItemState, Status
from models.order_type import Step
from policies.progress import PastEvent, ProgressInput, ProgressStep, StepState, progress_steps, status_since

START = datetime(2026, 12, 4, 15, tzinfo=UTC)
GOODS = (*(Step.RULE, Step.APPROVE, Step.SCHEDULE, Step.RESERVE, Step.PLACE, Step.FULFILL, Step.ACTIVATE, Step.APPLY),)
NO_GOODS = (Step.RULE, Step.APPROVE, Step.PLACE, Step.FULFILL, Step.APPLY)
NO_CARRIER = (Step.RULE, Step.APPROVE, Step.APPLY)
ASKED = [(Event.RECEIVED, Status.VALIDATING), (Event.APPROVAL_NEEDED, Status.AWAITING_APPROVAL)]
APPROVED = [*ASKED, (Event.APPROVED_BY, Status.AWAITING_APPROVAL), (Event.APPROVED, Status.APPROVED)]
PLACED = [
    *APPROVED,
    *((Event.RESERVED, Status.APPROVED), (Event.SUBMITTING, Status.SUBMITTING), (Event.PLACED, Status.IN_FULFILLMENT)),
]
SHIPPED = [*PLACED, (Event.SHIPPED, Status.SHIPPED)]
READY = [*SHIPPED, (Event.ACTIVATION_NEEDED, Status.AWAITING_ACTIVATION)]


def journey(
    happened: list[tuple[Event, Status]], *items: ItemState, steps: tuple[Step, ...] = GOODS, **names: str
) -> ProgressInput:
    """An order after one thing an hour; with one pending item unless told otherwise."""
    past = tuple(
        PastEvent(event=event, status=status, at=START + timedelta(hours=hour))
        for hour, (event, status) in enumerate(happened)
    )
    return ProgressInput(steps=steps, status=past[-1].status, past=past, items=items or (ItemState.PENDING,), **names)


def marks(told: tuple[ProgressStep, ...]) -> str:
    """The way in letters: d(one), n(ow), t(o do), x (stopped), - (left out)."""
    letters = {StepState.DONE: "d", StepState.NOW: "n", StepState.TODO: "t", StepState.STOP: "x", StepState.SKIP: "-"}
    return "".join(letters[one.mark] for one in told)


S = ItemState


@pytest.mark.parametrize(("happened", "items", "steps", "expected"), [
    (ASKED[:1], [S.PENDING], GOODS, "nttttt"),
    (ASKED, [S.PENDING], GOODS, "dntttt"),
    ([*ASKED, (Event.INFO_REQUESTED, Status.INFO_REQUESTED)], [S.PENDING], GOODS, "dntttt"),
    (APPROVED, [S.PENDING], GOODS, "ddnttt"),
    ([*APPROVED, (Event.SCHEDULED, Status.SCHEDULED)], [S.PENDING], GOODS, "ddntttt"),
    ([*APPROVED, (Event.HELD, Status.ON_HOLD)], [S.RESERVED], GOODS, "ddnttt"),
    (PLACED, [S.PLACED], GOODS, "ddnttt"),
    (SHIPPED, [S.SHIPPED], GOODS, "dddntt"),
    (READY, [S.AWAITING_ACTIVATION], GOODS, "ddddnt"),
    ([*READY, (Event.COMPLETED, Status.COMPLETED)], [S.DONE], GOODS, "dddddd"),
    (SHIPPED, [S.SHIPPED, S.IN_FULFILLMENT], GOODS, "ddnttt"),
    (SHIPPED, [S.SHIPPED, S.REFUSED], GOODS, "dddntt"),
    ([*READY, (Event.PARTIALLY_FULFILLED, Status.PARTIALLY_FULFILLED)], [S.DONE, S.REFUSED], GOODS, "dddddd"),
    ([(Event.RECEIVED, Status.VALIDATING), (Event.REJECTED, Status.REJECTED)], [S.CANCELED], GOODS, "x-----"),
    ([*ASKED, (Event.REJECTED, Status.REJECTED)], [S.CANCELED], GOODS, "dx----"),
    ([*ASKED, (Event.EXPIRED, Status.EXPIRED)], [S.CANCELED], GOODS, "dx----"),
    ([*ASKED, (Event.WITHDRAWN, Status.WITHDRAWN)], [S.CANCELED], GOODS, "dx----"),
    ([*PLACED, (Event.VENDOR_REJECTED, Status.VENDOR_REJECTED)], [S.REFUSED], GOODS, "ddx---"),
    ([*SHIPPED, (Event.CANCELED, Status.CANCELED)], [S.CANCELED], GOODS, "dddx--"),
    ([*PLACED, (Event.FAILED, Status.FAILED)], [S.FAILED], GOODS, "ddxttt"),
    (PLACED, [S.PLACED], NO_GOODS, "ddnt"),
    ([*PLACED, (Event.COMPLETED, Status.COMPLETED)], [S.DONE], NO_GOODS, "dddd"),
    ([*APPROVED, (Event.COMPLETED, Status.COMPLETED)], [S.DONE], NO_CARRIER, "ddd"),
])  # fmt: skip
def test_the_way_shows_what_is_done_and_what_is_to_come(
    happened: list[tuple[Event, Status]], items: list[ItemState], steps: tuple[Step, ...], expected: str
) -> None:
    assert marks(progress_steps(journey(happened, *items, steps=steps))) == expected


def test_what_is_done_has_its_date_and_what_is_under_way_says_who_is_awaited_since_when() -> None:
    rules, approval, *rest = progress_steps(journey(ASKED, awaited="Dana Ortiz"))
    assert rules == ProgressStep(name="Rules checked", mark=StepState.DONE, at=START + timedelta(hours=1))
    assert (approval.at, approval.note) == (START + timedelta(hours=1), "Waits for Dana Ortiz")
    assert all(one.at is None and one.note == "" for one in rest)


def test_carrier_and_user_are_called_by_their_names() -> None:
    names = [one.name for one in progress_steps(journey(PLACED, carrier="Northwind", activates="You activate"))]
    assert names == [
        *("Rules checked", "Approval", "Northwind prepares", "Delivery", "You activate", "In the inventory"),
    ]


def test_several_items_are_counted() -> None:
    told = progress_steps(journey(SHIPPED, S.DONE, S.SHIPPED, S.SHIPPED, S.PLACED))
    assert [one.note for one in told[2:]] == ["3 of 4", "1 of 4", "1 of 4", "1 of 4"]


@pytest.mark.parametrize(("event", "status", "words"), [
    (Event.HELD, Status.ON_HOLD, "On hold"),
    (Event.BACKORDERED, Status.BACKORDERED, "Out of stock"),
    (Event.CANCEL_REQUESTED, Status.CANCEL_REQUESTED, "Canceling"),
    (Event.FAILED, Status.FAILED, "A step failed"),
    (Event.VENDOR_REJECTED, Status.VENDOR_REJECTED, "Refused by the carrier"),
    (Event.CANCELED, Status.CANCELED, "Canceled"),
])  # fmt: skip
def test_what_halts_or_ends_an_order_is_said(event: Event, status: Status, words: str) -> None:
    told = progress_steps(journey([*PLACED, (event, status)], awaited="Northwind"))
    assert [one.note for one in told if one.mark in {StepState.NOW, StepState.STOP}] == [words]


def test_an_approval_nobody_had_to_give_is_left_out_honestly() -> None:
    happened = [(Event.RECEIVED, Status.VALIDATING), (Event.APPROVED, Status.APPROVED)]
    assert progress_steps(journey(happened, steps=NO_CARRIER))[1] == ProgressStep(
        name="Approval", mark=StepState.SKIP, note="Not needed"
    )


@pytest.mark.parametrize("status", Status)
def test_there_is_a_way_in_every_status(status: Status) -> None:
    assert len(progress_steps(journey([(Event.RECEIVED, Status.VALIDATING), (Event.PROGRESS, status)]))) == 6


def test_since_is_when_the_order_came_where_it_stands() -> None:
    reminded = [*ASKED, (Event.REMINDER, Status.AWAITING_APPROVAL), (Event.REMINDER, Status.AWAITING_APPROVAL)]
    assert status_since(journey(reminded).past) == START + timedelta(hours=1)
    back = [*ASKED, (Event.INFO_REQUESTED, Status.INFO_REQUESTED), (Event.APPROVAL_NEEDED, Status.AWAITING_APPROVAL)]
    assert status_since(journey(back).past) == START + timedelta(hours=3)
    assert status_since(()) is None
