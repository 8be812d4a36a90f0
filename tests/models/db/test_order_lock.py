"""Every change of an order locks its row before any other row, so that no two changes wait for each other.

Each test holds an order's row, starts a change, and locks the order's other rows meanwhile, as a change that came first
would: the waiting change must hold none of them.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import select, text

from activities.carrier import CancelInput, CarrierActivities, PlaceInput
from activities.history import HistoryActivities, RecordInput
from activities.inventory import CompletionInput, InventoryActivities, InventoryInput
from activities.timers import EndTimerInput, RecordTimerEventInput, TimerActivities, TimerRequestInput
from models.db import order_events, reported_orders
from models.db.approvals import approval_links
from models.db.approvals.tables import ApprovalLinkRow, ApprovalRow
from models.db.carriers import carrier_orders
from models.db.encryption import Keyring
from models.db.order_lock import lock_order
from models.db.orders import order_values
from models.db.session import Database, utc_now
from models.events.approval import APPROVAL_NEEDED
from models.events.fulfillment import PLACED, SUBMITTING
from models.events.suspension import SUSPENSION_ENDING
from models.lifecycle import ItemState, Status
from models.order import SYSTEM, CancelResult, CarrierUpdate, ItemUpdate, Order, OrderEvent
from models.timers import TimerEvent, TimerRef
from notifications.enqueue import enqueue_emails, enqueue_new_link
from outbox.carrier_intake import receive_update
from tests import factories
from tests.fakes import FakeCarrier
from tests.models.db.line_timers.test_line_timers import timer
from workflows.order_type_registry import order_type

KEYRING = Keyring({"test": "dGVzdC10ZXN0LXRlc3QtdGVzdC10ZXN0LXRlc3QtMzI="})
# What changes of an order lock beside its row.
TABLES = (
    *("order_item", "carrier_order", "approval", "approval_link", "outbox", "notification"),
    *("line", "lock", "line_timer", "inventory_change"),
)


@dataclass
class Subject:
    """An order that waits for its approver, is at the carrier, and suspended a line: every change finds work."""

    database: Database
    order: Order
    timer: TimerRef
    link_id: str
    approval: ApprovalRow
    content: str
    client_ref: str
    carrier: FakeCarrier = field(default_factory=FakeCarrier)

    def event(self, seq: int, code: str, status: Status) -> OrderEvent:
        return OrderEvent(seq=seq, at=utc_now(), event=code, status=status, actor=SYSTEM)

    def update(self, state: ItemState) -> CarrierUpdate:
        items = (ItemUpdate(item_id=self.order.items[0].id, state=state, detail=None),)
        return CarrierUpdate(event_id="e", carrier=factories.CARRIER, client_ref=self.client_ref, items=items)

    @property
    def item_ids(self) -> tuple[str, ...]:
        return tuple(item.id for item in self.order.items)


@pytest.fixture
async def subject(database: Database) -> Subject:
    await factories.create_company(database)
    order = await factories.create_order(database, factories.OrderSpec(type=order_type("SERVICE_SUSPEND")))
    suspension = timer(order, began=1)
    at = utc_now()
    asked = OrderEvent(
        seq=2,
        at=at,
        event=APPROVAL_NEEDED.code,
        status=Status.AWAITING_APPROVAL,
        actor=SYSTEM,
        data=(
            *(("round", 1), ("stage", 1), ("label", "Manager"), ("why", "")),
            ("expiry", (at + timedelta(days=9)).isoformat()),
            ("approvers", [{"person_id": factories.MANAGER, "name": "MG"}]),
        ),
    )
    async with database.transaction() as session:
        session.add(suspension)
        await session.flush()
        await session.exec(_plain("UPDATE line SET status = 'suspended'"))
        await order_events.apply_event(session, order, asked)
        await enqueue_emails(session, order, asked)
        round_one = await carrier_orders.prepare(session, order, 1)
        (link,) = await session.all(select(ApprovalLinkRow))
        (approval,) = await session.all(select(ApprovalRow))
        content, client_ref = link.content_hash, round_one.client_ref
    return Subject(
        database=database,
        order=order,
        timer=TimerRef(tenant=order.tenant, id=suspension.id),
        link_id=link.id,
        approval=approval,
        content=content,
        client_ref=client_ref,
    )


Turn = Callable[[], Awaitable[None]]
Change = Callable[[Subject, Turn], Awaitable[object]]


async def _noted(subject: Subject, turn: Turn) -> None:
    await turn()
    await _receive(subject, ItemState.PLACED)


async def _passed_on(subject: Subject, turn: Turn) -> None:
    await turn()
    await _receive(subject, ItemState.BACKORDERED)


async def _receive(subject: Subject, state: ItemState) -> None:
    async with subject.database.transaction() as session:
        await receive_update(session, KEYRING, factories.CARRIER, subject.update(state), b"{}")


async def _record_end(subject: Subject, turn: Turn) -> None:
    await turn()
    request = RecordInput(ref=subject.order.ref, events=(subject.event(3, "canceled", Status.CANCELED),))
    await HistoryActivities(subject.database).record(request)


async def _apply(subject: Subject, turn: Turn) -> None:
    await turn()
    request = _inventory(subject)
    of_item = CompletionInput(ref=request.ref, at=request.at, item_id=request.item_ids[0], events=request.events)
    await InventoryActivities(subject.database).apply(of_item)


async def _undo(subject: Subject, turn: Turn) -> None:
    await turn()
    await InventoryActivities(subject.database).undo(_inventory(subject))


def _inventory(subject: Subject) -> InventoryInput:
    event = subject.event(3, "reserved", Status.APPROVED)
    return InventoryInput(ref=subject.order.ref, at=utc_now(), item_ids=subject.item_ids, events=(event,))


async def _place(subject: Subject, turn: Turn) -> None:
    """Its second transaction, after the carrier has accepted."""
    subject.carrier.before_answer = turn
    await CarrierActivities(subject.database, {factories.CARRIER: subject.carrier}, KEYRING).place(
        PlaceInput(
            ref=subject.order.ref,
            round=1,
            part=1,
            item_ids=tuple(item.id for item in subject.order.items),
            sending=subject.event(3, SUBMITTING.code, Status.SUBMITTING),
            placed=subject.event(4, PLACED.code, Status.IN_FULFILLMENT),
        )
    )


async def _cancel(subject: Subject, turn: Turn) -> None:
    subject.carrier.before_answer = turn
    subject.carrier.orders[subject.client_ref] = None  # type: ignore[assignment] # only that it is there
    request = CancelInput(ref=subject.order.ref, rounds=(1,), reason="No.")
    answer = await CarrierActivities(subject.database, {factories.CARRIER: subject.carrier}, KEYRING).cancel_at_carrier(
        request
    )
    assert answer is CancelResult.CANCELED


async def _use_link(subject: Subject, turn: Turn) -> None:
    await turn()
    async with subject.database.transaction() as session:
        await approval_links.use_link(session, subject.link_id, content=subject.content, at=utc_now())


async def _release_link(subject: Subject, turn: Turn) -> None:
    async with subject.database.transaction() as session:
        await approval_links.use_link(session, subject.link_id, content=subject.content, at=utc_now())
    await turn()
    async with subject.database.transaction() as session:
        await approval_links.release_link(session, subject.link_id)


async def _new_link(subject: Subject, turn: Turn) -> None:
    await turn()
    async with subject.database.transaction() as session:
        await enqueue_new_link(session, subject.approval, at=utc_now())


async def _timer_event(subject: Subject, turn: Turn) -> None:
    await turn()
    event = TimerEvent(seq=10_001, at=utc_now(), event=SUSPENSION_ENDING.code)
    await TimerActivities(subject.database, {}).record_timer_event(
        RecordTimerEventInput(ref=subject.timer, event=event)
    )


async def _request_from_carrier(subject: Subject, turn: Turn) -> None:
    """Its second transaction, after the carrier has accepted."""
    subject.carrier.before_answer = turn
    async with subject.database.transaction() as session:
        await session.exec(_plain("DELETE FROM lock"))
    event = TimerEvent(seq=10_001, at=utc_now(), event="resume_requested")
    await TimerActivities(subject.database, {factories.CARRIER: subject.carrier}).request_from_carrier(
        TimerRequestInput(ref=subject.timer, change="resume", event=event)
    )


async def _end_timer(subject: Subject, turn: Turn) -> None:
    await turn()
    event = TimerEvent(seq=10_001, at=utc_now(), event="line_resumed")
    await TimerActivities(subject.database, {}).end_timer(
        EndTimerInput(ref=subject.timer, change="resume", event=event)
    )


@pytest.mark.fault("22")
@pytest.mark.parametrize("change", [
    _noted, _passed_on, _record_end, _apply, _undo, _place, _cancel, _use_link, _release_link, _new_link,
    _timer_event, _request_from_carrier, _end_timer,
])  # fmt: skip
async def test_a_change_that_waits_for_an_order_holds_nothing_another_change_needs(
    subject: Subject, change: Change
) -> None:
    reached, locked = asyncio.Event(), asyncio.Event()

    async def turn() -> None:
        reached.set()
        await locked.wait()

    changing = asyncio.ensure_future(change(subject, turn))
    done, _ = await asyncio.wait([changing, asyncio.create_task(reached.wait())], return_when=asyncio.FIRST_COMPLETED)
    assert changing not in done, changing.exception()
    async with subject.database.transaction() as session:
        await lock_order(session, subject.order.ref)
        locked.set()
        await _waits_for_lock(session, changing)
        for table in TABLES:
            await session.exec(_plain(f'SELECT 1 FROM "{table}" FOR UPDATE NOWAIT'))
    async with asyncio.timeout(15):
        await changing


async def test_what_is_read_with_the_lock_is_what_the_change_before_has_stored(subject: Subject) -> None:
    """Of other rows, a statement that waits for a lock sees what was there before."""
    ref, number = subject.order.ref, "+12015550199"
    async with subject.database.transaction() as session:
        await lock_order(session, ref)
        await session.exec(_plain(f"UPDATE order_item SET mdn = '{number}'"))
        await session.exec(_plain("UPDATE carrier_order SET lost_at = now()"))
        reading = asyncio.ensure_future(subject.database.run(order_values.lock_rows, ref))
        await _waits_for_lock(session, reading)
        told = subject.database.run(reported_orders.lock_reported, factories.CARRIER, subject.client_ref)
        reported = asyncio.ensure_future(told)
        await _waits_for_lock(session, reported, waiting=2)
    async with asyncio.timeout(15):
        _, items = await reading
        told_of = await reported
    assert {item.mdn for item in items} == {number}
    assert told_of is not None
    assert told_of.was_lost


async def _waits_for_lock(session: Any, changing: "asyncio.Future[Any]", *, waiting: int = 1) -> None:
    count = _plain(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    while (await session.exec(count)).one()[0] < waiting:
        assert not changing.done(), changing.exception() or "it did not wait for the order"
        await session.exec(_plain("SELECT pg_stat_clear_snapshot()"))
        await asyncio.sleep(0.02)


def _plain(sql: str) -> Any:
    return text(sql)
