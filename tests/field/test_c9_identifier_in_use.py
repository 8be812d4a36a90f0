"""A carrier completes with an identifier that something else has: a named conflict at once, which a person settles."""

from typing import Any

import pytest
from sqlmodel import select

from models.db.inventory.tables import DeviceRow
from models.db.orders.tables import EventRow
from models.db.tasks.tables import TaskRow
from models.lifecycle import Status
from models.order import Order
from tests.field.open_order import Field
from workflows.order_type_registry import order_type

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
    without = [] if name == "MDN" else ["complete_without"]
    assert task.choices == ["correct", "take_over", *without, "retry", "cancel"]
    assert (await field.settle(order, "correct", "none")).status_code == 422
    assert (await field.settle(order, "correct", KNOWN[name])).status_code == 422
    answer = await field.settle(order, "correct", FREE[name])
    assert answer.status_code == 200, answer.text
    await field.env.wait_for_status(order, Status.COMPLETED)
    stored = (await field.inventory(order))[name.lower()]
    assert stored is not None
    assert (await field.seen(order))["items"][0][name.lower()] == stored != KNOWN[name]


async def in_conflict(field: Field, **known: str) -> tuple[Order, Order]:
    """A completed order, and one whose carrier has completed it with an identifier of the first one."""
    first = await complete(field, **KNOWN)
    await field.env.wait_for_status(first, Status.COMPLETED)
    second = await complete(field, **OTHER | known)
    await field.failed(second)
    return first, second


async def events(field: Field, order: Order, kind: str) -> list[dict[str, Any]]:
    return [row.data for row in await field.env.rows(EventRow, order) if row.event == kind]


async def choose(field: Field, order: Order, choice: str) -> None:
    answer = await field.settle(order, choice, "The carrier has confirmed it.")
    assert answer.status_code == 200, answer.text
    await field.env.wait_for_status(order, Status.COMPLETED)


@pytest.mark.fault("6")
@pytest.mark.parametrize(("name", "says", "other"), [
    ("MDN", "Line (312) 555-0142 is disconnected", ("disconnected", True, True)),
    ("IMEI", "Line (312) 555-0142 no longer has a device", ("active", False, True)),
    ("ICCID", "Line (312) 555-0142 no longer has a SIM", ("active", True, False)),
])  # fmt: skip
async def test_what_is_taken_over_is_given_up_and_both_histories_say_so(
    field: Field, name: str, says: str, other: tuple[str, bool, bool]
) -> None:
    first, second = await in_conflict(field, **{name: KNOWN[name]})
    task = next(row for row in await field.env.rows(EventRow, second) if row.event == "failed")
    shown = await field.get(f"/api/v1/tasks/{second.id}-{task.seq}", "Person AD")
    (take_over,) = [choice for choice in shown["choices"] if choice["code"] == "take_over"]
    assert take_over["help"].startswith(says)
    line_id = (await field.item(first)).line_id
    await choose(field, second, "take_over")
    assert (await field.inventory(second))[name.lower()] == KNOWN[name]
    line = next(line for line in await field.env.lines() if line.id == line_id)
    assert (line.status, line.device_id is not None, line.sim_id is not None) == other
    (taken,) = await events(field, second, "taken_over")
    (given,) = await events(field, first, "given_up")
    assert (taken["from_order"], given["to_order"]) == (first.number, second.number)
    assert taken["detail"] == given["detail"]
    assert says in given["detail"]


@pytest.mark.fault("6")
@pytest.mark.parametrize("name", ["IMEI", "IMEI2", "ICCID"])
async def test_an_item_is_complete_without_what_it_does_not_need(field: Field, name: str) -> None:
    first, second = await in_conflict(field, **{name: KNOWN[name]})
    await choose(field, second, "complete_without")
    assert (await field.inventory(second))[name.lower()] is None
    assert (await field.seen(second))["items"][0][name.lower()] is None
    assert (await field.inventory(first))[name.lower()] == KNOWN[name]


@pytest.mark.fault("6")
@pytest.mark.parametrize("name", ["IMEI", "IMEI2"])
async def test_the_other_id_of_a_device_counts_too(field: Field, name: str) -> None:
    """The first ID of a device is the second one of another."""
    other = {"IMEI": "IMEI2", "IMEI2": "IMEI"}[name]
    _, second = await in_conflict(field, **{name: KNOWN[other]})
    task = await field.failed(second)
    assert task.evidence["identifier"] == name.lower()
    await choose(field, second, "take_over")
    async with field.env.database.transaction() as session:
        devices = await session.all(select(DeviceRow).where(DeviceRow.status == "active"))
    assert [getattr(device, name.lower()) for device in devices] == [KNOWN[other]]


@pytest.mark.fault("6")
async def test_nothing_is_taken_from_a_line_that_another_order_is_changing(field: Field) -> None:
    first, second = await in_conflict(field, MDN=KNOWN["MDN"])
    line_id = (await field.item(first)).line_id
    change = await field.env.start_new(order_type("SERVICE_SUSPEND"), until=Status.IN_FULFILLMENT, line_ids=(line_id,))
    answer = await field.settle(second, "take_over", "The carrier has confirmed it.")
    assert answer.status_code == 200
    tasks = await field.env.until(second, lambda: field.env.rows(TaskRow, second), lambda rows: len(rows) == 2)
    assert any(f"Order {change.number} is in progress for that line" in task.evidence["sentence"] for task in tasks)
    assert (await events(field, first, "given_up")) == []
