"""An order that its carrier has lost is asked about, or placed again, by a choice on its task."""

from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import col, update

from models.db.carriers.tables import CarrierOrderRow, SecondOrderRow
from models.db.order_events import append_outside
from models.db.orders.tables import EventRow, ItemRow
from models.db.outbox.tables import OutboxRow
from models.db.session import new_id, utc_now
from models.db.tasks.tables import TaskRow
from models.errors import CarrierDeclined, CarrierUnavailable
from models.events.waiting import SILENT_CARRIER
from models.lifecycle import ItemState, Status
from models.order import SYSTEM, CarrierUpdate, ItemUpdate, Order
from outbox import waiting_orders
from outbox.reconciler import Reconciler
from tests import factories
from tests.field.open_order import Field
from tests.workflows.workflow_env import KEYRING

pytestmark = pytest.mark.fault("8")
NOT_FOUND = CarrierDeclined("There is no such order.")


async def poll(field: Field) -> None:
    """Have the reconciler ask about every open order, some minutes after the last time."""
    async with field.env.database.transaction() as session:
        quiet = {"last_update_at": utc_now() - timedelta(days=1)}
        missing = {"missing_since": col(CarrierOrderRow.missing_since) - waiting_orders.LOST_AFTER}
        await session.exec(update(CarrierOrderRow).values(quiet | missing))
    carriers: Any = {factories.CARRIER: field.env.carrier}
    reconciler = Reconciler(
        field.env.database, carriers, KEYRING, after=timedelta(hours=1), public_url="https://dialtone.example.com"
    )
    await reconciler.run_once(factories.CARRIER)


async def lose(field: Field, order: Order, number: int = 1) -> TaskRow:
    """The carrier no longer knows what it had accepted in this round; returns the task."""
    field.env.carrier.orders.pop(f"{order.id}:{number}")
    for _ in range(2):
        field.env.carrier.fails["status"] = [NOT_FOUND]
        await poll(field)
    (task,) = await open_tasks(field, order)
    return task


async def lost(field: Field, **differs: Any) -> Order:
    order = await field.order(**differs)
    await lose(field, order)
    return order


async def open_tasks(field: Field, order: Order) -> list[TaskRow]:
    return [task for task in await field.env.rows(TaskRow, order) if task.state == "open"]


async def offered(field: Field, order: Order) -> list[str]:
    (task,) = await open_tasks(field, order)
    return [choice["code"] for choice in (await field.get(f"/api/v1/tasks/{task.id}", "Person AD"))["choices"]]


async def rounds(field: Field, order: Order) -> list[tuple[str, bool, int | None]]:
    rows = sorted(await field.env.rows(CarrierOrderRow, order), key=lambda row: row.round)
    return [(row.client_ref.rpartition(":")[2], row.open, row.replaced_by) for row in rows]


async def place_again(field: Field, order: Order, *, status: Status = Status.IN_FULFILLMENT) -> None:
    before = len(await field.env.events(order))
    answer = await field.settle(order, "place_again", "They have no trace of it.")
    assert (answer.status_code, answer.json()["state"]) == (200, "done"), answer.text
    await field.env.until(order, lambda: field.env.events(order), lambda events: len(events) > before)
    await field.env.wait_until_idle(order, after=None)
    assert (await field.env.row(order)).status == status


async def complete(field: Field, order: Order, number: int) -> None:
    """The carrier reports that what was sent in this round is done."""
    await field.env.carrier_update(order, ItemState.DONE, round=number)
    await field.env.wait_for_status(order, Status.COMPLETED)


# --- place again ---------------------------------------------------------------


async def test_a_lost_order_is_placed_again_under_a_reference_of_its_own(field: Field) -> None:
    order = await lost(field)
    approvals = (await field.env.events(order)).count("approved")
    assert await offered(field, order) == ["ask_again", "place_again", "cancel"]
    await place_again(field, order)
    assert await rounds(field, order) == [("1", False, 2), ("2", True, None)]
    assert list(field.env.carrier.orders) == [f"{order.id}:2"]
    assert [item.item_id for item in field.env.carrier.orders[f"{order.id}:2"].items] == [order.items[0].id]
    (task,) = await field.env.rows(TaskRow, order)
    assert (task.state, task.choice, task.note) == ("closed", "place_again", "They have no trace of it.")
    assert (await field.env.events(order)).count("approved") == approvals
    await complete(field, order, 2)


async def test_items_that_are_completed_are_not_placed_again(field: Field) -> None:
    order = await field.order(items=3)
    await field.event(order, "completed", item=0, MDN="+13125550142")
    await field.event(order, "failed", item=1)
    await field.env.wait_for_item_states(order, "done", "declined", "placed")
    await lose(field, order)
    await place_again(field, order)
    assert [item.item_id for item in field.env.carrier.orders[f"{order.id}:2"].items] == [order.items[2].id]
    await field.env.carrier_update(order, ItemState.DONE, item=3, round=2)
    await field.env.wait_for_status(order, Status.PARTIALLY_FULFILLED)


async def test_an_order_that_is_lost_twice_is_placed_a_third_time(field: Field) -> None:
    order = await lost(field)
    await place_again(field, order)
    await lose(field, order, 2)
    await place_again(field, order)
    assert await rounds(field, order) == [("1", False, 2), ("2", False, 3), ("3", True, None)]
    await complete(field, order, 3)


async def test_an_order_that_the_carrier_has_after_all_is_not_sent_again(field: Field) -> None:
    order = await lost(field)
    field.env.carrier.second_orders[f"{order.id}:1"] = ("NW-moved",)
    await place_again(field, order)
    assert field.env.carrier.submissions == 1
    (row,) = await field.env.rows(CarrierOrderRow, order)
    assert (row.carrier_ref, row.open, row.lost_at) == ("NW-moved", True, None)
    assert "found_again" in await field.env.events(order)
    await complete(field, order, 1)


async def test_an_order_that_comes_back_after_it_was_placed_again_is_canceled_and_a_task(field: Field) -> None:
    order = await lost(field)
    await place_again(field, order)
    await field.event(order, "completed", MDN="+13125550142")
    assert (await field.env.row(order)).status == Status.IN_FULFILLMENT
    field.env.carrier.fails.clear()
    await poll(field)
    assert field.env.carrier.canceled == [f"NW-{order.id}:1 This is a second order for the same request."]
    (task,) = await open_tasks(field, order)
    assert (task.kind, task.evidence["second_ref"]) == ("second_order", f"NW-{order.id}:1")
    assert task.evidence["carrier_ref"] == f"NW-{order.id}:2"
    shown = await field.get(f"/api/v1/tasks/{task.id}", "Person AD")
    assert "has the order again that it had lost" in shown["happened"]
    async with field.env.database.transaction() as session:
        assert (await session.get_one(SecondOrderRow, (factories.CARRIER, f"NW-{order.id}:1"))).answer == "canceled"


async def test_what_was_placed_again_is_no_longer_polled_under_the_old_reference(field: Field) -> None:
    order = await lost(field)
    await place_again(field, order)
    asked: list[str] = []
    status = field.env.carrier.status

    async def listen(carrier_ref: str) -> CarrierUpdate:
        asked.append(carrier_ref)
        return await status(carrier_ref)

    field.env.carrier.status = listen  # type: ignore[method-assign]  # to see what is asked
    await poll(field)
    assert asked == [f"NW-{order.id}:2"]


async def test_a_carrier_that_declines_what_is_placed_again_ends_only_that(field: Field) -> None:
    order = await field.order(items=2)
    await field.event(order, "completed", item=0, MDN="+13125550142")
    await field.env.wait_for_item_states(order, "done", "placed")
    await lose(field, order)
    field.env.carrier.fails["submit"] = [CarrierDeclined("Sold out.", facts={"code": "SOLD_OUT"})]
    assert (await field.settle(order, "place_again", "No trace.")).status_code == 200
    await field.env.wait_for_status(order, Status.PARTIALLY_FULFILLED)
    assert await field.env.item_states(order) == ["done", "declined"]


async def test_two_people_place_an_order_again_once(field: Field) -> None:
    order = await lost(field)
    (task,) = await open_tasks(field, order)
    await place_again(field, order)
    body = {"choice": "place_again", "text": "Again."}
    async with await field.office.client("Person AD", factories.TENANT) as client:
        answer = await client.post(f"/api/v1/tasks/{task.id}/settle", json=body)
    assert (answer.status_code, answer.json()["code"]) == (409, "ALREADY_DECIDED")
    assert field.env.carrier.submissions == 2


async def test_what_has_shipped_is_not_offered_to_be_placed_again(field: Field) -> None:
    order = await field.order(items=2)
    await field.event(order, "inProgress", trackingNumber="1Z999", item=0)
    await field.env.wait_for_item_states(order, "shipped", "placed")
    await lose(field, order)
    assert await offered(field, order) == ["ask_again"]
    for choice in ("place_again", "cancel"):
        assert (await field.settle(order, choice, "Try.")).status_code == 409
    assert len(await open_tasks(field, order)) == 1


async def test_a_lost_order_is_canceled_from_its_task(field: Field) -> None:
    order = await lost(field)
    assert (await field.settle(order, "cancel", "No longer needed.")).status_code == 200
    await field.env.wait_for_status(order, Status.CANCELED)
    assert (await field.env.rows(TaskRow, order))[0].state == "closed"


# --- ask the carrier now -------------------------------------------------------


async def ask(field: Field, order: Order) -> TaskRow:
    """Choose to ask, and wait for the answer."""
    answer = await field.settle(order, "ask_again", "They called.")
    assert (answer.status_code, answer.json()["state"]) == (202, "waiting"), answer.text
    (start,) = [row for row in await field.env.rows(OutboxRow, order) if row.name == "TASK_ACTION" and not row.done_at]
    await field.env.deliver(start.id)
    (task,) = await field.env.until(
        order, lambda: field.env.rows(TaskRow, order), lambda rows: rows[0].acting_since is None
    )
    return task


async def asked(field: Field, order: Order) -> list[str]:
    rows = [row for row in await field.env.rows(EventRow, order) if row.event == "carrier_asked"]
    return [row.data["detail"] for row in sorted(rows, key=lambda row: row.seq)]


def says(field: Field, order: Order, state: ItemState, *, expected_in: timedelta | None = None) -> None:
    item_update = ItemUpdate(
        item_id=order.items[0].id, state=state, expected_at=utc_now() + expected_in if expected_in else None
    )
    field.env.carrier.status_answers[f"{order.id}:1"] = CarrierUpdate(
        event_id=new_id(), carrier=factories.CARRIER, client_ref=f"{order.id}:1", items=(item_update,)
    )


async def test_asking_about_a_lost_order_settles_its_task_if_the_carrier_knows_it(field: Field) -> None:
    order = await lost(field)
    field.env.carrier.fails["status"] = [NOT_FOUND]
    task = await ask(field, order)
    assert (task.state, task.problem) == ("open", "Northwind Wireless doesn't know this order.")
    says(field, order, ItemState.IN_FULFILLMENT)
    assert (await ask(field, order)).state == "closed"
    assert await asked(field, order) == [
        "Northwind Wireless doesn't know this order.", "Northwind Wireless says: item 1 is “Processing”.",
    ]  # fmt: skip


async def test_asking_a_silent_carrier_settles_its_task_if_it_has_a_date(field: Field) -> None:
    order = await silent(field)
    assert await offered(field, order) == ["ask_again", "keep_waiting", "cancel"]
    says(field, order, ItemState.IN_FULFILLMENT)
    task = await ask(field, order)
    assert (task.state, task.problem) == ("open", "Northwind Wireless says: item 1 is “Processing”.")
    says(field, order, ItemState.IN_FULFILLMENT, expected_in=timedelta(days=5))
    assert (await ask(field, order)).state == "closed"
    (item,) = await field.env.rows(ItemRow, order)
    assert item.expected_at is not None


async def test_the_task_about_a_silent_carrier_is_over_when_the_order_ends(field: Field) -> None:
    order = await silent(field)
    await field.event(order, "failed")
    await field.env.wait_for_status(order, Status.VENDOR_REJECTED)
    assert await open_tasks(field, order) == []


async def silent(field: Field) -> Order:
    """The task is open that the order's workflow opens after some business days."""
    order = await field.order()
    async with field.env.database.transaction() as session:
        data = {"round": 1, "references": f"{order.id}:1"}
        await append_outside(session, order.ref, SILENT_CARRIER, actor=SYSTEM, at=utc_now(), data=data)
    return order


async def test_a_carrier_that_is_away_leaves_the_task_open(field: Field) -> None:
    order = await lost(field)
    field.env.carrier.fails["status"] = [CarrierUnavailable("No answer.")] * 3
    task = await ask(field, order)
    assert (task.state, task.problem) == ("open", "It couldn't be done now. Try again later.")


async def test_an_update_of_a_lost_order_closes_its_task(field: Field) -> None:
    order = await lost(field)
    await field.event(order, "inProgress")
    (task,) = await field.env.rows(TaskRow, order)
    assert (task.state, task.outcome) == ("closed", "found_again")
