"""An order that its carrier has lost becomes a task."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlmodel import col, select, update

from models.db import order_events
from models.db.carriers.tables import CarrierOrderRow
from models.db.encryption import Keyring
from models.db.orders.tables import OrderRow
from models.db.session import utc_now
from models.db.tasks.tables import TaskRow
from models.errors import CarrierDeclined
from models.lifecycle import Status
from models.order import SYSTEM, OrderEvent
from outbox import waiting_orders
from outbox.reconciler import Reconciler
from tests.outbox.conftest import CARRIER, OrderAtCarrier, carrier_update
from tests.outbox.test_reconciler import ScriptedCarrier, reconciler_for

pytestmark = pytest.mark.fault("8")
NO_ORDER = CarrierDeclined("There is no order C1.")


@pytest.fixture
def carrier() -> ScriptedCarrier:
    return ScriptedCarrier()


@pytest.fixture
def reconciler(at_carrier: OrderAtCarrier, carrier: ScriptedCarrier, keyring: Keyring) -> Reconciler:
    return reconciler_for(at_carrier, carrier, keyring)


async def change(at_carrier: OrderAtCarrier, table: type[Any], **values: Any) -> None:
    async with at_carrier.database.transaction() as session:
        await session.exec(update(table).values(values))


async def poll(at_carrier: OrderAtCarrier, reconciler: Reconciler, *, after: timedelta = timedelta(0)) -> None:
    """Poll the order, `after` the poll before."""
    await at_carrier.become_quiet()
    async with at_carrier.database.transaction() as session:
        missing = col(CarrierOrderRow.missing_since)
        await session.exec(update(CarrierOrderRow).values(missing_since=missing - after))
    await reconciler.run_once(CARRIER)


async def task_kinds(at_carrier: OrderAtCarrier) -> list[tuple[str, str]]:
    rows: Sequence[TaskRow] = await at_carrier._all(TaskRow)
    return [(row.kind, row.state) for row in sorted(rows, key=lambda row: row.opened_at)]


async def test_an_order_that_is_missing_twice_some_minutes_apart_is_lost(
    at_carrier: OrderAtCarrier, carrier: ScriptedCarrier, reconciler: Reconciler
) -> None:
    await at_carrier.place()
    await change(at_carrier, OrderRow, status=Status.IN_FULFILLMENT)
    carrier.statuses["C1"] = NO_ORDER
    for _ in range(2):
        await poll(at_carrier, reconciler)
    assert await task_kinds(at_carrier) == []
    for _ in range(2):
        await poll(at_carrier, reconciler, after=waiting_orders.LOST_AFTER)
    assert await task_kinds(at_carrier) == [("lost_order", "open")]


async def test_an_order_that_the_carrier_knows_again_is_not_lost(
    at_carrier: OrderAtCarrier, carrier: ScriptedCarrier, reconciler: Reconciler
) -> None:
    client_ref = await at_carrier.place()
    await change(at_carrier, OrderRow, status=Status.IN_FULFILLMENT)
    for status in (NO_ORDER, carrier_update(client_ref), NO_ORDER):
        carrier.statuses["C1"] = status
        await poll(at_carrier, reconciler, after=waiting_orders.LOST_AFTER)
    assert await task_kinds(at_carrier) == []


async def test_the_task_of_a_lost_order_opens_again_a_while_after_ask_again(
    at_carrier: OrderAtCarrier, carrier: ScriptedCarrier, reconciler: Reconciler
) -> None:
    await at_carrier.place()
    await change(at_carrier, OrderRow, status=Status.IN_FULFILLMENT)
    carrier.statuses["C1"] = NO_ORDER
    for _ in range(2):
        await poll(at_carrier, reconciler, after=waiting_orders.LOST_AFTER)
    await change(at_carrier, TaskRow, state="closed", closed_at=utc_now())
    await poll(at_carrier, reconciler)
    assert await task_kinds(at_carrier) == [("lost_order", "closed")]
    await change(at_carrier, TaskRow, closed_at=utc_now() - waiting_orders.LOST_AGAIN_AFTER)
    await poll(at_carrier, reconciler)
    assert await task_kinds(at_carrier) == [("lost_order", "closed"), ("lost_order", "open")]


@pytest.mark.parametrize(("status", "due"), [
    (Status.SUBMITTING, datetime.fromisoformat("2026-11-23T16:30+00:00")),
])  # fmt: skip
async def test_an_order_at_the_carrier_is_due(at_carrier: OrderAtCarrier, status: Status, due: datetime) -> None:
    """After every event, whichever it is."""
    at = datetime.fromisoformat("2026-11-23T16:00+00:00")
    for seq in (5, 6):
        event = OrderEvent(seq=seq, at=at, event="progress", status=status, actor=SYSTEM)
        async with at_carrier.database.transaction() as session:
            await order_events.apply_event(session, at_carrier.office.order, event)
        async with at_carrier.database.transaction() as session:
            assert (await session.exec(select(OrderRow.due_at))).one() == due
