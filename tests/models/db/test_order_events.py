"""Recording events: each once, in any order of arrival, and never moving an order back."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import SQLModel, select

from models.db import order_events
from models.db.carriers import carrier_orders
from models.db.carriers.tables import CarrierOrderRow
from models.db.inventory.tables import LineRow
from models.db.locks import locks
from models.db.locks.tables import LockRow
from models.db.order_lock import lock_order
from models.db.orders.tables import EventRow, ItemRow, OrderRow
from models.event import Event
from models.events.approval import EXPIRED
from models.events.ending import CANCELED, COMPLETED, PARTIALLY_FULFILLED
from models.events.fulfillment import BACKORDERED, PROGRESS, SHIPPED
from models.events.operations import FAILED
from models.lifecycle import ItemState, Status
from models.order import SYSTEM, Actor, ActorKind, Channel, Identifiers, ItemSnapshot, OrderEvent
from models.order_type import Aspect
from tests.fixtures.office import MONDAY, TENANT, SampleOrder

REPORTED_BACKORDERED = (BACKORDERED, Status.BACKORDERED, ItemState.BACKORDERED)
REPORTED_SHIPPED = (SHIPPED, Status.SHIPPED, ItemState.SHIPPED)


def event_of(office: SampleOrder, seq: int, event: Event, status: Status, state: ItemState, **more: Any) -> OrderEvent:
    """An event of the order and its one item, `seq` hours after Monday morning."""
    identifiers = more.pop("identifiers", None)
    item = ItemSnapshot(item_id=office.order.items[0].id, state=state, identifiers=identifiers)
    at = MONDAY + timedelta(hours=seq)
    return OrderEvent(seq=seq, at=at, event=event.code, status=status, actor=SYSTEM, items=(item,), **more)


async def record(office: SampleOrder, event: OrderEvent) -> bool:
    async with office.database.transaction() as session:
        return await order_events.apply_event(session, office.order, event)


async def only_row(office: SampleOrder, table: type[SQLModel]) -> Any:
    """The only row of the table."""
    async with office.database.transaction() as session:
        return (await session.exec(select(table))).one()


async def history(office: SampleOrder) -> list[tuple[int, str]]:
    async with office.database.transaction() as session:
        rows = (await session.exec(select(EventRow))).all()
    return sorted((row.seq, row.event) for row in rows)


async def test_an_event_is_recorded_once(office: SampleOrder) -> None:
    shipped = event_of(office, 2, *REPORTED_SHIPPED)
    assert sum(await asyncio.gather(*(record(office, shipped) for _ in range(5)))) == 1
    with pytest.raises(order_events.EventNumberTaken, match="Number 2"):
        await record(office, replace(shipped, event=FAILED.code, status=Status.FAILED))
    assert await history(office) == [(2, "shipped")]
    assert (await only_row(office, OrderRow)).status == "SHIPPED"


async def test_an_event_updates_the_order_and_its_items(office: SampleOrder) -> None:
    due, identifiers = MONDAY + timedelta(days=2), Identifiers(mdn="+13125550142", imei="490154203237518")
    await record(office, event_of(office, 2, *REPORTED_SHIPPED, due_at=due, identifiers=identifiers))
    order, item = await only_row(office, OrderRow), await only_row(office, ItemRow)
    assert (order.status, order.seq, order.due_at) == ("SHIPPED", 2, due)
    assert (order.updated_at, order.closed_at) == (MONDAY + timedelta(hours=2), None)
    assert (item.state, item.seq, item.mdn, item.imei) == ("shipped", 2, "+13125550142", "490154203237518")


async def test_an_event_keeps_its_actor_and_data(office: SampleOrder) -> None:
    carl = Actor(kind=ActorKind.PERSON, id="carl", name="Carl", channel=Channel.API)
    await record(office, replace(event_of(office, 2, *REPORTED_SHIPPED), actor=carl, data=(("detail", "by air"),)))
    row = await only_row(office, EventRow)
    assert (row.actor_kind, row.actor_id, row.channel) == ("person", "carl", "api")
    assert row.data == {"detail": "by air"}


async def test_a_late_event_is_appended_and_moves_nothing_back(office: SampleOrder) -> None:
    await record(office, event_of(office, 3, *REPORTED_SHIPPED))
    assert await record(office, event_of(office, 2, *REPORTED_BACKORDERED))
    assert await history(office) == [(2, "backordered"), (3, "shipped")]
    order, item = await only_row(office, OrderRow), await only_row(office, ItemRow)
    assert (order.status, order.seq, item.state, item.seq) == ("SHIPPED", 3, "shipped", 3)


async def test_events_in_any_order_lead_to_the_same_state(office: SampleOrder) -> None:
    events = [event_of(office, seq, *(REPORTED_SHIPPED if seq % 2 else REPORTED_BACKORDERED)) for seq in range(2, 10)]
    await asyncio.gather(*(record(office, event) for event in reversed(events)))
    order, item = await only_row(office, OrderRow), await only_row(office, ItemRow)
    assert (order.status, order.seq, item.state, item.seq) == ("SHIPPED", 9, "shipped", 9)


async def test_identifiers_an_event_does_not_report_stay(office: SampleOrder) -> None:
    await record(office, event_of(office, 2, *REPORTED_SHIPPED, identifiers=Identifiers(mdn="+13125550142")))
    await record(office, event_of(office, 3, *REPORTED_SHIPPED, identifiers=Identifiers(imei="490154203237518")))
    item = await only_row(office, ItemRow)
    assert (item.mdn, item.imei) == ("+13125550142", "490154203237518")


async def test_a_late_event_adds_missing_identifiers_and_replaces_none(office: SampleOrder) -> None:
    await record(office, event_of(office, 3, *REPORTED_SHIPPED, identifiers=Identifiers(mdn="+13125550143")))
    await record(
        office,
        event_of(office, 2, *REPORTED_SHIPPED, identifiers=Identifiers(mdn="+13125550142", imei="490154203237518")),
    )
    item = await only_row(office, ItemRow)
    assert (item.mdn, item.imei) == ("+13125550143", "490154203237518")


@pytest.mark.parametrize(
    ("event", "status"),
    [(COMPLETED, Status.COMPLETED), (CANCELED, Status.CANCELED), (EXPIRED, Status.EXPIRED)],
)
async def test_a_final_event_releases_locks_and_carrier_orders(
    office: SampleOrder, event: Event, status: Status
) -> None:
    await _hold_a_line(office)
    await record(office, event_of(office, 5, event, status, ItemState.DONE))
    async with office.database.transaction() as session:
        assert (await session.exec(select(LockRow))).all() == []
    assert not (await only_row(office, CarrierOrderRow)).open
    assert (await only_row(office, OrderRow)).closed_at == MONDAY + timedelta(hours=5)


async def test_an_item_that_ended_is_not_canceled_with_its_order_however_late_its_event(office: SampleOrder) -> None:
    final = event_of(office, 5, PARTIALLY_FULFILLED, Status.PARTIALLY_FULFILLED, ItemState.DONE)
    await record(office, replace(final, items=()))
    assert (await only_row(office, ItemRow)).state == "canceled"
    await record(office, event_of(office, 4, PROGRESS, Status.SHIPPED, ItemState.DECLINED))
    await record(office, event_of(office, 3, *REPORTED_SHIPPED))
    assert (await only_row(office, ItemRow)).state == "declined"


async def test_a_closed_order_does_not_move(office: SampleOrder) -> None:
    await record(office, event_of(office, 3, CANCELED, Status.CANCELED, ItemState.CANCELED))
    await record(office, event_of(office, 4, *REPORTED_SHIPPED))
    order = await only_row(office, OrderRow)
    assert (order.status, order.seq) == ("CANCELED", 3)


async def _hold_a_line(office: SampleOrder) -> None:
    item = replace(office.order.items[0], line_id="line-1")
    kind = replace(office.order.type, touches=(Aspect.SIM,))
    office.order = replace(office.order, items=(item,), type=kind, carrier="bell")
    async with office.database.transaction() as session:
        session.add(
            LineRow(tenant=TENANT, id="line-1", carrier="bell", status="active", account_id="sales", plan="PLAN-1")
        )
        await session.flush()
        await locks.claim(session, office.order, MONDAY)
        await locks.hold(session, await lock_order(session, office.order.ref), office.order, MONDAY)
        await carrier_orders.prepare(session, office.order, 1)
