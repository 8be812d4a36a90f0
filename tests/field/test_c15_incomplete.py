"""A carrier completes a new line without its number: it is never "all done" before someone knows the number."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from models.db.carriers.tables import CarrierEventRow
from models.db.session import new_id, utc_now
from models.db.tasks.tables import TaskRow
from models.errors import CarrierUnavailable
from models.lifecycle import ItemState, Status
from models.order import CarrierUpdate, Identifiers, ItemUpdate, Order
from tests.field.open_order import Field


@pytest.mark.fault("9")
@pytest.mark.parametrize("reported", [{}, {"MDN": "PENDING"}, {"MDN": ["+13125550142"]}, {"MDN": ""}], ids=repr)
async def test_a_person_enters_the_missing_number(field: Field, reported: dict[str, object]) -> None:
    order = await field.order()
    await field.event(order, "completed", IMEI="490154203237518", **reported)
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


def answer(field: Field, order: Order, *, at: datetime | None = None, **says: Any) -> None:
    """The carrier says this of the order's item when it is asked."""
    reported = ItemUpdate(
        item_id=order.items[0].id, state=ItemState.DONE, **{"identifiers": Identifiers(mdn="+13125550142"), **says}
    )
    field.env.carrier.status_answers[f"{order.id}:1"] = CarrierUpdate(
        event_id=new_id(), carrier=field.env.carrier.code, client_ref=f"{order.id}:1", items=(reported,), at=at
    )


@pytest.mark.fault("9")
async def test_the_carrier_is_asked_before_a_person(field: Field) -> None:
    order = await field.order()
    answer(field, order)
    await field.event(order, "completed", IMEI="490154203237518")
    await field.env.wait_for_status(order, Status.COMPLETED)
    assert (await field.inventory(order))["mdn"] == "+13125550142"
    assert (await field.env.rows(TaskRow, order)) == []
    assert [row.outcome for row in await field.env.rows(CarrierEventRow, order)] == ["passed_on", "noted"]


@pytest.mark.fault("9")
async def test_what_cannot_be_read_in_the_answer_is_a_task(field: Field) -> None:
    order = await field.order()
    answer(field, order, unreadable=(("iccid", "8901"),))
    await field.event(order, "completed", IMEI="490154203237518")
    await field.env.wait_for_status(order, Status.COMPLETED)
    (task,) = await field.env.rows(TaskRow, order)
    assert (task.kind, task.evidence["reported_as"]) == ("unreadable_value", "8901")


@pytest.mark.fault("3")
async def test_an_answer_that_is_older_than_an_event_is_recorded_as_late(field: Field) -> None:
    order, at = await field.order(), utc_now() - timedelta(minutes=1)
    answer(field, order, at=at, identifiers=Identifiers(mdn="+13125550142", imei="867234020000011"))
    await field.event(order, "completed", IMEI="490154203237518", at=at + timedelta(seconds=30))
    await field.env.wait_for_status(order, Status.COMPLETED)
    assert await field.inventory(order) | {"iccid": None} == {
        "mdn": "+13125550142", "imei": "490154203237518", "imei2": None, "iccid": None,
    }  # fmt: skip
    assert [one["late"] for one in await field.late(order)] == [["imei"]]


@pytest.mark.fault("9")
async def test_a_carrier_that_is_away_keeps_no_one_waiting(field: Field) -> None:
    order = await field.order()
    field.env.carrier.fails["status"] = [CarrierUnavailable("Away.")] * 9
    await field.event(order, "completed", IMEI="490154203237518")
    assert (await field.failed(order)).evidence["identifier"] == "mdn"
    assert len(field.env.carrier.fails["status"]) == 6
