"""Quiet orders are polled once, by any reconciler."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import col, select, update
from structlog.testing import capture_logs

from demo.simulator.app import create_app
from models.db.carriers import carrier_orders
from models.db.carriers.tables import CarrierOrderRow
from models.db.encryption import Keyring
from models.db.orders.tables import ItemRow
from models.db.session import new_id
from models.db.tasks.tables import TaskRow
from models.errors import CarrierDeclined, CarrierUnavailable
from models.lifecycle import ItemState
from models.order import CarrierUpdate, ItemUpdate
from outbox.reconciler import Reconciler
from tests.carriers.carrier_client import carrier_order, connected_adapter
from tests.demo.simulator.simulator_client import running, settings
from tests.fakes import FakeCarrier
from tests.outbox.conftest import CARRIER, OrderAtCarrier, carrier_update

QUIET = timedelta(hours=1)
AFTER = timedelta(minutes=1)


@dataclass
class ScriptedCarrier(FakeCarrier):
    """Reports the given statuses, by carrier reference; errors are raised."""

    code: str = CARRIER
    statuses: dict[str, CarrierUpdate | Exception] = field(default_factory=dict)
    polled: list[str] = field(default_factory=list)

    async def status(self, carrier_ref: str) -> CarrierUpdate:
        self.polled.append(carrier_ref)
        status = self.statuses[carrier_ref]
        if isinstance(status, Exception):
            raise status
        return status

    async def ensure_listening(self, callback_url: str) -> None:
        self._fail("ensure_listening")
        await super().ensure_listening(callback_url)


@pytest.fixture
def carrier() -> ScriptedCarrier:
    return ScriptedCarrier()


@pytest.fixture
def reconciler(at_carrier: OrderAtCarrier, carrier: ScriptedCarrier, keyring: Keyring) -> Reconciler:
    return reconciler_for(at_carrier, carrier, keyring)


def reconciler_for(
    at_carrier: OrderAtCarrier, carrier: ScriptedCarrier, keyring: Keyring, after: timedelta = AFTER
) -> Reconciler:
    return Reconciler(
        at_carrier.database, {carrier.code: carrier}, keyring, after=after, public_url="https://dialtone.example.com/"
    )


@asynccontextmanager
async def running_reconciler(reconciler: Reconciler) -> AsyncIterator[None]:
    task = asyncio.create_task(reconciler.run())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0.005)


async def test_the_status_of_a_quiet_order_is_signaled(
    at_carrier: OrderAtCarrier, carrier: ScriptedCarrier, reconciler: Reconciler
) -> None:
    carrier.statuses["C1"] = carrier_update(await at_carrier.place(quiet_for=QUIET), event_id="state-1")
    assert await reconciler.run_once(CARRIER) == 1
    (signal,), (event,) = await at_carrier.signals(), await at_carrier.events()
    assert (signal.name, signal.payload["event_id"]) == ("carrier_update", "state-1")
    assert (event.event_id, event.outcome) == ("state-1", "passed_on")


async def test_an_order_with_a_recent_update_is_not_polled(
    at_carrier: OrderAtCarrier, carrier: ScriptedCarrier, reconciler: Reconciler
) -> None:
    await at_carrier.place()
    assert await reconciler.run_once(CARRIER) == 0
    assert carrier.polled == []


@pytest.mark.fault("18")
@pytest.mark.usefixtures("clock_ahead")
async def test_a_clock_that_is_ahead_neither_hides_a_quiet_order_nor_makes_one_quiet(
    at_carrier: OrderAtCarrier, carrier: ScriptedCarrier, reconciler: Reconciler
) -> None:
    carrier.statuses["C1"] = carrier_update(await at_carrier.place())
    assert await reconciler.run_once(CARRIER) == 0
    await at_carrier.become_quiet()
    assert await reconciler.run_once(CARRIER) == 1
    assert await at_carrier.last_update_at() < datetime.now(UTC) + timedelta(minutes=1)


async def test_a_closed_order_is_not_polled(
    at_carrier: OrderAtCarrier, carrier: ScriptedCarrier, reconciler: Reconciler
) -> None:
    await at_carrier.place(quiet_for=QUIET)
    await at_carrier.close()
    await reconciler.run_once(CARRIER)
    assert carrier.polled == []


async def test_an_unchanged_status_only_counts_as_an_update(
    at_carrier: OrderAtCarrier, carrier: ScriptedCarrier, reconciler: Reconciler
) -> None:
    carrier.statuses["C1"] = carrier_update(await at_carrier.place(quiet_for=QUIET))
    await reconciler.run_once(CARRIER)
    await at_carrier.become_quiet()
    before = await at_carrier.last_update_at()
    assert await reconciler.run_once(CARRIER) == 0
    assert await at_carrier.last_update_at() > before
    assert (len(carrier.polled), len(await at_carrier.signals()), len(await at_carrier.events())) == (2, 1, 1)


@pytest.mark.fault("7")
@pytest.mark.parametrize("ended", [True, False])
async def test_an_order_that_an_unsigned_event_is_about_is_polled_once(
    at_carrier: OrderAtCarrier, carrier: ScriptedCarrier, reconciler: Reconciler, *, ended: bool
) -> None:
    client_ref = await at_carrier.place()
    if ended:
        await at_carrier.close()
    carrier.statuses["C1"] = carrier_update(client_ref)
    await at_carrier.database.run(carrier_orders.poll_next, CARRIER, client_ref)
    for _ in range(2):
        await reconciler.run_once(CARRIER)
    assert carrier.polled == ["C1"]
    assert len(await at_carrier.events()) == 1


@pytest.mark.fault("7")
async def test_what_an_unsigned_carrier_says_after_the_end_is_a_task(
    at_carrier: OrderAtCarrier, carrier: ScriptedCarrier, reconciler: Reconciler
) -> None:
    client_ref = await at_carrier.place()
    await at_carrier.close()
    item = ItemUpdate(item_id=at_carrier.office.order.items[0].id, state=ItemState.DONE)
    async with at_carrier.database.transaction() as session:
        await session.exec(update(ItemRow).values(state=ItemState.DECLINED))
    carrier.statuses["C1"] = replace(carrier_update(client_ref), items=(item,))
    await at_carrier.database.run(carrier_orders.poll_next, CARRIER, client_ref)
    await reconciler.run_once(CARRIER)
    async with at_carrier.database.transaction() as session:
        assert (await session.exec(select(TaskRow.kind))).all() == ["refused_delivery"]


@pytest.mark.fault("7")
async def test_an_unsigned_event_is_not_lost_while_the_carrier_is_away(
    at_carrier: OrderAtCarrier, carrier: ScriptedCarrier, reconciler: Reconciler
) -> None:
    client_ref = await at_carrier.place()
    await at_carrier.close()
    await at_carrier.database.run(carrier_orders.poll_next, CARRIER, client_ref)
    carrier.statuses["C1"] = CarrierUnavailable("Bell returned 500.")
    with pytest.raises(CarrierUnavailable):
        await reconciler.run_once(CARRIER)
    carrier.statuses["C1"] = carrier_update(client_ref)
    async with at_carrier.database.transaction() as session:
        later = col(CarrierOrderRow.poll_at) - carrier_orders.POLLED_AGAIN_AFTER
        await session.exec(update(CarrierOrderRow).values(poll_at=later))
    await reconciler.run_once(CARRIER)
    assert len(await at_carrier.events()) == 1


@pytest.mark.fault("7")
async def test_an_unsigned_event_during_a_poll_causes_another(
    at_carrier: OrderAtCarrier, carrier: ScriptedCarrier, reconciler: Reconciler
) -> None:
    client_ref = await at_carrier.place()
    carrier.statuses["C1"] = carrier_update(client_ref)
    await at_carrier.database.run(carrier_orders.poll_next, CARRIER, client_ref)
    async with at_carrier.database.transaction() as session:
        claimed = await carrier_orders.claim_to_poll(session, CARRIER)
    assert claimed is not None
    await at_carrier.database.run(carrier_orders.poll_next, CARRIER, client_ref)
    await at_carrier.database.run(carrier_orders.mark_polled, claimed)
    await reconciler.run_once(CARRIER)
    assert carrier.polled == ["C1"]


async def test_an_ended_order_that_the_carrier_no_longer_knows_is_not_lost(
    at_carrier: OrderAtCarrier, carrier: ScriptedCarrier, reconciler: Reconciler
) -> None:
    client_ref = await at_carrier.place()
    await at_carrier.close()
    carrier.statuses["C1"] = CarrierDeclined("There is no order C1.")
    await at_carrier.database.run(carrier_orders.poll_next, CARRIER, client_ref)
    for _ in range(2):
        await reconciler.run_once(CARRIER)
    async with at_carrier.database.transaction() as session:
        assert (await session.exec(select(CarrierOrderRow.missing_since))).one() is None
    assert carrier.polled == ["C1"]


async def test_the_quietest_order_is_polled_first(
    at_carrier: OrderAtCarrier, carrier: ScriptedCarrier, reconciler: Reconciler
) -> None:
    for number, quiet in enumerate((QUIET, 3 * QUIET, 2 * QUIET), start=1):
        carrier.statuses[f"C{number}"] = carrier_update(await at_carrier.place(number=number, quiet_for=quiet))
    await reconciler.run_once(CARRIER)
    assert carrier.polled == ["C2", "C3", "C1"]


async def test_several_reconcilers_poll_each_order_once(
    at_carrier: OrderAtCarrier, carrier: ScriptedCarrier, keyring: Keyring
) -> None:
    for number in range(1, 7):
        client_ref = await at_carrier.place(number=number, quiet_for=QUIET)
        carrier.statuses[f"C{number}"] = carrier_update(client_ref, event_id=new_id())
    await asyncio.gather(*(reconciler_for(at_carrier, carrier, keyring).run_once(CARRIER) for _ in range(3)))
    assert sorted(carrier.polled) == ["C1", "C2", "C3", "C4", "C5", "C6"]


async def test_the_other_orders_stay_quiet_if_the_carrier_is_unreachable(
    at_carrier: OrderAtCarrier, carrier: ScriptedCarrier, reconciler: Reconciler
) -> None:
    carrier.statuses |= dict.fromkeys(("C1", "C2"), CarrierUnavailable("Bell did not respond."))
    carrier.statuses["C3"] = carrier_update(await at_carrier.place(number=3, quiet_for=QUIET))
    for number, age in ((1, 3), (2, 2)):
        await at_carrier.place(number=number, quiet_for=age * QUIET)
    with pytest.raises(CarrierUnavailable):
        await reconciler.run_once(CARRIER)
    assert await reconciler.run_once(CARRIER) == 1


@pytest.mark.fault("4")
@pytest.mark.parametrize("error", [CarrierUnavailable("Bell returned 500."), TypeError("unhashable type: 'list'")])
async def test_an_order_that_fails_does_not_block_others(
    at_carrier: OrderAtCarrier, carrier: ScriptedCarrier, reconciler: Reconciler, error: Exception
) -> None:
    carrier.statuses["C1"] = error
    carrier.statuses["C2"] = carrier_update(await at_carrier.place(number=2, quiet_for=QUIET))
    await at_carrier.place(number=1, quiet_for=2 * QUIET)
    assert await reconciler.run_once(CARRIER) == 1


@pytest.mark.fault("4")
@pytest.mark.parametrize("error", [CarrierUnavailable("Bell returned 500."), TypeError("unhashable type: 'list'")])
@pytest.mark.parametrize("call", ["find", "cancel"])
async def test_a_second_order_that_fails_blocks_neither_the_others_nor_the_polls(
    at_carrier: OrderAtCarrier, carrier: ScriptedCarrier, reconciler: Reconciler, call: str, error: Exception
) -> None:
    """Of the two, the first one fails."""
    for number in (1, 2):
        client_ref = await at_carrier.place(number=number, quiet_for=number * QUIET)
        carrier.statuses[f"C{number}"] = carrier_update(client_ref)
        carrier.second_orders[client_ref] = (f"C{number}", f"second of C{number}")
    carrier.fails[call] = [error]
    assert await reconciler.run_once(CARRIER) == 2
    assert len(carrier.canceled) == 1


@pytest.mark.fault("4")
@pytest.mark.parametrize("call", ["find", "cancel"])
async def test_orders_are_polled_although_the_carrier_answers_nothing_about_second_orders(
    at_carrier: OrderAtCarrier, carrier: ScriptedCarrier, reconciler: Reconciler, call: str
) -> None:
    for number in (1, 2):
        client_ref = await at_carrier.place(number=number, quiet_for=QUIET)
        carrier.statuses[f"C{number}"] = carrier_update(client_ref)
        carrier.second_orders[client_ref] = (f"second of C{number}",)
    carrier.fails[call] = [CarrierUnavailable("Bell returned 500.") for _ in range(3)]
    with pytest.raises(CarrierUnavailable):
        await reconciler.run_once(CARRIER)
    assert sorted(carrier.polled) == ["C1", "C2"]
    assert len(carrier.fails[call]) == 1  # after two it is away


async def test_an_order_unknown_to_the_carrier_does_not_block_others(
    at_carrier: OrderAtCarrier, carrier: ScriptedCarrier, reconciler: Reconciler
) -> None:
    carrier.statuses["C1"] = CarrierDeclined("There is no order C1.")
    carrier.statuses["C2"] = carrier_update(await at_carrier.place(number=2, quiet_for=QUIET))
    await at_carrier.place(number=1, quiet_for=2 * QUIET)
    with capture_logs() as logs:
        assert await reconciler.run_once(CARRIER) == 1
    assert [log["event"] for log in logs] == ["carrier_order_unknown"]


async def test_it_subscribes_the_public_url_and_polls(
    at_carrier: OrderAtCarrier, carrier: ScriptedCarrier, reconciler: Reconciler
) -> None:
    carrier.statuses["C1"] = carrier_update(await at_carrier.place(quiet_for=QUIET))
    async with running_reconciler(reconciler):
        await until(lambda: carrier.polled)
    assert carrier.callbacks == ["https://dialtone.example.com/carriers/bell/events"]


async def test_it_polls_even_if_the_subscription_is_rejected(
    at_carrier: OrderAtCarrier, carrier: ScriptedCarrier, keyring: Keyring
) -> None:
    carrier.fails["ensure_listening"] = [CarrierDeclined("No subscriptions.")] * 1000
    carrier.statuses["C1"] = carrier_update(await at_carrier.place(quiet_for=QUIET))
    async with running_reconciler(reconciler_for(at_carrier, carrier, keyring)):
        await until(lambda: carrier.polled)


async def test_an_outage_and_the_recovery_are_logged_once(
    at_carrier: OrderAtCarrier, carrier: ScriptedCarrier, keyring: Keyring
) -> None:
    carrier.fails["ensure_listening"] = [CarrierUnavailable("Bell did not respond.") for _ in range(3)]
    with capture_logs() as logs:
        async with running_reconciler(reconciler_for(at_carrier, carrier, keyring, after=timedelta(milliseconds=40))):
            await until(lambda: carrier.callbacks and any(log["event"] == "reconciliation_recovered" for log in logs))
    assert [log["event"] for log in logs] == ["reconciliation_failed", "reconciliation_recovered"]


async def test_it_subscribes_again_after_an_outage(
    at_carrier: OrderAtCarrier, carrier: ScriptedCarrier, keyring: Keyring
) -> None:
    """The carrier may have lost the subscription."""
    carrier.statuses["C1"] = CarrierUnavailable("Bell did not respond.")
    await at_carrier.place(quiet_for=QUIET)
    async with running_reconciler(reconciler_for(at_carrier, carrier, keyring, after=timedelta(milliseconds=40))):
        await until(lambda: len(carrier.callbacks) > 1)


async def test_an_order_makes_progress_without_events(at_carrier: OrderAtCarrier, keyring: Keyring) -> None:
    client_ref = f"{at_carrier.office.order.id}:1"
    async with running(create_app(settings())) as url, connected_adapter(url, code=CARRIER) as carrier:
        carrier_ref = await carrier.submit(carrier_order(client_ref=client_ref, simulate="lostEvents"))
        await at_carrier.place(carrier_ref=carrier_ref)
        after = timedelta(milliseconds=20)
        async with running_reconciler(
            Reconciler(at_carrier.database, {CARRIER: carrier}, keyring, after=after, public_url=url)
        ):
            async with asyncio.timeout(10):
                while not (signals := await at_carrier.signals()) or not _delivered(signals[-1].payload):
                    await asyncio.sleep(0.01)
    assert {signal.payload["channel"] for signal in signals} == {"reconciler"}


def _delivered(payload: dict[str, list[dict[str, str]]]) -> bool:
    return payload["items"][0]["state"] == ItemState.AWAITING_ACTIVATION
