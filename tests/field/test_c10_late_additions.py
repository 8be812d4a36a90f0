"""What a carrier adds once an item is completed is stored or becomes a task; nothing of it is left out in silence."""

import pytest

from models.db.tasks.tables import TaskRow
from models.lifecycle import Status
from models.order import Order
from tests.field.open_order import Field

pytestmark = [pytest.mark.fault("7"), pytest.mark.fault("9")]

KNOWN = {"MDN": "+13125550142", "IMEI": "490154203237518"}
EID, OTHER_EID = "89049032123451234512345678901235", "89049032004008882600011223344530"


async def completed(field: Field, **reported: str) -> Order:
    order = await field.order()
    await field.event(order, "completed", **KNOWN | reported)
    await field.env.wait_for_status(order, Status.COMPLETED)
    return order


@pytest.mark.parametrize("before", [{}, {"EID": OTHER_EID}], ids=["added", "corrected"])
async def test_an_esim_is_a_task(field: Field, before: dict[str, str]) -> None:
    order = await completed(field, **before)
    for _ in range(2):
        await field.event(order, "completed", **KNOWN, EID=EID)
    (task,) = await field.env.rows(TaskRow, order)
    assert (task.kind, EID in task.evidence["after"]) == ("late_correction", True)
    assert (await field.item(order)).eid == before.get("EID")


async def test_a_parcel_is_stored(field: Field) -> None:
    order = await completed(field)
    await field.event(order, "completed", **KNOWN, trackingNumber="1Z998")
    assert [one["tracking_number"] for one in (await field.seen(order))["items"][0]["parcels"]] == ["1Z998"]
    assert await field.env.rows(TaskRow, order) == []


@pytest.mark.parametrize(
    "reported", [{"MDN": "+1312"}, {"EID": "8904"}, {"ICCID": ["890141"]}], ids=lambda reported: next(iter(reported))
)
async def test_what_cannot_be_read_is_a_task(field: Field, reported: dict[str, str]) -> None:
    order = await completed(field)
    for _ in range(2):
        await field.event(order, "completed", **KNOWN | reported)
    (task,) = await field.env.rows(TaskRow, order)
    assert task.kind == "unreadable_value"
