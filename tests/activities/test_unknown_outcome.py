"""After a time-out it is unknown whether an order arrives at the carrier: it is not sent twice while it still can."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import col, delete, select, update
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities.carrier import CancelInput, CarrierActivities, PlaceInput
from activities.timers import TimerActivities, TimerRequestInput
from carriers.base import CarrierOrder
from models.db.carriers.tables import CarrierOrderRow, SecondOrderRow
from models.db.encryption import Keyring
from models.db.inventory.tables import LineRow
from models.db.locks.tables import LockRow
from models.db.session import Database, utc_now
from models.errors import CarrierUnavailable
from models.events.fulfillment import PLACED, SUBMITTING
from models.lifecycle import Status
from models.order import SYSTEM, CancelResult, Order, OrderEvent
from models.timers import TimerEvent, TimerRef
from tests import factories
from tests.fakes import FakeCarrier
from tests.models.db.line_timers.test_line_timers import timer
from workflows.order_type_registry import order_type

KEYRING = Keyring({"test": "dGVzdC10ZXN0LXRlc3QtdGVzdC10ZXN0LXRlc3QtMzI="})
WINDOW = timedelta(seconds=40)
TIME_OUT = CarrierUnavailable("Northwind did not respond: ReadTimeout.")


@dataclass
class HoldingCarrier(FakeCarrier):
    """Holds what it is sent while `holds`; `arrive` writes it down."""

    unknown_window: timedelta = WINDOW
    holds: bool = True
    held: list[CarrierOrder] = field(default_factory=list)

    async def submit(self, work: CarrierOrder) -> str:
        if not self.holds:
            return await super().submit(work)
        self.submissions += 1
        self.held.append(work)
        raise TIME_OUT

    def arrive(self) -> None:
        self.orders |= {work.client_ref: work for work in self.held}


@dataclass
class Placed:
    """An order that is about to be placed, and whose carrier activities are tried again as Temporal does."""

    database: Database
    order: Order
    carrier: HoldingCarrier = field(default_factory=HoldingCarrier)

    async def place(self) -> None:
        await ActivityEnvironment().run(self.activities.place, self.request)

    async def cancel(self) -> CancelResult:
        request = CancelInput(ref=self.order.ref, rounds=(1,), reason="No.")
        answer: CancelResult = await ActivityEnvironment().run(self.activities.cancel_at_carrier, request)
        return answer

    @property
    def activities(self) -> CarrierActivities:
        return CarrierActivities(self.database, {factories.CARRIER: self.carrier}, KEYRING)

    @property
    def request(self) -> PlaceInput:
        return PlaceInput(
            ref=self.order.ref,
            round=1,
            part=1,
            item_ids=tuple(item.id for item in self.order.items),
            sending=self._event(2, SUBMITTING.code, Status.SUBMITTING),
            placed=self._event(3, PLACED.code, Status.IN_FULFILLMENT),
        )

    async def row(self) -> CarrierOrderRow:
        async with self.database.transaction() as session:
            return (await session.exec(select(CarrierOrderRow))).one()

    async def second_orders(self) -> list[str]:
        async with self.database.transaction() as session:
            return list((await session.exec(select(SecondOrderRow.carrier_ref))).all())

    async def let_pass(self, passed: timedelta) -> None:
        await _let_pass(self.database, passed)

    def _event(self, seq: int, event: str, status: Status) -> OrderEvent:
        return OrderEvent(seq=seq, at=utc_now(), event=event, status=status, actor=SYSTEM)


async def _let_pass(database: Database, passed: timedelta) -> None:
    """As if the carrier had been called longer ago."""
    async with database.transaction() as session:
        await session.exec(update(CarrierOrderRow).values(sent_at=col(CarrierOrderRow.sent_at) - passed))


async def fails(call: Callable[[], Awaitable[Any]]) -> timedelta | None:
    """Expect the activity to be tried again; returns after which delay, if it says so."""
    with pytest.raises(ApplicationError) as failed:
        await call()
    assert (failed.value.type, failed.value.non_retryable) == ("CARRIER_UNAVAILABLE", False)
    return failed.value.next_retry_delay


@pytest.fixture
async def placed(database: Database) -> Placed:
    await factories.create_company(database)
    spec = factories.OrderSpec(type=order_type("NEW_SERVICE_DEVICE"))
    return Placed(database, await factories.create_order(database, spec))


@pytest.mark.fault("1")
async def test_what_can_still_arrive_is_not_sent_again(placed: Placed) -> None:
    await fails(placed.place)
    for passed in (timedelta(0), WINDOW / 4, WINDOW / 2):
        await placed.let_pass(passed)
        delay = await fails(placed.place)
        assert delay is not None
        assert timedelta(0) < delay <= WINDOW / 2
    placed.carrier.arrive()
    await placed.place()
    assert (placed.carrier.submissions, (await placed.row()).carrier_ref) == (1, f"NW-{placed.order.id}:1")


@pytest.mark.fault("1")
async def test_what_did_not_arrive_in_time_is_sent_again_with_a_window_of_its_own(placed: Placed) -> None:
    await fails(placed.place)
    first = (await placed.row()).sent_at
    await placed.let_pass(WINDOW)
    await fails(placed.place)
    again = (await placed.row()).sent_at
    assert first is not None
    assert again is not None
    assert again >= first
    assert await fails(placed.place) is not None
    assert placed.carrier.submissions == 2


@pytest.mark.fault("1")
async def test_the_outcome_is_unknown_after_a_worker_died_between_call_and_answer(placed: Placed) -> None:
    called = asyncio.Event()

    async def hang() -> None:
        called.set()
        await asyncio.Event().wait()

    placed.carrier.holds, placed.carrier.before_answer = False, hang
    task = asyncio.create_task(placed.activities.place(placed.request))
    await called.wait()
    task.cancel()
    await asyncio.wait([task])
    placed.carrier.before_answer = None
    assert await fails(placed.place) is not None
    await placed.let_pass(WINDOW)
    await placed.place()
    assert (placed.carrier.submissions, list(placed.carrier.orders)) == (2, [f"{placed.order.id}:1"])


@pytest.mark.fault("1")
@pytest.mark.parametrize("error", [
    CarrierUnavailable("Northwind did not respond: ConnectError.", nothing_done=True),
    CarrierUnavailable("Northwind returned 429.", nothing_done=True, retry_after_seconds=1),
])  # fmt: skip
async def test_what_the_carrier_turned_away_is_sent_again_at_once(placed: Placed, error: CarrierUnavailable) -> None:
    placed.carrier.holds, placed.carrier.fails["submit"] = False, [error]
    await fails(placed.place)
    await placed.place()
    assert placed.carrier.submissions == 2


@pytest.mark.fault("1")
@pytest.mark.parametrize("carrier", [
    {"recognizes_repeats": True},
    {"repeatable_actions": frozenset({"new_line"})},
])  # fmt: skip
async def test_what_does_no_harm_twice_is_sent_again_at_once(placed: Placed, carrier: dict[str, Any]) -> None:
    placed.carrier = HoldingCarrier(**carrier)
    await fails(placed.place)
    placed.carrier.holds = False
    await placed.place()
    assert placed.carrier.submissions == 2


@pytest.mark.fault("1")
async def test_an_order_that_can_still_arrive_is_not_taken_for_canceled(placed: Placed) -> None:
    await fails(placed.place)
    assert await fails(placed.cancel) is not None
    placed.carrier.arrive()
    assert await placed.cancel() is CancelResult.CANCELED
    assert placed.carrier.canceled == [f"NW-{placed.order.id}:1 No."]


@pytest.mark.fault("1")
async def test_what_was_sent_first_can_arrive_although_its_repeat_was_turned_away(placed: Placed) -> None:
    placed.carrier.recognizes_repeats = True
    await fails(placed.place)
    placed.carrier.holds = False
    placed.carrier.fails["submit"] = [CarrierUnavailable("Northwind returned 429.", nothing_done=True)]
    await fails(placed.place)
    assert await fails(placed.cancel) is not None


@pytest.mark.fault("1")
async def test_an_order_that_did_not_arrive_in_time_is_canceled(placed: Placed) -> None:
    await fails(placed.place)
    await placed.let_pass(WINDOW)
    assert await placed.cancel() is CancelResult.CANCELED
    assert (placed.carrier.canceled, (await placed.row()).open) == ([], False)


@pytest.mark.fault("1")
async def test_the_order_that_was_reported_first_counts(placed: Placed) -> None:
    """The answer to the second call is a second order."""
    placed.carrier.holds = False

    async def report() -> None:
        async with placed.database.transaction() as session:
            await session.exec(update(CarrierOrderRow).values(carrier_ref="NW-first"))

    placed.carrier.before_answer = report
    await placed.place()
    assert (await placed.row()).carrier_ref == "NW-first"
    assert await placed.second_orders() == [f"NW-{placed.order.id}:1"]


@pytest.mark.fault("1")
@pytest.mark.parametrize(("repeatable", "submissions"), [(False, 1), (True, 2)])
async def test_a_suspension_timer_s_request_follows_the_same_rule(
    database: Database, repeatable: bool, submissions: int
) -> None:
    await factories.create_company(database)
    order = await factories.create_order(database, factories.OrderSpec(type=order_type("SERVICE_SUSPEND")))
    suspension = timer(order, began=1)
    async with database.transaction() as session:
        await session.exec(delete(LockRow))
        await session.exec(update(LineRow).values(status="suspended", suspended_for="seasonal"))
        session.add(suspension)
    carrier = HoldingCarrier(repeatable_actions=frozenset({"resume"} if repeatable else ()))
    activities = TimerActivities(database, {factories.CARRIER: carrier})
    request = TimerRequestInput(
        ref=TimerRef(tenant=order.tenant, id=suspension.id),
        change="resume",
        event=TimerEvent(seq=10_001, at=utc_now(), event="resume_requested"),
    )
    for _ in range(2):
        await fails(lambda: ActivityEnvironment().run(activities.request_from_carrier, request))
    assert carrier.submissions == submissions
