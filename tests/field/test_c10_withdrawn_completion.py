"""A completion that the carrier takes back before the inventory has it waits for a person."""

from collections.abc import Sequence
from datetime import timedelta

import pytest

from models.db.orders.tables import EventRow
from models.db.session import utc_now
from models.db.tasks.tables import TaskRow
from models.lifecycle import Status
from models.order import Order
from tests import factories
from tests.field.open_order import CANCELED, Field

pytestmark = [pytest.mark.fault("7"), pytest.mark.fault("9")]

IMEI = "490154203237518"
NUMBER = "+13125550142"


async def incomplete(field: Field) -> tuple[Order, TaskRow]:
    """An order that is completed without a number, and its task."""
    order = await field.order()
    await field.event(order, "completed", IMEI=IMEI)
    return order, await field.failed(order)


async def withdrawn(field: Field, order: Order, before: TaskRow) -> TaskRow:
    """The open task about the completion that was taken back, which replaces the one `before`."""

    async def tasks() -> Sequence[TaskRow]:
        return [row for row in await field.env.rows(TaskRow, order) if row.state == "open"]

    (task,) = await field.env.until(order, tasks, lambda rows: [row.id for row in rows] not in ([], [before.id]))
    return task


async def events(field: Field, order: Order) -> list[str]:
    return [row.event for row in await field.env.rows(EventRow, order)]


@pytest.mark.parametrize(("state", "reported"), [("failed", "Declined by carrier"), (CANCELED, "Canceled")])
async def test_the_task_of_an_incomplete_item_says_that_its_completion_was_taken_back(
    field: Field, state: str, reported: str
) -> None:
    order, before = await incomplete(field)
    await field.event(order, state)
    task = await withdrawn(field, order, before)
    assert (task.kind, task.choices) == ("failed_step", ["complete_anyway", "retry", "cancel"])
    seen = await field.get(f"/api/v1/tasks/{task.id}", "Person AD")
    assert f"as completed, and then as “{reported}”" in seen["happened"]
    assert "completion_withdrawn" in await events(field, order)


async def test_a_withdrawn_item_is_completed_only_once_a_person_confirms_it(field: Field) -> None:
    """Neither another try nor the missing number completes it."""
    order, before = await incomplete(field)
    await field.event(order, "failed", MDN=NUMBER)
    for choice in ("retry", "retry"):
        before = await withdrawn(field, order, before)
        await field.settle(order, choice, "Try it.")
    await withdrawn(field, order, before)
    assert (await field.seen(order))["status"] == Status.FAILED
    await field.settle(order, "complete_anyway", "Pat confirmed it, case 4711.")
    await field.env.wait_for_status(order, Status.COMPLETED)
    assert (await field.inventory(order))["mdn"] == NUMBER


async def test_what_is_entered_at_the_moment_of_the_withdrawal_does_not_complete_the_item(field: Field) -> None:
    order, before = await incomplete(field)
    await field.event(order, "failed")
    async with await field.office.client("Person AD", factories.TENANT) as client:
        body = {"choice": "correct", "text": NUMBER}
        assert (await client.post(f"/api/v1/tasks/{before.id}/settle", json=body)).status_code in {200, 202, 409}
    task = await withdrawn(field, order, before)
    assert task.choices == ["complete_anyway", "retry", "cancel"]
    assert (await field.seen(order))["status"] == Status.FAILED


async def test_an_item_that_the_carrier_completes_after_all_is_completed_by_another_try(field: Field) -> None:
    order, before = await incomplete(field)
    await field.event(order, "failed")
    await withdrawn(field, order, before)
    await field.event(order, "completed", IMEI=IMEI, MDN=NUMBER)
    await field.settle(order, "retry", "It is active.")
    await field.env.wait_for_status(order, Status.COMPLETED)


async def test_a_withdrawn_item_can_be_canceled(field: Field) -> None:
    order, before = await incomplete(field)
    await field.event(order, CANCELED)
    await withdrawn(field, order, before)
    await field.settle(order, "cancel", "The carrier has ended it.")
    await field.env.wait_for_status(order, Status.CANCELED)
    assert [line.status for line in await field.env.lines()] == ["void"]


async def test_a_late_report_takes_nothing_back(field: Field) -> None:
    order = await field.order()
    now = utc_now()
    await field.event(order, "completed", IMEI=IMEI, at=now - timedelta(minutes=1))
    task = await field.failed(order)
    await field.event(order, "failed", at=now - timedelta(minutes=5))
    await field.settle(order, "correct", NUMBER)
    await field.env.wait_for_status(order, Status.COMPLETED)
    assert task.choices == ["correct", "retry", "cancel"]
    assert "completion_withdrawn" not in await events(field, order)


async def test_the_other_item_of_an_order_is_completed_meanwhile(field: Field) -> None:
    order = await field.order(items=2)
    await field.event(order, "completed", IMEI=IMEI)
    incomplete_task = await field.failed(order)
    await field.event(order, "failed")
    before = await withdrawn(field, order, incomplete_task)
    await field.event(order, "completed", item=1, MDN="+13125550188")
    await field.env.wait_for_item_states(order, "failed", "done")
    await field.settle(order, "complete_anyway", "Pat confirmed it, case 4711.")
    after = await withdrawn(field, order, before)
    assert after.choices == ["correct", "retry", "cancel"]
