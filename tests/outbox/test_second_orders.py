"""A second order at the carrier never moves ours: it is found, canceled and becomes a task."""

from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest
from sqlmodel import select, update

from models.db.carriers.tables import CarrierOrderRow, SecondOrderRow
from models.db.encryption import Keyring
from models.db.notifications.tables import NotificationRow
from models.db.orders.tables import EventRow
from models.db.outbox.tables import OutboxRow
from models.db.tasks.tables import TaskRow
from models.errors import CarrierDeclined, CarrierUnavailable
from models.lifecycle import ItemState
from models.order import CancelResult
from models.timers import TimerRef
from outbox import second_orders
from outbox.carrier_intake import receive_update
from tests.fakes import FakeCarrier
from tests.outbox.conftest import CARRIER, OrderAtCarrier, carrier_update

pytestmark = pytest.mark.fault("1")
SECOND = "C-second"


@dataclass
class ListingCarrier(FakeCarrier):
    code: str = CARRIER
    listed: tuple[str, ...] = ("C1", SECOND)
    asked: list[str] = field(default_factory=list)

    async def find(self, client_ref: str) -> tuple[str, ...]:
        self._fail("find")
        self.asked.append(client_ref)
        return self.listed


@pytest.fixture
def carrier() -> ListingCarrier:
    return ListingCarrier()


async def report(
    at_carrier: OrderAtCarrier, keyring: Keyring, client_ref: str, carrier_ref: str, state: ItemState = ItemState.DONE
) -> OutboxRow | None:
    update = replace(carrier_update(client_ref, state), carrier_ref=carrier_ref)
    return await at_carrier.database.run(receive_update, keyring, CARRIER, update, b"{}")


async def second_orders_of(at_carrier: OrderAtCarrier) -> list[tuple[str, str | None]]:
    return [(row.carrier_ref, row.answer) for row in await at_carrier._all(SecondOrderRow)]


async def reconcile(at_carrier: OrderAtCarrier, carrier: FakeCarrier) -> None:
    await second_orders.find_all(at_carrier.database, carrier)
    await second_orders.cancel_all(at_carrier.database, carrier)


async def test_an_update_of_the_other_order_of_a_pair_does_not_move_ours(
    at_carrier: OrderAtCarrier, keyring: Keyring
) -> None:
    client_ref = await at_carrier.place()
    before = await at_carrier.last_update_at()
    assert await report(at_carrier, keyring, client_ref, SECOND) is None
    assert await at_carrier.signals() == []
    assert [event.outcome for event in await at_carrier.events()] == ["second_order"]
    assert await second_orders_of(at_carrier) == [(SECOND, None)]
    assert await at_carrier.last_update_at() == before
    assert await report(at_carrier, keyring, client_ref, "C1") is not None


async def test_the_first_update_of_an_unanswered_order_tells_which_one_is_ours(
    at_carrier: OrderAtCarrier, keyring: Keyring
) -> None:
    client_ref = await at_carrier.place()
    async with at_carrier.database.transaction() as session:
        await session.exec(update(CarrierOrderRow).values(carrier_ref=None))
    assert await report(at_carrier, keyring, client_ref, "C2", ItemState.BACKORDERED) is not None
    assert await report(at_carrier, keyring, client_ref, "C1") is None
    assert await second_orders_of(at_carrier) == [("C1", None)]


async def test_an_order_that_arrives_after_it_was_taken_for_canceled_is_canceled(
    at_carrier: OrderAtCarrier, keyring: Keyring, carrier: ListingCarrier
) -> None:
    client_ref = await at_carrier.place()
    async with at_carrier.database.transaction() as session:
        await session.exec(update(CarrierOrderRow).values(carrier_ref=None, open=False, list_at=None))
    assert await report(at_carrier, keyring, client_ref, "C9") is None
    await reconcile(at_carrier, carrier)
    assert await second_orders_of(at_carrier) == [("C9", "canceled")]


async def test_a_second_order_of_which_no_update_comes_is_found_in_the_carrier_s_list(
    at_carrier: OrderAtCarrier, carrier: ListingCarrier
) -> None:
    """It is looked for after the order was accepted, and after its end."""
    client_ref = await at_carrier.place()
    carrier.listed = ("C1",)
    for _ in range(2):
        await reconcile(at_carrier, carrier)
    assert (carrier.asked, await second_orders_of(at_carrier)) == ([client_ref], [])
    await at_carrier.close()
    carrier.listed = ("C1", SECOND)
    for _ in range(2):
        await reconcile(at_carrier, carrier)
    assert (carrier.asked, await second_orders_of(at_carrier)) == ([client_ref] * 2, [(SECOND, "canceled")])


async def test_the_list_is_read_once_nothing_more_can_arrive(
    at_carrier: OrderAtCarrier, carrier: ListingCarrier
) -> None:
    carrier.unknown_window = timedelta(minutes=3)
    await at_carrier.place()
    await reconcile(at_carrier, carrier)
    assert carrier.asked == []


async def test_a_second_order_that_does_no_harm_is_left_alone(
    at_carrier: OrderAtCarrier, keyring: Keyring, carrier: ListingCarrier
) -> None:
    client_ref = await at_carrier.place_for_timer(TimerRef(tenant=at_carrier.office.order.tenant, id="T1"))
    async with at_carrier.database.transaction() as session:
        await session.exec(update(CarrierOrderRow).values(repeatable=True, list_at=None))
    await report(at_carrier, keyring, client_ref, SECOND)
    await at_carrier.close()
    await reconcile(at_carrier, carrier)
    assert (carrier.asked, await second_orders_of(at_carrier), await at_carrier.signals()) == ([], [], [])


@pytest.mark.parametrize(
    ("answer", "noted"),
    [
        (CancelResult.CANCELED, "canceled"),
        (CancelResult.ASSESSING, "assessing"),
        (CancelResult.DECLINED, "declined"),
        (CarrierDeclined("There is no order C-second."), "declined"),
    ],
)
async def test_a_second_order_becomes_a_task_that_says_which_and_is_canceled(
    at_carrier: OrderAtCarrier, carrier: ListingCarrier, answer: CancelResult | CarrierDeclined, noted: str
) -> None:
    if isinstance(answer, CarrierDeclined):
        carrier.fails["cancel"] = [answer]
    else:
        carrier.cancel_answer = answer
    await at_carrier.place()
    for _ in range(2):
        await reconcile(at_carrier, carrier)
    (task,) = await at_carrier._all(TaskRow)
    assert (task.kind, task.evidence["second_ref"], task.evidence["carrier_ref"]) == ("second_order", SECOND, "C1")
    events = sorted(await at_carrier._all(EventRow), key=lambda row: row.seq)[-2:]
    assert [event.event for event in events] == ["second_order", "second_order_answered"]
    assert events[1].data["answer"] == noted
    assert {row.event for row in await at_carrier._all(NotificationRow)} == {"second_order"}


async def test_an_unreachable_carrier_is_asked_again_and_the_task_is_open_meanwhile(
    at_carrier: OrderAtCarrier, carrier: ListingCarrier, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("models.db.carriers.second_orders.ASKED_AGAIN_AFTER", timedelta(0))
    carrier.fails["cancel"] = [CarrierUnavailable("Bell did not respond.")]
    await at_carrier.place()
    with pytest.raises(CarrierUnavailable):
        await reconcile(at_carrier, carrier)
    assert len(await at_carrier._all(TaskRow)) == 1
    await reconcile(at_carrier, carrier)
    assert (len(await at_carrier._all(TaskRow)), await second_orders_of(at_carrier)) == (1, [(SECOND, "canceled")])


async def test_a_list_that_could_not_be_read_is_read_again(at_carrier: OrderAtCarrier, carrier: ListingCarrier) -> None:
    carrier.fails["find"] = [CarrierUnavailable("Bell did not respond.")]
    await at_carrier.place()
    with pytest.raises(CarrierUnavailable):
        await reconcile(at_carrier, carrier)
    await reconcile(at_carrier, carrier)
    assert await second_orders_of(at_carrier) == [(SECOND, "canceled")]


async def test_an_order_whose_list_was_read_is_not_due_again(
    at_carrier: OrderAtCarrier, carrier: ListingCarrier
) -> None:
    await at_carrier.place()
    carrier.listed = ("C1",)
    await reconcile(at_carrier, carrier)
    async with at_carrier.database.transaction() as session:
        assert (await session.exec(select(CarrierOrderRow.list_at))).one() is None
