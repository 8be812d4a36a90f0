from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest

from models.formatting import PLANNED_CHANGE
from models.lifecycle import WAITS_FOR, Status
from policies.next_step import NextStep, next_step

WHEN = datetime(2026, 11, 24, 15, tzinfo=UTC)
ENDS = WHEN.isoformat()
MINIMAL = partial(next_step, requester="Ann Lee", beneficiary="Bo Diaz")
FULL = partial(
    MINIMAL,
    approvers=("Cy Park", "Di Roy"),
    carrier="Northwind",
    due_at=WHEN,
    expected_at=WHEN,
    done="Your line is active.",
)


@pytest.mark.parametrize("status", Status)
@pytest.mark.parametrize("describe", [FULL, MINIMAL], ids=["full", "minimal"])
def test_every_status_has_a_sentence(status: Status, describe: "partial[NextStep]") -> None:
    what = describe(status).what
    assert what[0].isupper()
    assert "None" not in what
    assert "{" not in what


@pytest.mark.parametrize(
    ("status", "what"),
    [
        (Status.AWAITING_APPROVAL, "Waiting for Cy Park or Di Roy to approve"),
        (Status.INFO_REQUESTED, "Waiting for Ann Lee to answer the question"),
        (Status.ON_HOLD, "On hold until another order for this line finishes"),
        (Status.IN_FULFILLMENT, "Northwind is processing the order"),
        (Status.VENDOR_INFO_REQUIRED, "Northwind needs more information from Ann Lee"),
        (Status.AWAITING_ACTIVATION, "Waiting for Bo Diaz to activate the device"),
        (Status.COMPLETED, "All done. Your line is active."),
        (Status.VENDOR_REJECTED, "Northwind declined this order."),
    ],
)
def test_a_sentence_names_the_people(status: Status, what: str) -> None:
    assert FULL(status).what == what


@pytest.mark.parametrize(
    ("status", "reader", "what"),
    [
        (Status.AWAITING_ACTIVATION, "beneficiary", "Got your device? Activate it to start service."),
        (Status.AWAITING_ACTIVATION, "requester", "Waiting for Bo Diaz to activate the device"),
        (Status.INFO_REQUESTED, "requester", "Answer the question"),
        (Status.INFO_REQUESTED, "beneficiary", "Waiting for Ann Lee to answer the question"),
        (Status.VENDOR_INFO_REQUIRED, "requester", "Northwind needs more information from you"),
    ],
)
def test_the_person_an_order_waits_for_is_addressed(status: Status, reader: str, what: str) -> None:
    assert FULL(status, reader={reader}).what == what


@pytest.mark.parametrize(
    ("reader", "what"),
    [
        ("beneficiary", "Got your devices? Activate each one to start service."),
        ("requester", "Waiting for Bo Diaz to activate the devices"),
    ],
)
def test_several_devices_are_activated_one_by_one(reader: str, what: str) -> None:
    assert FULL(Status.AWAITING_ACTIVATION, to_activate=2, reader={reader}).what == what


@pytest.mark.parametrize("status", Status)
def test_a_step_waits_on_a_party_exactly_while_the_order_is_open(status: Status) -> None:
    assert bool(FULL(status).who) is not status.final


@pytest.mark.parametrize(
    ("status", "who"),
    [
        (Status.AWAITING_APPROVAL, "Cy Park or Di Roy"),
        (Status.INFO_REQUESTED, "Ann Lee"),
        (Status.VENDOR_INFO_REQUIRED, "Ann Lee"),
        (Status.AWAITING_ACTIVATION, "Bo Diaz"),
        (Status.IN_FULFILLMENT, "Northwind"),
        (Status.BACKORDERED, "Northwind"),
        (Status.FAILED, "Our telecom team"),
        (Status.ON_HOLD, "Dialtone"),
    ],
)
def test_a_step_waits_on_the_party_that_acts_next(status: Status, who: str) -> None:
    assert FULL(status).who == who


@pytest.mark.parametrize(
    ("approvers", "who"),
    [((), "An approver"), (("Cy",), "Cy"), (("Cy", "Di"), "Cy or Di"), (("Cy", "Di", "Ed"), "Cy, Di, or Ed")],
)
def test_all_approvers_are_named(approvers: tuple[str, ...], who: str) -> None:
    assert MINIMAL(Status.AWAITING_APPROVAL, approvers=approvers).who == who


@pytest.mark.parametrize("status", [status for status in Status if WAITS_FOR.get(status) in {"approver", "date"}])
def test_a_step_has_its_due_time(status: Status) -> None:
    assert FULL(status).by == WHEN


@pytest.mark.parametrize("status", [Status.IN_FULFILLMENT, Status.BACKORDERED, Status.SHIPPED])
def test_a_step_of_the_carrier_is_due_when_it_is_expected(status: Status) -> None:
    assert MINIMAL(status, due_at=WHEN - timedelta(days=1), expected_at=WHEN).by == WHEN


@pytest.mark.parametrize("status", [Status.SUBMITTING, Status.IN_FULFILLMENT])
def test_a_step_of_the_carrier_without_a_date_has_a_due_time(status: Status) -> None:
    assert MINIMAL(status, due_at=WHEN, expected_at=None).by == WHEN


def test_the_conflicting_order_is_named() -> None:
    step = FULL(Status.ON_HOLD, details={"by": "D7K-4F2"})
    assert step.what == "On hold until order D7K-4F2 finishes"


def test_a_planned_change_that_an_order_waits_for_is_said_in_words() -> None:
    step = FULL(Status.ON_HOLD, details={"by": PLANNED_CHANGE})
    assert step.what == "On hold until a planned change finishes"


@pytest.mark.fault("27")
def test_what_the_rules_no_longer_allow_is_for_the_telecom_team() -> None:
    step = FULL(Status.ON_HOLD, details={"reason": "Ben has left. Choose someone else."})
    assert (step.what, step.who) == (
        "On hold until our telecom team has this corrected: Ben has left. Choose someone else.",
        "Our telecom team",
    )


def test_what_a_carrier_does_depends_on_the_type() -> None:
    step = FULL(Status.IN_FULFILLMENT, processing="{carrier} is looking for the delivery")
    assert step.what == "Northwind is looking for the delivery"


def test_the_question_is_repeated() -> None:
    step = FULL(Status.INFO_REQUESTED, details={"question": "Why {two} phones?"})
    assert step.what == "Waiting for Ann Lee to answer “Why {two} phones?”"


def test_the_fields_the_carrier_needs_are_named() -> None:
    step = FULL(Status.VENDOR_INFO_REQUIRED, details={"needs": ["imei", "birth_date"]})
    assert step.what == "Northwind needs more information from Ann Lee: Device ID (IMEI) and birth date"


@pytest.mark.parametrize("name", ["reason", "detail"])
def test_an_ended_order_gives_its_reason(name: str) -> None:
    step = FULL(Status.REJECTED, details={name: "Too expensive."})
    assert step.what == "Not approved. Reason: Too expensive."


@pytest.mark.fault("34")
@pytest.mark.parametrize("status", [status for status in Status if status in WAITS_FOR and status != "DRAFT"])
def test_an_open_order_names_someone_a_time_and_what_happens_then(status: Status) -> None:
    for with_operator in (False, True):
        step = FULL(status, with_operator=with_operator)
        assert step.who
        assert step.by == WHEN
        assert step.then
        assert "{" not in step.then


@pytest.mark.parametrize(
    ("status", "details", "reader", "who", "what"),
    [
        (Status.VENDOR_INFO_REQUIRED, {"needs": ["service_zip"], "ends_at": ENDS}, "requester", "Ann Lee",
         "Northwind declined the order. You can correct it: ZIP code where the phone is used most"),
        (Status.VENDOR_INFO_REQUIRED, {"needs": [], "ends_at": ENDS}, "beneficiary", "Ann Lee",
         "Northwind declined the order. Ann Lee can correct it"),
        (Status.VENDOR_INFO_REQUIRED, {"answer": "60601"}, "requester", "Northwind",
         "Northwind has the answer and continues with the order"),
        (Status.BACKORDERED, {"ends_at": ENDS}, "requester", "Ann Lee",
         "Backordered – keep waiting, or cancel the order?"),
        (Status.BACKORDERED, {}, "requester", "Northwind", "Backordered – waiting for stock at Northwind"),
    ],
)  # fmt: skip
def test_what_has_happened_says_who_acts_next(
    status: Status, details: dict[str, Any], reader: str, who: str, what: str
) -> None:
    step = FULL(status, details=details, reader={reader})
    assert (step.who, step.what) == (who, what)


@pytest.mark.parametrize("status", [Status.VENDOR_INFO_REQUIRED, Status.BACKORDERED])
def test_a_decision_is_due_when_it_is_too_late_not_when_someone_is_reminded(status: Status) -> None:
    assert FULL(status, details={"ends_at": ENDS}, due_at=WHEN - timedelta(days=2)).by == WHEN


def test_an_answer_for_the_carrier_is_due_when_the_order_is_canceled_without_it() -> None:
    details = {"needs": ["service_zip"], "answer_by": ENDS}
    assert FULL(Status.VENDOR_INFO_REQUIRED, details=details, due_at=WHEN - timedelta(days=2)).by == WHEN


@pytest.mark.parametrize(
    ("status", "reader", "then"),
    [
        (Status.BACKORDERED, "requester", "ask you to decide"),
        (Status.BACKORDERED, "beneficiary", "ask Ann Lee to decide"),
        (Status.SHIPPED, "beneficiary", "ask you whether"),
        (Status.SHIPPED, "requester", "ask Bo Diaz whether"),
    ],
)
def test_whoever_is_asked_later_is_addressed(status: Status, reader: str, then: str) -> None:
    assert then in (FULL(status, reader={reader}).then or "")


def test_a_device_that_is_picked_up_is_not_to_be_sent() -> None:
    picked_up = FULL(Status.IN_FULFILLMENT, details={"next": "send", "return_way": "pickup"})
    assert (picked_up.what, picked_up.who) == ("Waiting for Northwind to pick up the device from Bo Diaz", "Northwind")
    sent = FULL(Status.IN_FULFILLMENT, details={"next": "send", "return_way": "label"}, reader={"beneficiary"})
    assert (sent.what, sent.for_you) == ("Send the device back with the label", True)


@pytest.mark.parametrize("step", ["send", "bring"])
def test_a_device_that_does_not_come_back_is_charged(step: str) -> None:
    then = FULL(Status.IN_FULFILLMENT, details={"next": step}).then or ""
    assert "its price is charged" in then
    assert "Northwind" not in then


def test_an_order_that_has_waited_too_long_is_with_an_operator() -> None:
    step = FULL(Status.SHIPPED, with_operator=True, due_at=WHEN - timedelta(days=1))
    assert (step.who, step.by) == ("Our telecom team", WHEN - timedelta(days=1))
    assert step.what == "This takes longer than usual, and our telecom team is on it"
