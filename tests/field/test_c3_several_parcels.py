"""Each tracking number of an item is a parcel of its own, in whatever sequence the carrier tells of them."""

from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest

from models.db.notifications.tables import NotificationRow
from models.db.orders.tables import EventRow, ParcelRow
from models.db.session import utc_now
from models.db.tasks.tables import TaskRow
from models.lifecycle import ItemState, Status
from models.order import CarrierUpdate, ItemUpdate, Order
from models.parcel import Parcel
from outbox.carrier_intake import receive_update
from tests.field.open_order import DELIVERED, Field
from tests.workflows.workflow_env import KEYRING

pytestmark = pytest.mark.fault("3")

A, B = "1Z999AA10000000001", "771234567890"
ARRIVED = "2026-11-02T09:00:00Z"


async def parcels(field: Field, order: Order, item: int = 0) -> list[tuple[str, bool]]:
    """The tracking number of each parcel that the API shows, and whether it has arrived."""
    shown = (await field.seen(order))["items"][item]["parcels"]
    return [(one["tracking_number"], one["delivered_at"] is not None) for one in shown]


async def state(field: Field, order: Order) -> str:
    await field.env.wait_until_idle(order, after=None)
    return (await field.env.item_states(order))[0]


# The minute of each event, and what it says.
UPDATES: dict[str, tuple[int, dict[str, Any]]] = {
    "first shipped": (0, {"trackingNumber": A, "shippingCarrier": "UPS"}),
    "second shipped": (5, {"trackingNumber": B, "shippingCarrier": "FedEx"}),
    "first arrived": (10, {"trackingNumber": A, "deliveredAt": ARRIVED}),
}


@pytest.mark.parametrize("sequence", [*permutations(UPDATES)], ids=", ".join)
async def test_two_parcels_are_two_rows_in_any_sequence(field: Field, sequence: tuple[str, ...]) -> None:
    order, start = await field.order(), utc_now() - timedelta(hours=1)
    for minutes, reported in (UPDATES[name] for name in (*sequence, *sequence)):
        await field.event(order, at=start + timedelta(minutes=minutes), **reported)
    assert await parcels(field, order) == [(A, True), (B, False)]
    assert await field.late(order) == []
    rows = {row.tracking_number: row for row in await field.env.rows(ParcelRow, order)}
    assert [rows[number].shipping_carrier for number in (A, B)] == ["UPS", "FedEx"]
    assert [rows[number].shipped_at - start for number in (A, B)] == [timedelta(), timedelta(minutes=5)]
    assert rows[A].reported["delivered_at"] == {"at": (start + timedelta(minutes=10)).isoformat(), "by": "webhook"}


async def test_an_item_is_delivered_once_all_its_parcels_are(field: Field) -> None:
    order = await field.order()
    await field.event(order, trackingNumber=[A, B], shippingCarrier="UPS")
    await field.event(order, trackingNumber=A, deliveredAt=ARRIVED)
    assert await state(field, order) == "shipped"
    assert (await field.seen(order))["items"][0]["delivered_at"] is None
    await field.event(order, trackingNumber=B, deliveredAt="2026-11-03T09:00:00Z")
    await field.env.wait_for_status(order, Status.AWAITING_ACTIVATION)
    assert (await field.seen(order))["items"][0]["delivered_at"] == "2026-11-03T09:00:00Z"
    assert "activation_needed" in await field.env.events(order)


async def test_the_delivery_of_an_item_is_told_once(field: Field) -> None:
    """Also if another parcel comes after all."""
    order = await field.order()
    await field.event(order, trackingNumber=[A, B], shippingCarrier="UPS")
    await field.event(order, trackingNumber=A, deliveredAt=ARRIVED)
    assert "delivered" not in await field.env.events(order)
    for number in (B, "1Z999AA10000000002"):
        await field.event(order, trackingNumber=number, deliveredAt="2026-11-03T09:00:00Z")
    await field.event(order, deliveredAt="2026-11-03T09:00:00Z")
    events = [row for row in await field.env.rows(EventRow, order) if row.event == "delivered"]
    emails = [row for row in await field.env.rows(NotificationRow, order) if row.event == "delivered"]
    assert len(events) == 1
    assert {row.seq for row in emails} == {events[0].seq}
    assert len({row.recipient_id for row in emails}) == len(emails) > 0


@pytest.mark.parametrize(("reported", "arrived"), [
    ({"trackingNumber": [A, B], "deliveredAt": [ARRIVED, None]}, [True, False]),
    ({"trackingNumber": [A, B], "deliveredAt": [ARRIVED]}, [True, False]),
    ({"trackingNumber": [A, B], "deliveredAt": [{"a": 1}, ARRIVED]}, [False, True]),
    ({"trackingNumber": [A, B], "deliveredAt": ARRIVED}, [True, True]),
    ({"trackingNumber": [A, B], "deliveredAt": ["last week", "2026-11-02"]}, [True, True]),
    ({"trackingNumber": [A, {"a": 1}, B, None], "deliveredAt": [ARRIVED, ARRIVED]}, [True, False]),
])  # fmt: skip
async def test_lists_are_read_value_by_value(field: Field, reported: dict[str, Any], arrived: list[bool]) -> None:
    order = await field.order()
    assert (await field.event(order, **reported)).status_code == 200
    assert await parcels(field, order) == list(zip((A, B), arrived, strict=True))
    assert await state(field, order) == ("awaiting_activation" if all(arrived) else "shipped")


async def test_a_characteristic_that_is_repeated_is_a_list(field: Field) -> None:
    order = await field.order()

    def repeat(body: dict[str, Any]) -> None:
        (item,) = body["event"]["productOrder"]["productOrderItem"]
        item["product"]["productCharacteristic"] += [{"name": "trackingNumber", "value": B}]

    await field.event(order, trackingNumber=A, change=repeat)
    assert await parcels(field, order) == [(A, False), (B, False)]


async def test_a_delivery_of_the_item_is_one_of_all_its_parcels(field: Field) -> None:
    order = await field.order()
    await field.event(order, trackingNumber=[A, B])
    await field.event(order, deliveredAt=DELIVERED)
    await field.env.wait_for_status(order, Status.AWAITING_ACTIVATION)
    assert await parcels(field, order) == [(A, True), (B, True)]


async def test_an_older_update_undoes_no_delivery(field: Field) -> None:
    order, at = await field.order(), utc_now() - timedelta(hours=1)
    await field.event(order, at=at + timedelta(minutes=9), trackingNumber=A, deliveredAt=ARRIVED)
    await field.event(order, at=at, trackingNumber=A, shippingCarrier="UPS", deliveredAt="2026-11-01T09:00:00Z")
    await field.event(order, at=at, trackingNumber=A, shippingCarrier="UPS")
    (parcel,) = (await field.seen(order))["items"][0]["parcels"]
    assert (parcel["delivered_at"], parcel["shipping_carrier"]) == (ARRIVED, "UPS")
    assert [one["late"] for one in await field.late(order)] == [["delivered_at"]]


@pytest.mark.parametrize("spelled", ["1Z 999 AA1 0000 0000 01", "1z999aa10000000001", "Tracking: 1Z999AA1-0000000001"])
async def test_the_same_number_is_one_parcel_however_it_is_written(field: Field, spelled: str) -> None:
    order = await field.order()
    await field.event(order, trackingNumber=A)
    await field.event(order, trackingNumber=[spelled, A])
    assert await parcels(field, order) == [(A, False)]
    assert await field.found(spelled) == [order.number]


@pytest.mark.parametrize("reported", ["PENDING", ["PENDING"], {"a": 1}])
async def test_a_number_that_cannot_be_read_is_no_parcel_and_asked_for(field: Field, reported: Any) -> None:
    order = await field.order()
    await field.event(order, trackingNumber=reported)
    assert await parcels(field, order) == []
    (task,) = await field.env.rows(TaskRow, order)
    assert (task.kind, task.evidence["value"]) == ("unreadable_value", "tracking number")


async def test_a_number_that_is_named_twice_is_one_parcel(field: Field) -> None:
    order = await field.order()
    await field.event(order, trackingNumber=[A, f"{A[:4]} {A[4:]}", B])
    assert await parcels(field, order) == [(A, False), (B, False)]


async def test_each_item_has_its_own_parcels_also_in_a_box_that_they_share(field: Field) -> None:
    order = await field.order(items=2)
    await field.event(order, trackingNumber=A, deliveredAt=ARRIVED)
    await field.event(order, item=1, trackingNumber=[A, B])
    assert await parcels(field, order) == [(A, True)]
    assert await parcels(field, order, item=1) == [(A, False), (B, False)]
    assert await field.found(A) == await field.found(B) == [order.number]


async def test_the_history_says_what_comes_between_the_first_and_the_last(field: Field) -> None:
    order = await field.order()
    for reported in ({"trackingNumber": A, "shippingCarrier": "UPS"}, {"trackingNumber": B}):
        await field.event(order, **reported)
    await field.event(order, trackingNumber=A, deliveredAt=ARRIVED)
    await field.event(order, trackingNumber=B, deliveredAt=ARRIVED)
    events = [row for row in await field.env.rows(EventRow, order) if row.event.startswith("parcel_")]
    assert [(row.event, row.data["detail"]) for row in sorted(events, key=lambda row: row.seq)] == [
        ("parcel_shipped", B), ("parcel_arrived", f"UPS {A}"),
    ]  # fmt: skip
    emails = [row.event for row in await field.env.rows(NotificationRow, order)]
    assert emails.count("shipped") == emails.count("parcel_shipped") > 0


async def test_a_poll_tells_the_same(field: Field) -> None:
    order = await field.order()
    reported = (Parcel(tracking_number=A, delivered=True), Parcel(tracking_number=B, shipping_carrier="UPS"))
    for item_state, named in ((ItemState.SHIPPED, reported), (ItemState.AWAITING_ACTIVATION, reported[:1])):
        item = ItemUpdate(item_id=order.items[0].id, state=item_state, parcels=named)
        update = CarrierUpdate(
            event_id=f"poll {item_state}", carrier=field.env.carrier.code, client_ref=f"{order.id}:1", items=(item,)
        )
        message = await field.env.database.run(receive_update, KEYRING, field.env.carrier.code, update, b"{}")
        if message is not None:
            await field.env.deliver(message.id)
    assert await parcels(field, order) == [(A, True), (B, False)]
    assert await state(field, order) == "shipped"


@pytest.mark.parametrize("still_open", [True, False])
async def test_parcels_of_a_completed_item_count_and_change_nothing_else(field: Field, *, still_open: bool) -> None:
    order = await field.order(items=2 if still_open else 1)
    await field.event(order, "completed", MDN="+13125550142", IMEI="490154203237518", trackingNumber=A)
    await field.env.wait_for_item_states(order, *(["done", "placed"] if still_open else ["done"]))
    before = await field.inventory(order)
    await field.event(order, "completed", trackingNumber=[A, B], deliveredAt=[ARRIVED, None])
    assert await parcels(field, order) == [(A, True), (B, False)]
    assert await field.inventory(order) == before
    assert await field.env.rows(TaskRow, order) == []
