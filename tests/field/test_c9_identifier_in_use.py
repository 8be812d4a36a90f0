"""A carrier completes with an identifier that something else has: a named conflict at once, which a person corrects."""

import pytest

from models.lifecycle import Status
from models.order import Order
from tests.field.open_order import Field

KNOWN = {"MDN": "+13125550142", "IMEI": "490154203237518", "IMEI2": "359101113960036", "ICCID": "89014103211118510720"}
FREE = {
    "MDN": "(312) 555-0199",
    "IMEI": "35332211 900001 7",
    "IMEI2": "35332211 900001 7",
    "ICCID": "8901260222381234562",
}
OTHER = {"MDN": "+13125550188", "IMEI": "867234020000011", "ICCID": "8901260222381234570"}


async def complete(field: Field, **known: str) -> Order:
    order = await field.order()
    await field.event(order, "completed", **known)
    return order


@pytest.mark.fault("6")
@pytest.mark.parametrize("name", ["MDN", "IMEI", "IMEI2", "ICCID"])
async def test_a_conflict_is_named_at_once_and_corrected(field: Field, name: str) -> None:
    first = await complete(field, **KNOWN)
    await field.env.wait_for_status(first, Status.COMPLETED)
    order = await complete(field, **OTHER | {name: KNOWN[name]})
    task = await field.failed(order)
    assert (task.evidence["identifier"], task.evidence["tries"]) == (name.lower(), 1)
    assert "is already in use" in task.evidence["sentence"]
    assert task.choices == ["correct", "retry", "cancel"]
    assert (await field.settle(order, "correct", "none")).status_code == 422
    assert (await field.settle(order, "correct", KNOWN[name])).status_code == 422
    answer = await field.settle(order, "correct", FREE[name])
    assert answer.status_code == 200, answer.text
    await field.env.wait_for_status(order, Status.COMPLETED)
    stored = (await field.inventory(order))[name.lower()]
    assert stored is not None
    assert (await field.seen(order))["items"][0][name.lower()] == stored != KNOWN[name]
