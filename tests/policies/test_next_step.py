from dataclasses import replace
from datetime import UTC, datetime

import pytest

from models.lifecycle import Status, waits_for
from policies.next_step import NextStepInput, next_step

WHEN = datetime(2026, 11, 24, 15, tzinfo=UTC)
SCENE = NextStepInput(
    status=Status.DRAFT,
    requester="Ann Lee",
    beneficiary="Bo Diaz",
    approvers=("Cy Park", "Di Roy"),
    carrier="Northwind",
    due_at=WHEN,
    expected_at=WHEN,
)
BARE = NextStepInput(status=Status.DRAFT, requester="Ann Lee", beneficiary="Bo Diaz")


@pytest.mark.parametrize("status", Status)
@pytest.mark.parametrize("scene", [SCENE, BARE], ids=["known", "bare"])
def test_every_status_has_a_sentence(status: Status, scene: NextStepInput) -> None:
    told = next_step(replace(scene, status=status))
    assert told.what[0].isupper()
    assert told.what.endswith(".")
    assert "None" not in told.what


@pytest.mark.parametrize("status", Status)
def test_somebody_acts_exactly_while_the_order_runs(status: Status) -> None:
    assert bool(next_step(replace(SCENE, status=status)).who) is not status.final


@pytest.mark.parametrize(
    ("status", "who"),
    [
        (Status.AWAITING_APPROVAL, "Cy Park or Di Roy"),
        (Status.INFO_REQUESTED, "Ann Lee"),
        (Status.VENDOR_INFO_REQUIRED, "Ann Lee"),
        (Status.AWAITING_ACTIVATION, "Bo Diaz"),
        (Status.IN_FULFILLMENT, "Northwind"),
        (Status.BACKORDERED, "Northwind"),
        (Status.FAILED, "Operator"),
        (Status.ON_HOLD, "Dialtone"),
    ],
)
def test_the_next_move_is_with_the_one_the_order_waits_for(status: Status, who: str) -> None:
    assert next_step(replace(SCENE, status=status)).who == who


@pytest.mark.parametrize("status", [status for status in Status if waits_for(status) in {"approver", "date"}])
def test_a_deadline_is_told(status: Status) -> None:
    assert next_step(replace(SCENE, status=status)).by == WHEN


def test_the_order_in_the_way_is_named() -> None:
    told = next_step(replace(SCENE, status=Status.ON_HOLD, held_by="D7K-4F2"))
    assert "order D7K-4F2" in told.what


def test_the_question_is_repeated() -> None:
    told = next_step(replace(SCENE, status=Status.INFO_REQUESTED, question="Why two phones?"))
    assert "“Why two phones?”" in told.what


def test_what_the_carrier_lacks_is_named() -> None:
    told = next_step(replace(SCENE, status=Status.VENDOR_INFO_REQUIRED, needs=("service_zip", "birth_date")))
    assert told.what == "Ann Lee tells Northwind: ZIP code of use, birth date."


def test_an_end_tells_its_reason() -> None:
    told = next_step(replace(SCENE, status=Status.REJECTED, reason="Too dear."))
    assert told.what.endswith("Reason: Too dear.")
