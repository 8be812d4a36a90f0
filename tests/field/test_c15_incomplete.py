"""A carrier completes a new line without its number: it is never "all done" before someone knows the number."""

import pytest

from models.lifecycle import Status
from tests.field.open_order import Field


@pytest.mark.fault("9")
@pytest.mark.parametrize("told", [{}, {"MDN": "PENDING"}, {"MDN": ["+13125550142"]}, {"MDN": ""}], ids=repr)
async def test_a_person_enters_the_missing_number(field: Field, told: dict[str, object]) -> None:
    order = await field.order()
    await field.event(order, "completed", IMEI="490154203237518", **told)
    task = await field.failed(order)
    assert (task.evidence["identifier"], task.choices[0]) == ("mdn", "correct")
    assert "without its phone number" in task.evidence["sentence"]
    assert (await field.seen(order))["status"] == Status.FAILED


@pytest.mark.fault("9")
async def test_the_order_is_complete_with_the_number_that_was_entered(field: Field) -> None:
    order = await field.order()
    await field.event(order, "completed", IMEI="490154203237518")
    await field.failed(order)
    assert (await field.settle(order, "correct", "(312) 555-0142")).status_code == 200
    await field.env.wait_for_status(order, Status.COMPLETED)
    assert (await field.inventory(order))["mdn"] == "+13125550142"


@pytest.mark.fault("9")
async def test_a_retry_takes_the_number_that_the_carrier_has_reported_since(field: Field) -> None:
    order = await field.order()
    await field.event(order, "completed", IMEI="490154203237518")
    await field.failed(order)
    await field.event(order, "completed", MDN="+13125550142")
    assert (await field.settle(order, "retry", "Asked the carrier.")).status_code == 200
    await field.env.wait_for_status(order, Status.COMPLETED)
    assert (await field.inventory(order))["mdn"] == "+13125550142"
