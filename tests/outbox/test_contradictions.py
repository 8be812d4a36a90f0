"""What a carrier reports against the outcome of an item becomes a task."""

from datetime import datetime, timedelta

import pytest
from sqlmodel import col, select, update

from models.db.encryption import Keyring
from models.db.notifications.tables import NotificationRow
from models.db.orders.tables import EventRow, ItemRow, OrderRow
from models.db.session import utc_now
from models.db.tasks.tables import TaskRow
from models.lifecycle import ItemState
from models.order import CarrierUpdate, ItemUpdate
from outbox.carrier_intake import receive_update
from tests.outbox.conftest import CARRIER, OrderAtCarrier

S = ItemState


async def report(
    at_carrier: OrderAtCarrier,
    keyring: Keyring,
    recorded: ItemState,
    *reported: ItemState,
    closed: bool = True,
    at: datetime | None = None,
) -> list[TaskRow]:
    """The tasks after the carrier has reported these states of an item that was recorded as `recorded`."""
    client_ref = await at_carrier.place()
    (item,) = await at_carrier.items()
    if closed:
        await at_carrier.close()
    async with at_carrier.database.transaction() as session:
        await session.exec(update(ItemRow).values(state=recorded))
        await session.exec(update(OrderRow).values(closed_at=utc_now() if closed else None))
    for number, state in enumerate(reported):
        item_update = ItemUpdate(item_id=item.id, state=state, detail="Shipped on Monday.")
        message = CarrierUpdate(
            event_id=f"E{number}", carrier=CARRIER, client_ref=client_ref, items=(item_update,), at=at
        )
        async with at_carrier.database.transaction() as session:
            await receive_update(session, keyring, CARRIER, message, b"{}")
    async with at_carrier.database.transaction() as session:
        return [*(await session.exec(select(TaskRow))).all()]


@pytest.mark.fault("7")
@pytest.mark.parametrize(("recorded", "reported", "kind"), [
    (S.DECLINED, S.DONE, "refused_delivery"), (S.DECLINED, S.SHIPPED, "refused_delivery"),
    (S.CANCELED, S.DONE, "refused_delivery"), (S.CANCELED, S.AWAITING_ACTIVATION, "refused_delivery"),
    (S.DONE, S.CANCELED, "unexpected_update"), (S.DONE, S.DECLINED, "unexpected_update"),
    (S.RETURNED, S.DONE, "service_to_end"),
    (S.DONE, S.INFO_REQUIRED, "late_question"), (S.CANCELED, S.INFO_REQUIRED, "late_question"),
])  # fmt: skip
async def test_an_update_against_the_outcome_becomes_a_task(
    at_carrier: OrderAtCarrier, keyring: Keyring, recorded: ItemState, reported: ItemState, kind: str
) -> None:
    (task,) = await report(at_carrier, keyring, recorded, reported)
    assert (task.kind, task.order_id) == (kind, at_carrier.office.order.id)
    assert (task.evidence["carrier_ref"], task.evidence["detail"]) == ("C1", "Shipped on Monday.")


@pytest.mark.parametrize(("recorded", "reported"), [
    (S.DONE, S.DONE), (S.DONE, S.SHIPPED), (S.DECLINED, S.DECLINED), (S.CANCELED, S.DECLINED),
    (S.CANCELED, S.IN_FULFILLMENT), (S.PLACED, S.DECLINED),
])  # fmt: skip
async def test_another_late_update_is_only_recorded(
    at_carrier: OrderAtCarrier, keyring: Keyring, recorded: ItemState, reported: ItemState
) -> None:
    assert await report(at_carrier, keyring, recorded, reported) == []


@pytest.mark.parametrize(
    ("state", "closed"),
    [(S.IN_FULFILLMENT, True), (S.SHIPPED, True), (S.SHIPPED, False), (S.AWAITING_ACTIVATION, True)],
)
async def test_what_a_carrier_says_of_a_returned_item_before_it_cancels_its_order_is_only_recorded(
    at_carrier: OrderAtCarrier, keyring: Keyring, state: ItemState, *, closed: bool
) -> None:
    later = utc_now() + timedelta(hours=1)
    assert await report(at_carrier, keyring, S.RETURNED, state, closed=closed, at=later) == []


async def test_an_item_that_was_refused_in_an_open_order_counts_too(
    at_carrier: OrderAtCarrier, keyring: Keyring
) -> None:
    assert len(await report(at_carrier, keyring, S.DECLINED, S.DONE, closed=False)) == 1


async def test_the_same_report_in_several_events_is_one_task(at_carrier: OrderAtCarrier, keyring: Keyring) -> None:
    assert len(await report(at_carrier, keyring, S.CANCELED, S.DONE, S.DONE)) == 1
    async with at_carrier.database.transaction() as session:
        events = (await session.exec(select(EventRow.event))).all()
        emails = (await session.exec(select(NotificationRow.recipient_id).order_by(col(NotificationRow.id)))).all()
    assert events == ["refused_delivery"]
    assert sorted(emails) == ["ada", "tess"]
