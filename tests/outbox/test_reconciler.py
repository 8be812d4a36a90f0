"""Orders a carrier is quiet about are asked about, by whoever comes first."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from demo.simulator import create_app
from models.db.encryption import Keyring
from models.db.session import new_id
from models.errors import CarrierRefused, CarrierUnavailable
from models.lifecycle import ItemState
from models.order import CarrierUpdate
from outbox.reconciler import Reconciler
from tests.carriers.carrier_client import reaching, work
from tests.demo.simulator.simulator_client import running, settings
from tests.fakes import FakeCarrier
from tests.outbox.conftest import CARRIER, AtCarrier, news

QUIET = timedelta(hours=1)
AFTER = timedelta(minutes=1)


@dataclass
class Telling(FakeCarrier):
    """A carrier that says what it is told to say, by its reference; errors are raised."""

    code: str = CARRIER
    says: dict[str, CarrierUpdate | Exception] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    async def status(self, carrier_ref: str) -> CarrierUpdate:
        self.asked.append(carrier_ref)
        answer = self.says[carrier_ref]
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def ensure_listening(self, callback_url: str) -> None:
        self._fail("ensure_listening")
        await super().ensure_listening(callback_url)


@pytest.fixture
def carrier() -> Telling:
    return Telling()


@pytest.fixture
def reconciler(at_carrier: AtCarrier, carrier: Telling, keyring: Keyring) -> Reconciler:
    return following(at_carrier, carrier, keyring)


def following(at_carrier: AtCarrier, carrier: Telling, keyring: Keyring, after: timedelta = AFTER) -> Reconciler:
    return Reconciler(
        at_carrier.database, {carrier.code: carrier}, keyring, after=after, public_url="https://dialtone.example.com/"
    )


@asynccontextmanager
async def going(reconciler: Reconciler) -> AsyncIterator[None]:
    task = asyncio.create_task(reconciler.run())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def until(reached: object) -> None:
    async with asyncio.timeout(10):
        while not reached():  # type: ignore[operator]
            await asyncio.sleep(0.005)


async def test_a_quiet_order_is_asked_about_and_told(
    at_carrier: AtCarrier, carrier: Telling, reconciler: Reconciler
) -> None:
    carrier.says["C1"] = news(await at_carrier.place(quiet_for=QUIET), event_id="state-1")
    assert await reconciler.run_once(CARRIER) == 1
    (signal,), (event,) = await at_carrier.signals(), await at_carrier.events()
    assert (signal.name, signal.payload["event_id"]) == ("carrier_update", "state-1")
    assert (event.event_id, event.outcome) == ("state-1", "passed_on")


async def test_an_order_that_was_heard_of_is_left_alone(
    at_carrier: AtCarrier, carrier: Telling, reconciler: Reconciler
) -> None:
    await at_carrier.place()
    assert await reconciler.run_once(CARRIER) == 0
    assert carrier.asked == []


async def test_an_order_that_has_ended_is_left_alone(
    at_carrier: AtCarrier, carrier: Telling, reconciler: Reconciler
) -> None:
    await at_carrier.place(quiet_for=QUIET)
    await at_carrier.close()
    await reconciler.run_once(CARRIER)
    assert carrier.asked == []


async def test_nothing_new_only_moves_the_clock_on(
    at_carrier: AtCarrier, carrier: Telling, reconciler: Reconciler
) -> None:
    carrier.says["C1"] = news(await at_carrier.place(quiet_for=QUIET))
    await reconciler.run_once(CARRIER)
    await at_carrier.forget()
    before = await at_carrier.last_update_at()
    assert await reconciler.run_once(CARRIER) == 0
    assert await at_carrier.last_update_at() > before
    assert (len(carrier.asked), len(await at_carrier.signals()), len(await at_carrier.events())) == (2, 1, 1)


async def test_the_quietest_order_is_asked_about_first(
    at_carrier: AtCarrier, carrier: Telling, reconciler: Reconciler
) -> None:
    for number, quiet in enumerate((QUIET, 3 * QUIET, 2 * QUIET), start=1):
        carrier.says[f"C{number}"] = news(await at_carrier.place(number=number, quiet_for=quiet))
    await reconciler.run_once(CARRIER)
    assert carrier.asked == ["C2", "C3", "C1"]


async def test_many_reconcilers_ask_once(at_carrier: AtCarrier, carrier: Telling, keyring: Keyring) -> None:
    for number in range(1, 7):
        client_ref = await at_carrier.place(number=number, quiet_for=QUIET)
        carrier.says[f"C{number}"] = news(client_ref, event_id=new_id())
    await asyncio.gather(*(following(at_carrier, carrier, keyring).run_once(CARRIER) for _ in range(3)))
    assert sorted(carrier.asked) == ["C1", "C2", "C3", "C4", "C5", "C6"]


async def test_a_carrier_that_is_away_keeps_the_others_quiet(
    at_carrier: AtCarrier, carrier: Telling, reconciler: Reconciler
) -> None:
    carrier.says["C1"] = CarrierUnavailable("Bell did not answer.")
    carrier.says["C2"] = news(await at_carrier.place(number=2, quiet_for=QUIET))
    await at_carrier.place(number=1, quiet_for=2 * QUIET)
    with pytest.raises(CarrierUnavailable):
        await reconciler.run_once(CARRIER)
    assert await reconciler.run_once(CARRIER) == 1


async def test_an_order_the_carrier_has_lost_hinders_no_other(
    at_carrier: AtCarrier, carrier: Telling, reconciler: Reconciler
) -> None:
    carrier.says["C1"] = CarrierRefused("There is no order C1.")
    carrier.says["C2"] = news(await at_carrier.place(number=2, quiet_for=QUIET))
    await at_carrier.place(number=1, quiet_for=2 * QUIET)
    with capture_logs() as logs:
        assert await reconciler.run_once(CARRIER) == 1
    assert [log["event"] for log in logs] == ["carrier does not know an order"]


async def test_it_subscribes_at_the_public_address_and_asks(
    at_carrier: AtCarrier, carrier: Telling, reconciler: Reconciler
) -> None:
    carrier.says["C1"] = news(await at_carrier.place(quiet_for=QUIET))
    async with going(reconciler):
        await until(lambda: carrier.asked)
    assert carrier.callbacks == ["https://dialtone.example.com/carriers/bell/events"]


async def test_a_refused_subscription_does_not_keep_it_from_asking(
    at_carrier: AtCarrier, carrier: Telling, keyring: Keyring
) -> None:
    carrier.fails["ensure_listening"] = [CarrierRefused("No listeners here.")] * 1000
    carrier.says["C1"] = news(await at_carrier.place(quiet_for=QUIET))
    async with going(following(at_carrier, carrier, keyring)):
        await until(lambda: carrier.asked)


async def test_a_carrier_that_comes_back_is_subscribed_to_and_asked_again(
    at_carrier: AtCarrier, carrier: Telling, keyring: Keyring
) -> None:
    carrier.fails["ensure_listening"] = [CarrierUnavailable("Bell did not answer.") for _ in range(3)]
    with capture_logs() as logs:
        async with going(following(at_carrier, carrier, keyring, after=timedelta(milliseconds=40))):
            await until(lambda: carrier.callbacks and any(log["event"] == "carrier is back" for log in logs))
    assert [log["event"] for log in logs] == ["carrier is away", "carrier is back"]


async def test_a_carrier_that_was_away_is_subscribed_to_anew(
    at_carrier: AtCarrier, carrier: Telling, keyring: Keyring
) -> None:
    """It may have lost its listeners with everything else."""
    carrier.says["C1"] = CarrierUnavailable("Bell did not answer.")
    await at_carrier.place(quiet_for=QUIET)
    async with going(following(at_carrier, carrier, keyring, after=timedelta(milliseconds=40))):
        await until(lambda: len(carrier.callbacks) > 1)


async def test_an_order_whose_events_are_lost_goes_on_all_the_same(at_carrier: AtCarrier, keyring: Keyring) -> None:
    client_ref = await at_carrier.place()
    async with running(create_app(settings())) as url, reaching(url, code=CARRIER) as carrier:
        receipt = await carrier.submit(work(client_ref=client_ref, steer="lostEvents"))
        await at_carrier.place(carrier_ref=receipt.carrier_ref)
        after = timedelta(milliseconds=20)
        async with going(Reconciler(at_carrier.database, {CARRIER: carrier}, keyring, after=after, public_url=url)):
            async with asyncio.timeout(10):
                while not (signals := await at_carrier.signals()) or not _delivered(signals[-1].payload):
                    await asyncio.sleep(0.01)
    assert {signal.payload["channel"] for signal in signals} == {"reconciler"}


def _delivered(payload: dict[str, list[dict[str, str]]]) -> bool:
    return payload["items"][0]["state"] == ItemState.AWAITING_ACTIVATION
