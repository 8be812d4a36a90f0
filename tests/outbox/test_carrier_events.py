"""What a carrier says is written down once and told to its order when it is news."""

import asyncio
from datetime import UTC, datetime

import pytest

from models.db.encryption import Keyring
from models.db.session import utc_now
from models.lifecycle import ItemState
from models.order import CarrierUpdate, Identifiers, ItemUpdate
from models.timers import TimerRef
from outbox.carrier_events import accept
from tests.fixtures.office import TENANT
from tests.outbox.conftest import CARRIER, AtCarrier, news


@pytest.fixture
def told(at_carrier: AtCarrier, keyring: Keyring) -> "Told":
    return Told(at_carrier, keyring)


class Told:
    """The door events come in by."""

    def __init__(self, at_carrier: AtCarrier, keyring: Keyring) -> None:
        self._at_carrier, self._keyring = at_carrier, keyring

    async def __call__(self, news: CarrierUpdate, body: bytes = b"{}", carrier: str = CARRIER) -> str | None:
        async with self._at_carrier.database.transaction() as session:
            return await accept(session, self._keyring, carrier, news, body, utc_now())


async def test_news_is_put_before_its_order(at_carrier: AtCarrier, told: Told) -> None:
    client_ref = await at_carrier.place()
    action_id = await told(news(client_ref, event_id="E1"))
    (signal,) = await at_carrier.signals()
    assert (signal.id, signal.kind, signal.name) == (action_id, "signal", "carrier_update")
    assert signal.workflow_id == at_carrier.office.order.workflow_id
    assert (signal.payload["event_id"], signal.payload["items"][0]["state"]) == ("E1", "backordered")


async def test_the_text_is_kept_sealed_beside_the_order(at_carrier: AtCarrier, told: Told, keyring: Keyring) -> None:
    body = b'{"activationCode": "LPA:1$secret"}'
    await told(news(await at_carrier.place()), body)
    (event,) = await at_carrier.events()
    assert (event.order_id, event.outcome) == (at_carrier.office.order.id, "passed_on")
    assert b"LPA" not in event.body
    assert keyring.open(event.body) == body


async def test_the_order_has_been_heard_of(at_carrier: AtCarrier, told: Told) -> None:
    client_ref = await at_carrier.place()
    before = await at_carrier.last_update_at()
    await told(news(client_ref))
    assert await at_carrier.last_update_at() > before


async def test_an_event_that_comes_again_is_told_once(at_carrier: AtCarrier, told: Told) -> None:
    client_ref = await at_carrier.place()
    first = await told(news(client_ref, event_id="E1"))
    assert await told(news(client_ref, ItemState.SHIPPED, event_id="E1")) is None
    assert [signal.id for signal in await at_carrier.signals()] == [first]
    assert len(await at_carrier.events()) == 1


async def test_an_event_that_comes_many_times_at_once_is_told_once(at_carrier: AtCarrier, told: Told) -> None:
    client_ref = await at_carrier.place()
    answers = await asyncio.gather(*(told(news(client_ref, event_id="E1")) for _ in range(8)))
    assert len([answer for answer in answers if answer]) == len(await at_carrier.signals()) == 1


async def test_several_events_of_one_change_are_told_once(at_carrier: AtCarrier, told: Told) -> None:
    client_ref = await at_carrier.place()
    answers = [await told(news(client_ref)) for _ in range(2)]
    assert [answer is not None for answer in answers] == [True, False]
    assert [event.outcome for event in await at_carrier.events()] == ["passed_on", "noted"]


async def test_what_merely_informs_is_written_to_the_item_and_told_nobody(at_carrier: AtCarrier, told: Told) -> None:
    client_ref = await at_carrier.place()
    (item,) = await at_carrier.items()
    said = ItemUpdate(
        item_id=item.id,
        state=ItemState.IN_FULFILLMENT,
        identifiers=Identifiers(mdn="+13125550142"),
        expected_at=datetime(2027, 1, 15, tzinfo=UTC),
    )
    assert await told(CarrierUpdate(event_id="E1", carrier=CARRIER, client_ref=client_ref, items=(said,))) is None
    (item,) = await at_carrier.items()
    assert (item.mdn, item.expected_at, item.state) == (said.identifiers.mdn, said.expected_at, "pending")
    assert item.reported_at is not None


async def test_what_was_so_before_is_news_after_something_else(at_carrier: AtCarrier, told: Told) -> None:
    client_ref = await at_carrier.place()
    for state in (ItemState.BACKORDERED, ItemState.CANCELING, ItemState.BACKORDERED):
        assert await told(news(client_ref, state)) is not None
    assert len(await at_carrier.signals()) == 3


async def test_an_order_that_is_not_ours_is_written_down_and_told_nobody(at_carrier: AtCarrier, told: Told) -> None:
    assert await told(news("01NOBODY:1")) is None
    (event,) = await at_carrier.events()
    assert (event.outcome, event.tenant, event.order_id) == ("unknown_order", None, None)
    assert await at_carrier.signals() == []


async def test_an_order_of_another_carrier_is_not_this_ones_to_talk_about(at_carrier: AtCarrier, told: Told) -> None:
    client_ref = await at_carrier.place()
    assert await told(news(client_ref), carrier="summit") is None
    assert await at_carrier.signals() == []


async def test_an_order_that_has_ended_is_told_nothing(at_carrier: AtCarrier, told: Told) -> None:
    client_ref = await at_carrier.place()
    await at_carrier.close()
    assert await told(news(client_ref)) is None
    assert [event.outcome for event in await at_carrier.events()] == ["order_closed"]


async def test_two_carriers_may_use_the_same_id(at_carrier: AtCarrier, told: Told) -> None:
    client_ref = await at_carrier.place()
    await told(news("01NOBODY:1", event_id="E1"), carrier="summit")
    assert await told(news(client_ref, event_id="E1")) is not None


async def test_a_long_id_makes_an_action_id_that_fits(at_carrier: AtCarrier, told: Told) -> None:
    client_ref = await at_carrier.place()
    states = (ItemState.BACKORDERED, ItemState.SHIPPED)
    answers = [await told(news(client_ref, state, event_id="E" * 250 + state[:3])) for state in states]
    assert len(set(answers)) == 2
    assert all(answer is not None and len(answer) <= 64 for answer in answers)


CLOCK = TimerRef(tenant=TENANT, id="01CLOCK")


async def test_what_a_clock_has_asked_for_is_told_to_the_clock(at_carrier: AtCarrier, told: Told) -> None:
    await told(news(await at_carrier.place(), ItemState.DONE))
    await at_carrier.close()
    client_ref = await at_carrier.place_for_clock(CLOCK)
    assert client_ref == f"{at_carrier.office.order.id}:2"
    assert await told(news(client_ref, ItemState.DONE)) is not None
    signals = await at_carrier.signals()
    assert [row.workflow_id for row in signals] == [at_carrier.office.order.workflow_id, CLOCK.workflow_id]
    assert {row.order_id for row in signals} == {at_carrier.office.order.id}


async def test_a_clock_asks_under_one_reference_till_it_is_refused(at_carrier: AtCarrier, told: Told) -> None:
    first, again = [await at_carrier.place_for_clock(CLOCK) for _ in range(2)]
    assert again == first
    assert await told(news(first, ItemState.REFUSED)) is not None
    await at_carrier.refuse_for_clock(CLOCK, first)
    other = await at_carrier.place_for_clock(CLOCK)
    assert other != first
    # The same words about another request are news.
    assert await told(news(other, ItemState.REFUSED)) is not None


async def test_an_order_that_ends_takes_nothing_from_its_clock(at_carrier: AtCarrier, told: Told) -> None:
    client_ref = await at_carrier.place_for_clock(CLOCK)
    await at_carrier.close()
    assert await told(news(client_ref, ItemState.DONE)) is not None


async def test_two_clocks_of_one_order_ask_under_references_of_their_own(at_carrier: AtCarrier) -> None:
    clocks = [TimerRef(tenant=TENANT, id=f"01CLOCK{number}") for number in range(4)]
    refs = await asyncio.gather(*(at_carrier.place_for_clock(clock) for clock in clocks))
    assert len(set(refs)) == len(clocks)
